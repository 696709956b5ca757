// Media: what a leg sends and receives, in protocol-neutral terms, and the handle of a socket pair in a media thread.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "tandem/address.h"
#include "tandem/result.h"

namespace tandem {

/// One RTP payload format (RFC 3551, RFC 4855): name in upper case, its number in the description that holds it, clock rate in Hz.
struct Codec {
  std::string name;
  uint8_t payload_type = 0;
  uint32_t clock_rate = 8000;
  uint8_t channels = 1;
  std::string fmtp;
  bool same_format(const Codec& o) const { return name == o.name && clock_rate == o.clock_rate && channels == o.channels; }
  bool is_event() const { return name == "TELEPHONE-EVENT"; }
};

/// Seen from whoever sends the description (RFC 3264).
enum class MediaDirection : uint8_t { sendrecv, sendonly, recvonly, inactive };

/// One side's view of one audio stream: an offer or an answer. Drivers translate SDP to and from this.
struct MediaDescription {
  SocketAddress rtp;
  SocketAddress rtcp;         ///< normally rtp + 1 (RFC 3605 may say otherwise)
  std::vector<Codec> codecs;  ///< audio formats in order of preference, then telephone-event; never empty unless refused
  int ptime_ms = 20;
  MediaDirection direction = MediaDirection::sendrecv;
};

/// Payload numbers on their way from one leg to the other: map[in] = out, or kDrop.
struct PayloadMap {
  static constexpr uint8_t kDrop = 0xff;
  std::array<uint8_t, 128> out;
  PayloadMap() { out.fill(kDrop); }
};
/// What arrives numbered as in `ours` (what we told the sender) leaves numbered as in `theirs` (what the receiver told us).
PayloadMap payload_map(const MediaDescription& ours, const MediaDescription& theirs);

/// Counted by the media thread, readable at any time from any thread (relaxed).
struct MediaCounts {
  uint64_t received_packets = 0, received_bytes = 0;
  uint64_t sent_packets = 0, sent_bytes = 0;
  uint64_t dropped_packets = 0;  ///< malformed, unmapped payload, nowhere to go
};

/// A socket pair (RTP and RTCP) in a media thread. The handle lives on the switch thread; its orders travel by mailbox and are never
/// refused. Destroying it closes the sockets; the ports return to the pool after a drain.
class MediaPort {
 public:
  virtual ~MediaPort() = default;
  virtual SocketAddress local_rtp() const = 0;
  virtual SocketAddress local_rtcp() const = 0;
  /// Where to send, and from where alone to accept (connected sockets), unless `latch`: then the first source that sends becomes the peer,
  /// once.
  virtual void set_remote(const SocketAddress& rtp, const SocketAddress& rtcp, bool latch) = 0;
  /// What arrives here leaves through `to` (a port of the same affinity; itself for an echo). Null: it is dropped.
  virtual void relay_to(MediaPort* to, const PayloadMap& map) = 0;
  /// Report silence longer than `limit` through MediaEngine's handler; zero: never (a held leg).
  virtual void set_timeout(std::chrono::milliseconds limit) = 0;
  virtual MediaCounts counts() const = 0;
};

class MediaEngine {
 public:
  virtual ~MediaEngine() = default;
  /// Ports with the same affinity share one media thread: use the call's number. exhausted when the pool is empty.
  virtual Result<std::unique_ptr<MediaPort>> open(uint64_t affinity) = 0;
  /// The address that goes into SDP when it differs from the bound one (NAT, --lan); empty: the bound one.
  virtual SocketAddress advertised(const SocketAddress& local) const = 0;
};

}  // namespace tandem
