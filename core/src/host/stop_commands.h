// core stop|restart: the end, by the console. Switch thread.
#pragma once

#include <vector>

#include "host/shutdown.h"
#include "tandem/console.h"

namespace tandem {

std::vector<Registration> register_stop_commands(Console& console, Shutdown& shutdown);

}  // namespace tandem
