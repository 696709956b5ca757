// DirectMedia: whether the two sides of a call send to one another, past us, and how far the way to that or back from it is. Switch thread;
// owned by a CallImpl.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "tandem/driver.h"

namespace tandem {

enum class DirectState : uint8_t {
  relayed,        ///< all of it goes through us
  asking_caller,  ///< the caller has been told where the other side is
  asking_callee,  ///< and the other side where the caller is
  direct,
  returning,  ///< both, or one, are being told to send to us again
};
enum class DirectEvent : uint8_t { began, caller_agreed, callee_agreed, refused, taken_back, returned, leg_gone };

std::string_view to_string(DirectState state);
/// The state that follows; empty: the event means nothing now.
std::optional<DirectState> next_state(DirectState state, DirectEvent event);

struct DirectMedia {
  DirectState state = DirectState::relayed;
  bool barred = false;           ///< it has been tried in vain, or a feature needs the sound for good
  bool wanted_back = false;      ///< as soon as what has been asked is answered
  unsigned returning = 0;        ///< answers that are still out
  MediaDescription told_before;  ///< what the one that is asked had been told, in case it refuses
  bool busy() const {
    return state == DirectState::asking_caller || state == DirectState::asking_callee || state == DirectState::returning;
  }
};

}  // namespace tandem
