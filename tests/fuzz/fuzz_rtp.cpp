// Whatever arrives at an RTP or RTCP port, and the payload map that a hostile description makes.
#include <cstdlib>
#include <vector>

#include "media/codecs.h"
#include "media/rtp.h"

namespace {

void require(bool holds) {
  if (!holds) std::abort();
}

void check_rtp(std::span<const uint8_t> packet) {
  const auto payload = tandem::rtp_payload(packet);
  if (!payload) return;
  require(packet.size() >= tandem::kRtpHeader && packet[0] >> 6 == 2);
  require(payload->data() >= packet.data() + tandem::kRtpHeader);
  require(payload->data() + payload->size() <= packet.data() + packet.size());
  unsigned sum = 0;
  for (const uint8_t byte : *payload) sum += byte;  // for the address sanitizer
  std::vector<uint8_t> copy(packet.begin(), packet.end());
  const uint8_t marker = copy[1] & 0x80;
  tandem::set_payload_type(copy.data(), static_cast<uint8_t>(sum));
  require(tandem::payload_type(copy.data()) == (sum & 0x7f) && (copy[1] & 0x80) == marker);
  require(tandem::rtp_payload(copy).has_value());
}

void check_rtcp(std::span<const uint8_t> packet) {
  if (!tandem::is_rtcp(packet)) return;
  require(packet.size() >= 8 && packet.size() % 4 == 0 && (packet[1] == 200 || packet[1] == 201));
}

void check_map(std::span<const uint8_t> bytes) {
  tandem::MediaDescription ours, theirs;
  for (size_t i = 0; i + 1 < bytes.size() && i < 64; i += 2) {
    const auto known = tandem::static_codec(bytes[i] & 0x1f);
    if (!known) continue;
    auto& side = (bytes[i] & 0x80) != 0 ? ours : theirs;
    side.codecs.push_back(*known);
    side.codecs.back().payload_type = bytes[i + 1];
  }
  const auto map = tandem::payload_map(ours, theirs);
  for (const uint8_t out : map.out) require(out < 128 || out == tandem::PayloadMap::kDrop);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::span<const uint8_t> packet(data, size);
  check_rtp(packet);
  check_rtcp(packet);
  check_map(packet);
  return 0;
}
