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

void Relay::forward_event(RelayPort& port, std::span<const uint8_t> payload, size_t size, uint8_t number) {
  const auto event = read_event(payload);
  if (!event) return drop(port);
  uint8_t* const packet = packet_.data();
  if (const auto digit = port.digits.hear(port.in.run(), timestamp_of(packet), marker(packet), *event)) {
    report_(&port, port.rtp.generation, {MediaEvent::Kind::digit, *digit});
  }
  RelayPort* const to = target(port);
  if (to == nullptr || number == Route::kNone) return drop(port);
  const uint8_t khz = clock_khz(Format::event);
  if (!to->out.carries(port.rtp.generation, port.in.run()) && !change_source(port, *to, khz, khz)) return drop(port);
  to->out.stamp(packet_.data(), number, now_);
  to->open_event.reset();
  if (!event->end) to->open_event = OpenEvent{number, timestamp_of(packet), *event};
  if (!send(*to, packet, size)) drop(port);
}

void Relay::transcode(RelayPort& port, std::span<const uint8_t> payload, const Route& route) {
  RelayPort* const to = target(port);
  const auto transcoder =
      std::find_if(port.transcoders.begin(), port.transcoders.end(), [&](const auto& t) { return t->from() == route.format; });
  if (to == nullptr || transcoder == port.transcoders.end()) return drop(port);
  const uint8_t out_khz = clock_khz((*transcoder)->to());
  if (!to->out.carries(port.rtp.generation, port.in.run()) && !change_source(port, *to, route.khz, out_khz)) return drop(port);
  std::memcpy(made_.data(), packet_.data(), kRtpHeader);
  made_[0] = 0x80;  // no padding, extension or contributors any more
  const size_t size = kRtpHeader + (*transcoder)->run(payload, std::span(made_).subspan(kRtpHeader));
  to->out.stamp(made_.data(), route.number, now_);
  if (!send(*to, made_.data(), size)) return drop(port);
  to->counts.transcoded_packets.add(1);
}

}  // namespace tandem
