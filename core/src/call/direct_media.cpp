#include "call/direct_media.h"

#include <algorithm>
#include <array>

namespace tandem {

namespace {

using S = DirectState;
using E = DirectEvent;

struct Step {
  S from;
  E event;
  S to;
};

constexpr std::array kSteps{
    Step{S::relayed, E::began, S::asking_caller},
    Step{S::relayed, E::taken_back, S::returning},
    Step{S::asking_caller, E::caller_agreed, S::asking_callee},
    Step{S::asking_caller, E::refused, S::relayed},
    Step{S::asking_callee, E::callee_agreed, S::direct},
    Step{S::asking_callee, E::refused, S::returning},
    Step{S::asking_callee, E::taken_back, S::returning},
    Step{S::direct, E::taken_back, S::returning},
    Step{S::returning, E::returned, S::relayed},
    Step{S::asking_caller, E::leg_gone, S::relayed},
    Step{S::asking_callee, E::leg_gone, S::relayed},
    Step{S::direct, E::leg_gone, S::relayed},
    Step{S::returning, E::leg_gone, S::relayed},
};

}  // namespace

std::string_view to_string(DirectState state) {
  switch (state) {
    case S::relayed:
      return "relayed";
    case S::asking_caller:
      return "asking the caller";
    case S::asking_callee:
      return "asking the called side";
    case S::direct:
      return "direct";
    case S::returning:
      return "returning";
  }
  return "relayed";
}

std::optional<DirectState> next_state(DirectState state, DirectEvent event) {
  const auto step = std::find_if(kSteps.begin(), kSteps.end(), [&](const Step& s) { return s.from == state && s.event == event; });
  return step == kSteps.end() ? std::nullopt : std::optional(step->to);
}

}  // namespace tandem
