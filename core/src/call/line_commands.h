// line show|set: what people have set for their lines. Switch thread.
#pragma once

#include <vector>

#include "call/switch.h"
#include "tandem/console.h"

namespace tandem {

std::vector<Registration> register_line_commands(Console& console, Switch& calls);

}  // namespace tandem
