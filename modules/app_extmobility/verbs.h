// call:login{...} and call:logout(): the dialplan's door, for feature codes. Switch thread.
#pragma once

#include <vector>

#include "service.h"
#include "tandem/host.h"

namespace tandem {

Result<void> add_mobility_verbs(Host& host, MobilityService& service, std::vector<Registration>& registrations);

}  // namespace tandem
