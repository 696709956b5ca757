// The console's "extmob" verbs. Switch thread.
#pragma once

#include <vector>

#include "service.h"
#include "tandem/console.h"

namespace tandem {

/// All of them, or the first error.
Result<std::vector<Registration>> register_mobility_commands(Console& console, MobilityService& service,
                                                             const MobilityService::Parts& parts);

}  // namespace tandem
