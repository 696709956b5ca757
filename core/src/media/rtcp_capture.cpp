#include "media/rtcp_capture.h"

#include <nlohmann/json.hpp>

namespace tandem {
namespace {

constexpr uint8_t kSenderReport = 200, kReceiverReport = 201;
constexpr size_t kSenderInfo = 20, kBlock = 24;

/// Big-endian numbers of a packet. Whoever reads has looked at the size.
class Reader {
 public:
  explicit Reader(std::span<const uint8_t> packet) : packet_(packet) {}
  uint32_t number(size_t at, size_t octets) const {
    uint32_t value = 0;
    for (size_t i = 0; i < octets; ++i) value = value << 8 | packet_[at + i];
    return value;
  }

 private:
  std::span<const uint8_t> packet_;
};

nlohmann::json block(const Reader& r, size_t at) {
  int32_t lost = static_cast<int32_t>(r.number(at + 5, 3));
  if (lost >= 0x800000) lost -= 0x1000000;  // 24 bits with a sign: duplicates make it negative
  return {{"source_ssrc", r.number(at, 4)},        {"fraction_lost", r.number(at + 4, 1)}, {"packets_lost", lost},
          {"highest_seq_no", r.number(at + 8, 4)}, {"ia_jitter", r.number(at + 12, 4)},    {"lsr", r.number(at + 16, 4)},
          {"dlsr", r.number(at + 20, 4)}};
}

std::string report_json(std::span<const uint8_t> report) {
  const Reader r(report);
  const uint32_t type = r.number(1, 1);
  const size_t blocks = r.number(0, 1) & 0x1f;
  const size_t first = type == kSenderReport ? 8 + kSenderInfo : 8;
  if (report.size() < first + blocks * kBlock) return {};
  nlohmann::json json{{"ssrc", r.number(4, 4)}, {"type", type}, {"report_count", blocks}, {"report_blocks", nlohmann::json::array()}};
  if (type == kSenderReport) {
    json["sender_information"] = {{"ntp_timestamp_sec", r.number(8, 4)},
                                  {"ntp_timestamp_usec", r.number(12, 4)},
                                  {"rtp_timestamp", r.number(16, 4)},
                                  {"packets", r.number(20, 4)},
                                  {"octets", r.number(24, 4)}};
  }
  for (size_t i = 0; i < blocks; ++i) json["report_blocks"].push_back(block(r, first + i * kBlock));
  return json.dump();
}

}  // namespace

std::string rtcp_json(std::span<const uint8_t> packet) {
  while (packet.size() >= 8) {
    const Reader r(packet);
    const size_t size = (r.number(2, 2) + 1) * 4;
    if (packet[0] >> 6 != 2 || size > packet.size()) return {};
    if (size >= 8 && (packet[1] == kSenderReport || packet[1] == kReceiverReport)) return report_json(packet.first(size));
    packet = packet.subspan(size);
  }
  return {};
}

void capture_rtcp(Capture* capture, std::span<const uint8_t> packet, const SocketAddress& from, const SocketAddress& to,
                  std::string_view correlation) {
  if (capture == nullptr || !capture->wanted(CaptureKind::rtcp)) return;
  const std::string json = rtcp_json(packet);
  if (json.empty()) return;
  capture->send({.kind = CaptureKind::rtcp,
                 .from = from,
                 .to = to,
                 .stream = false,
                 .when = system_clock().wall(),
                 .correlation = correlation,
                 .payload = json});
}

}  // namespace tandem
