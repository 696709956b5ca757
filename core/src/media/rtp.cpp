#include "media/rtp.h"

namespace tandem {
namespace {

constexpr uint8_t kVersion = 2;
constexpr uint8_t kSenderReport = 200;
constexpr uint8_t kReceiverReport = 201;
constexpr uint8_t kTransportFeedback = 205;
constexpr uint8_t kPayloadFeedback = 206;

uint8_t version(uint8_t first) { return first >> 6; }
bool padded(uint8_t first) { return (first & 0x20) != 0; }
bool extended(uint8_t first) { return (first & 0x10) != 0; }
size_t word(const uint8_t* at) { return static_cast<size_t>(at[0]) << 8 | at[1]; }

}  // namespace

std::optional<std::span<const uint8_t>> rtp_payload(std::span<const uint8_t> packet) {
  if (packet.size() < kRtpHeader || version(packet[0]) != kVersion) return std::nullopt;
  size_t start = kRtpHeader + 4 * static_cast<size_t>(packet[0] & 0x0f);
  if (extended(packet[0])) {
    if (start + 4 > packet.size()) return std::nullopt;
    start += 4 + 4 * word(&packet[start + 2]);
  }
  if (start > packet.size()) return std::nullopt;
  size_t end = packet.size();
  if (padded(packet[0])) {
    const size_t padding = packet[end - 1];
    if (padding == 0 || padding > end - start) return std::nullopt;
    end -= padding;
  }
  return packet.subspan(start, end - start);
}

bool is_rtcp(std::span<const uint8_t> packet, bool reduced) {
  if (packet.size() < 8 || packet.size() % 4 != 0 || padded(packet[0])) return false;
  const bool feedback = packet[1] == kTransportFeedback || packet[1] == kPayloadFeedback;
  if (packet[1] != kSenderReport && packet[1] != kReceiverReport && !(reduced && feedback)) return false;
  while (!packet.empty()) {
    if (version(packet[0]) != kVersion) return false;
    const size_t length = 4 * (word(&packet[2]) + 1);
    if (length > packet.size()) return false;
    if (padded(packet[0])) {
      const size_t padding = packet[length - 1];
      if (length != packet.size() || padding == 0 || padding > length - 4) return false;
    }
    packet = packet.subspan(length);
  }
  return true;
}

}  // namespace tandem
