// "voicemail show boxes" and the rest. Switch thread.
#pragma once

#include <vector>

#include "tandem/host.h"
#include "voicemail.h"

namespace tandem {

Result<std::vector<Registration>> register_voicemail_commands(Console& console, Voicemail& voicemail);

}  // namespace tandem
