// The life of a session as a table, and the one function that goes by it. Any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "tandem/sessions.h"

namespace tandem {

/// What happens to a session after it has begun.
enum class SessionFact : uint8_t {
  changed,     ///< the phone carries something else, and has to fetch it
  fetched,     ///< the phone has fetched this version
  registered,  ///< the phone has registered
  timed_out,   ///< it should have fetched and registered by now
};

struct SessionStep {
  LoginState state;
  std::string_view reason;  ///< what `extmob show sessions` says; empty once it is applied
};

/// Empty: the fact changes nothing in that state.
std::optional<SessionStep> next_step(LoginState state, SessionFact fact);

}  // namespace tandem
