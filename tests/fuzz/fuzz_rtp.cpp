// Whatever arrives at an RTP or RTCP port, and the routes that a hostile description makes.
#include <cstdlib>
#include <vector>

#include "media/routes.h"
#include "media/rtcp.h"
#include "media/rtp.h"
#include "media/stream_in.h"
#include "media/telephone_event.h"

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

void check_stream(std::span<const uint8_t> packet) {
  if (!tandem::rtp_payload(packet)) return;
  tandem::StreamIn in;
  tandem::DigitEar ear;
  for (uint8_t khz : {8, 16, 8})
    in.take(tandem::ssrc_of(packet.data()), tandem::sequence_of(packet.data()), tandem::timestamp_of(packet.data()), khz, 1000);
  if (const auto event = tandem::read_event(*tandem::rtp_payload(packet))) {
    const auto digit = ear.hear(in.run(), tandem::timestamp_of(packet.data()), tandem::marker(packet.data()), *event);
    require(!digit || tandem::event_of(*digit) == event->event);
  }
}

void check_rtcp(std::span<const uint8_t> packet) {
  if (!tandem::is_rtcp(packet)) return;
  require(packet.size() >= 8 && packet.size() % 4 == 0 && (packet[1] == 200 || packet[1] == 201));
  const uint32_t ours = packet.size() >= 12 ? tandem::read_32(&packet[8]) : 0;
  const auto facts = tandem::read_rtcp(packet, ours);
  require(!facts.sender || packet.size() >= 28);
  if (facts.about_us) {
    require(facts.about_us->ssrc == ours && facts.about_us->cumulative_lost >= -0x800000 && facts.about_us->cumulative_lost <= 0x7fffff);
    tandem::round_trip(*facts.about_us, 0x123456789abcdef0);
  }
  uint8_t made[512];
  const size_t size = tandem::write_rtcp(made, ours, facts.sender, facts.about_us, "somebody", facts.bye);
  require(tandem::is_rtcp({made, size}));
  const auto again = tandem::read_rtcp({made, size}, ours);
  require(again.sender.has_value() == facts.sender.has_value() && again.about_us.has_value() == facts.about_us.has_value());
}

/// Feedback about pictures: what comes of it is as well-formed as it was, and says nothing of other streams.
void check_feedback(std::span<const uint8_t> packet) {
  if (!tandem::is_rtcp(packet, true)) return;
  const uint32_t asked = packet.size() >= 12 ? tandem::read_32(&packet[8]) : 0;
  std::vector<uint8_t> made(packet.size());
  const size_t size = tandem::translate_feedback(packet, {.ours = 1, .asked = asked, .source = 2, .offset = 7}, made);
  require(size <= packet.size());
  made.resize(size);
  require(size == 0 || size < 8 || tandem::is_rtcp(made, true));
  std::vector<uint8_t> small(size / 2);
  require(tandem::translate_feedback(packet, {.ours = 1, .asked = asked, .source = 2, .offset = 7}, small) <= small.size());
}

void check_routes(std::span<const uint8_t> bytes) {
  tandem::MediaDescription ours, theirs;
  for (size_t i = 0; i + 1 < bytes.size() && i < 64; i += 2) {
    const auto known = tandem::static_codec(bytes[i] & 0x1f);
    if (!known) continue;
    auto& side = (bytes[i] & 0x80) != 0 ? ours : theirs;
    side.codecs.push_back(*known);
    side.codecs.back().payload_type = bytes[i + 1];
  }
  const tandem::PortFormats formats(ours, theirs);
  for (const auto& route : tandem::make_routes(formats, &formats)) require(route.number < 128 || route.number == tandem::Route::kNone);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::span<const uint8_t> packet(data, size);
  check_rtp(packet);
  check_stream(packet);
  check_rtcp(packet);
  check_feedback(packet);
  check_routes(packet);
  return 0;
}
