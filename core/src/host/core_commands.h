// The console's core verbs: core show uptime, version, settings, listeners; core reload. Switch thread.
#pragma once

#include <vector>

#include "tandem/console.h"

namespace tandem {

class HostImpl;

/// `host` outlives the registrations.
std::vector<Registration> register_core_commands(Console& console, HostImpl& host);

}  // namespace tandem
