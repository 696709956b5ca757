// PortParcel: a port on its way from one media thread to another, as one value: sockets, SRTP, stream numbers, counts. The old thread fills
// it, the new one empties it; until then packets wait in the sockets.
#pragma once

#include <atomic>
#include <tuple>
#include <type_traits>
#include <utility>

#include "media/relay_port.h"

namespace tandem {

/// What goes with a port. What it is relayed to does not, and what follows from that (routes, transcoders) is made anew.
inline auto belongings(RelayPort& p) {
  return std::tie(p.sockets, p.kind, p.in, p.out, p.heard, p.heard_before, p.quiet_since, p.limit, p.reported, p.formats, p.carriage, p.tap,
                  p.tones, p.digits, p.gate, p.player, p.yields, p.keys, p.pace, p.encoder, p.encoder_format, p.open_event,
                  p.event_timestamp, p.reports, p.latched_host, p.counts);
}

template <class Ties>
struct ValuesOf;
template <class... T>
struct ValuesOf<std::tuple<T&...>> {
  using type = std::tuple<T...>;
};

struct PortParcel {
  ValuesOf<decltype(belongings(std::declval<RelayPort&>()))>::type contents;
  RelaySocket rtp, rtcp;  ///< with the generation and the place that they had
  bool live = false, playing = false, handshaking = false;
  std::atomic<bool> filled{false};
};

}  // namespace tandem
