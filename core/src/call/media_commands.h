// rtp show. (rtp show settings belongs to the engine: core/src/media/media_settings_command.h.) Switch thread.
#pragma once

#include <vector>

#include "tandem/console.h"

namespace tandem {

class Switch;
std::vector<Registration> register_media_commands(Console& console, Switch& calls);

}  // namespace tandem
