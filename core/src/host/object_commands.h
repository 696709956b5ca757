// core show objects|memory: what the process holds, so that whoever ran calls for a week can see that nothing of them is left. Switch
// thread.
#pragma once

#include <vector>

#include "tandem/console.h"

namespace tandem {

class HostImpl;

/// `host` outlives the Registrations.
std::vector<Registration> register_object_commands(Console& console, HostImpl& host);

}  // namespace tandem
