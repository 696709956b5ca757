// What legs of calls do, as events, for whoever shows it: lamps, presence. Switch thread.
#pragma once

#include <string_view>

#include "tandem/call.h"

namespace tandem {

/// A leg has come to another state, was put on hold or taken back, or has somebody else at its other side. The last one of a leg has
/// ChannelState::ended.
struct LegChanged {
  static constexpr std::string_view kEvent = "leg.changed";
  std::string_view call;  ///< "C-00a1f3c2b8"
  Channel& channel;       ///< valid during the event
  std::string_view user;  ///< who was at the device when the leg began; empty for trunks and neutral phones
  const Party& other;     ///< whom this party talks to, or will
  bool holds = false;     ///< this party has put the other one on hold
  bool open = false;      ///< the phones of this party's person may take it up (Replaces with the name of `channel`'s dialog)
};

}  // namespace tandem
