// sip show trunks. Switch thread.
#pragma once

#include <vector>

#include "driver.h"

namespace tandem {

/// Everything outlives the Registrations.
std::vector<Registration> add_trunk_commands(Host& host, Trunks& trunks, const SipDriver& driver);

}  // namespace tandem
