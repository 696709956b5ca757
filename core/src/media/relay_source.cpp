// What is not the rule about a packet: a change of source, a telephone-event, another codec on the other side.
#include <algorithm>
#include <cstring>

#include "media/relay.h"

namespace tandem {

RelayPort* Relay::target(const RelayPort& port) {
  RelayPort* const to = port.to.port;
  return to != nullptr && to->rtp.generation == port.to.generation && to->rtp.sends ? to : nullptr;
}

/// A packet of a stream that `to` does not carry yet. It may go on when it is of the port whose turn it is: the one that has fed `to`,
/// until the next one's first packet, and nobody's while `to` plays something of its own. Then the streams are joined so that the receiver
/// sees one.
bool Relay::change_source(RelayPort& port, RelayPort& to, uint8_t in_khz, uint8_t out_khz) {
  if ((to.player && !to.yields) || !to.keys.idle()) return false;
  const PortRef self{&port, port.rtp.generation};
  if (self == to.next_feed) {
    to.feed = std::exchange(to.next_feed, PortRef{});
  } else if (self != to.feed) {
    return false;
  }
  stop_player(to, false);
  close_event(to);
  to.out.change_source(port.rtp.generation, port.in.run(), sequence_of(packet_.data()), timestamp_of(packet_.data()), in_khz, out_khz,
                       now_);
  return true;
}

/// Three end packets, as RFC 4733 2.5.1.4 has the sender do.
void Relay::close_event(RelayPort& port) {
  if (!port.open_event) return;
  const OpenEvent open = *std::exchange(port.open_event, std::nullopt);
  TelephoneEvent last = open.event;
  last.end = true;
  for (int i = 0; i < 3; ++i) {
    port.out.next_at(made_.data(), open.number, open.timestamp, now_);
    write_event(&made_[kRtpHeader], last);
    send(port, made_.data(), kRtpHeader + kTelephoneEvent);
  }
}

void Relay::overhear(RelayPort& port, std::span<const uint8_t> payload) {
  const uint8_t number = payload_type(packet_.data());
  if (port.tap) port.tap->hear_in(number, payload, now_);
  if (!port.tones) return;
  for (const char digit : port.tones->hear(number, payload)) report_(&port, port.rtp.generation, {MediaEvent::Kind::digit, digit});
}

void Relay::forward_event(RelayPort& port, std::span<const uint8_t> payload, size_t size, const Route& route) {
  const auto event = read_event(payload);
  if (!event) return drop(port);
  uint8_t* const packet = packet_.data();
  const bool more = port.digits.goes_on(port.in.run(), timestamp_of(packet));
  if (const auto digit = port.digits.hear(port.in.run(), timestamp_of(packet), marker(packet), *event)) {
    report_(&port, port.rtp.generation, {MediaEvent::Kind::digit, *digit, 0, port.gate.press(*digit)});
  }
  RelayPort* const to = target(port);
  if (port.gate.holds()) [[unlikely]] {
    // What the receiver is not to hear must not look lost to it either.
    if (to != nullptr && to->out.carries(port.rtp.generation, port.in.run())) to->out.use_up(sequence_of(packet));
    return;
  }
  if (to == nullptr || route.number == Route::kNone) return drop(port);
  const uint8_t khz = route.event_khz, out_khz = route.out_khz;
  bool begins = !more;
  if (!to->out.carries(port.rtp.generation, port.in.run())) {
    if (!change_source(port, *to, port.formats.in_clock(), to->formats.out_clock())) return drop(port);
    begins = true;
  }
  if (khz != out_khz) scale_event(*event, payload, khz, out_khz);
  // The timestamp of an event is that of its beginning, on the clock of the sound around it where both sides have it so.
  if (khz == port.formats.in_clock() && out_khz == to->out.clock()) {
    to->out.stamp(packet, route.number, now_);
  } else {
    if (begins) to->event_timestamp = to->out.timestamp_at(now_);
    to->out.stamp_at(packet, route.number, to->event_timestamp, now_);
  }
  const auto left = read_event(payload);
  to->open_event.reset();
  if (!left->end) to->open_event = OpenEvent{route.number, timestamp_of(packet), *left};
  if (!send(*to, packet, size)) drop(port);
}

/// Its duration, in the packet itself.
void Relay::scale_event(TelephoneEvent event, std::span<const uint8_t> payload, uint8_t khz, uint8_t out_khz) {
  event.duration = static_cast<uint16_t>(std::min<uint32_t>(uint32_t{event.duration} * out_khz / khz, 0xffff));
  write_event(packet_.data() + (payload.data() - packet_.data()), event);
}

void Relay::transcode(RelayPort& port, std::span<const uint8_t> payload, const Route& route) {
  RelayPort* const to = target(port);
  const auto transcoder =
      std::find_if(port.transcoders.begin(), port.transcoders.end(), [&](const auto& t) { return t->from() == route.format; });
  if (to == nullptr || transcoder == port.transcoders.end()) return drop(port);
  Transcoder& t = **transcoder;
  const uint8_t out_khz = clock_khz(t.to());
  if (!to->out.carries(port.rtp.generation, port.in.run()) && !change_source(port, *to, route.khz, out_khz)) return drop(port);
  if (!t.put(payload, port.in.run(), timestamp_of(packet_.data()), marker(packet_.data()))) return drop(port);
  while (const Transcoder::Packet made = t.take(std::span(made_).subspan(kRtpHeader, kMostPayload))) {
    to->out.stamp_made(made_.data(), route.number, made.timestamp, made.marker, now_);
    if (!send(*to, made_.data(), kRtpHeader + made.size)) return drop(port);
    to->counts.transcoded_packets.add(1);
  }
  to->out.use_up(sequence_of(packet_.data()));
}

}  // namespace tandem
