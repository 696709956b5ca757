// Tones: making them as G.711 in RTP, and measuring what arrived. RtpEnd lives on the test's thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "tandem/address.h"

namespace tandem::test {

enum class Law { mu, a };  ///< PCMU (payload type 0) and PCMA (8)
uint8_t compress(Law law, int16_t sample);
int16_t expand(Law law, uint8_t code);

/// Amplitude (0 to 32767) of the sine of `hertz` in `samples` taken at `rate`; Goertzel's algorithm.
double amplitude_at(std::span<const int16_t> samples, int rate, double hertz);

/// The strongest frequency between 100 Hz and 3400 Hz, in steps of 10 Hz, and how strong it is.
struct Measured {
  double hertz = 0;
  double amplitude = 0;
  double purity = 0;  ///< share of the whole energy that is this tone: 1 for a clean sine
};
Measured measure(std::span<const int16_t> samples, int rate = 8000);

/// A mono 16-bit PCM WAV file. Empty when the file is missing or of another kind.
struct Wave {
  int rate = 0;
  std::vector<int16_t> samples;
};
std::optional<Wave> read_wave(const std::string& path);

/// One packet as it came.
struct RtpPacket {
  uint8_t payload_type = 0;
  bool marker = false;
  uint16_t sequence = 0;
  uint32_t timestamp = 0, ssrc = 0;
  std::vector<uint8_t> payload;
};

/// One end of an RTP stream: an even port for RTP, the next for RTCP.
class RtpEnd {
 public:
  RtpEnd();
  ~RtpEnd();
  RtpEnd(const RtpEnd&) = delete;
  RtpEnd& operator=(const RtpEnd&) = delete;

  uint16_t port() const { return port_; }
  SocketAddress remote;  ///< where packets go; nothing is sent while it is empty
  Law law = Law::mu;
  uint8_t payload_type = 0;  ///< the number that the far end asked for
  double tone = 0;           ///< Hz; 0 sends nothing
  /// What is done to each RTP packet on its way out and in (SRTP, say); false: it is dropped.
  std::function<bool(std::vector<uint8_t>&)> seal, unseal;

  /// One 20 ms packet of the tone.
  void send_frame();
  /// One RFC 4733 event packet: digit 0-15, `duration` in samples.
  void send_event(uint8_t event_payload_type, uint8_t digit, uint16_t duration, bool end);
  /// Time that passes without a packet, in samples.
  void skip(uint32_t samples) { timestamp_ += samples; }
  /// Any bytes at all.
  void send_raw(std::span<const uint8_t> bytes, bool rtcp = false);
  /// Reads what has arrived; the samples of its own law go to heard().
  void receive();

  const std::vector<int16_t>& heard() const { return heard_; }
  const std::vector<RtpPacket>& packets() const { return packets_; }
  size_t rtcp_packets() const { return rtcp_packets_; }
  SocketAddress last_source() const { return last_source_; }
  void forget();

 private:
  friend void talk(std::initializer_list<RtpEnd*> ends, std::chrono::milliseconds how_long);
  void send_packet(uint8_t type, bool marker, uint32_t timestamp, std::span<const uint8_t> payload);
  int rtp_ = -1, rtcp_ = -1;
  uint16_t port_ = 0;
  uint16_t sequence_ = 1000;
  uint32_t timestamp_ = 160000;
  uint32_t ssrc_;
  double phase_ = 0;
  std::vector<int16_t> heard_;
  std::vector<RtpPacket> packets_;
  size_t rtcp_packets_ = 0;
  SocketAddress last_source_;
};

/// Everybody sends and listens at the pace of speech, a packet each 20 ms.
void talk(std::initializer_list<RtpEnd*> ends, std::chrono::milliseconds how_long);

}  // namespace tandem::test
