// The console verbs of Mobile Connect. Switch thread.
#pragma once

#include <vector>

#include "service.h"
#include "tandem/console.h"

namespace tandem {

Result<std::vector<Registration>> register_mobile_commands(Console& console, MobileService& service, Clock& clock);

}  // namespace tandem
