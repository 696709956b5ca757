// The core's own numbers for /metrics: calls, media, scripts, the process. Switch thread.
#pragma once

#include <vector>

#include "tandem/registration.h"

namespace tandem {

class HostImpl;

/// `host` outlives the registrations.
std::vector<Registration> register_host_metrics(HostImpl& host);

}  // namespace tandem
