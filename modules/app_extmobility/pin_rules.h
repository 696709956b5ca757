// What a new PIN must be. Any thread.
#pragma once

#include <string>
#include <string_view>

#include "settings.h"
#include "tandem/directory.h"

namespace tandem {

/// A sentence why `pin` will not do, or empty. `old_pin` may be empty: there is none, or it is not known.
std::string refuse_pin(std::string_view pin, std::string_view old_pin, const User& user, const PinPolicy& policy);

/// "same digit more than twice in a row" and the like; empty: it is not trivial.
std::string trivial_pin(std::string_view pin, const User& user);

/// One that the policy takes, of its least length but not under six digits.
std::string random_pin(const User& user, const PinPolicy& policy);

}  // namespace tandem
