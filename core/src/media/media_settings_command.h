// rtp show settings: what of rtp.ini and tones.ini is in force, and how full the range of ports is. Switch thread.
#pragma once

#include <vector>

#include "tandem/console.h"

namespace tandem {

class MediaThreads;
std::vector<Registration> register_media_settings_command(Console& console, const MediaThreads& engine);

}  // namespace tandem
