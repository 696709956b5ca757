// MediaSettings: rtp.ini as a value. Switch thread.
#pragma once

#include <chrono>

#include "media/codecs.h"
#include "media/sound_store.h"
#include "tandem/address.h"
#include "tandem/config.h"

namespace tandem {

struct MediaSettings {
  SocketAddress address = *SocketAddress::from("127.0.0.1", 0);  ///< bound by every port
  SocketAddress advertised;                                      ///< what SDP says instead; empty: the bound address
  SocketAddress address6;  ///< the same for legs that speak IPv6, beside an IPv4 `address`; empty: there are none
  SocketAddress advertised6;
  uint16_t first_port = 20000;  ///< even; RTP takes even ports, RTCP the odd ones above
  uint16_t last_port = 29999;
  unsigned threads = 1;
  std::vector<Codec> codecs = default_codecs();  ///< offered and accepted, in order of preference
  SoundSettings sounds;
  std::string recordings;                                              ///< folder for what verbs record; empty: nothing can be recorded
  int video_dscp = 34;                                                 ///< the same for video: AF41
  int dscp = 46;                                                       ///< 0-63, marks what is sent; 0 leaves it to the system; EF
  std::chrono::milliseconds silence_limit = std::chrono::seconds(60);  ///< for MediaPort::set_timeout of a leg that is not held; 0: never
  std::chrono::milliseconds reuse_delay = std::chrono::seconds(4);     ///< rest of a port between two calls
  std::chrono::milliseconds tick = std::chrono::seconds(1);            ///< how often silence is looked for; not in rtp.ini
  size_t mailbox = 16384;                                              ///< orders under way to one thread; not in rtp.ini
};

/// Section [rtp] of rtp.ini; no file means the defaults. invalid: every mistake with file and line.
Result<MediaSettings> read_media_settings(const Config& config);

}  // namespace tandem
