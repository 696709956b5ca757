// Whatever a far end puts into an SDP body; that our answer to it can be read by others and says what was meant; and that no key of it is
// shown to anybody.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "sdp.h"
#include "trace_text.h"

namespace {

using namespace tandem;

void require(bool holds) {
  if (!holds) std::abort();
}

void require_same(const MediaStream& a, const MediaStream& b) {
  require(a.refused == b.refused && a.kind == b.kind);
  if (a.refused) return;
  require(a.profile == b.profile && a.feedback == b.feedback && a.direction == b.direction && a.rtcp_mux == b.rtcp_mux);
  require(a.keys == b.keys && a.ice == b.ice && a.content == b.content && a.bandwidth_kbps == b.bandwidth_kbps);
  require(a.dtls.has_value() == b.dtls.has_value());
  require(!a.dtls || (a.dtls->fingerprint == b.dtls->fingerprint && a.dtls->setup == b.dtls->setup));
  require(a.codecs.size() == b.codecs.size());
  for (size_t i = 0; i < a.codecs.size(); ++i) {
    require(a.codecs[i].same_format(b.codecs[i]) && a.codecs[i].payload_type == b.codecs[i].payload_type);
    require(a.codecs[i].fmtp == b.codecs[i].fmtp);
  }
}

// An agent that answers with just what it was offered.
MediaDescription mirrored(const ParsedSdp& offer) {
  MediaDescription answer = offer.media;
  const auto place = [](MediaStream& stream, uint16_t port) {
    stream.rtp = *SocketAddress::from("192.0.2.1", port);
    stream.rtcp = {};
  };
  place(answer, 20000);
  for (auto& video : answer.video) place(video, 20002);
  return answer;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view body(reinterpret_cast<const char*>(data), size);
  (void)tandem::mask_secrets("INVITE sip:x SIP/2.0\r\n\r\n" + std::string(body));
  for (const bool secure : {true, false}) {
    const auto offer = parse_sdp(body, {.secure = secure, .video = secure});
    if (!offer) continue;
    require(secure || offer->media.refused || offer->media.profile == RtpProfile::plain);
    require(offer->lines.size() <= 16 && offer->media.video.size() <= 2 && offer->media.keys.size() <= 12);
    require(offer->media.refused || (!offer->media.codecs.empty() && !offer->media.codecs.front().is_event()));
    const MediaDescription answer = mirrored(*offer);
    const std::string text = write_sdp(answer, {1, 2}, offer->lines, true);
    const auto read = parse_sdp(text, {}, &offer->lines);
    require(static_cast<bool>(read) && read->lines.size() == offer->lines.size());
    for (size_t i = 0; i < read->lines.size(); ++i) {
      require(read->lines[i].type == offer->lines[i].type && read->lines[i].protocol == offer->lines[i].protocol);
      require(read->lines[i].mid == offer->lines[i].mid);
    }
    require_same(read->media, answer);
    const std::string shown = mask_secrets("SIP/2.0 200 OK\r\n\r\n" + text);
    for (size_t key = shown.find("inline:"); key != std::string::npos; key = shown.find("inline:", key + 1))
      require(shown.compare(key, 15, "inline:(hidden)") == 0);
    // And an offer of our own later on has at least the same lines.
    require(layout_of_offer(answer, offer->lines).size() >= offer->lines.size());
  }
  return 0;
}
