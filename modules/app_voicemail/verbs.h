// call:take_message{...} and the other verbs about boxes: the dialplan's door, from which dialplan/lib/voicemail.lua is made. Switch
// thread.
#pragma once

#include <vector>

#include "tandem/host.h"
#include "voicemail.h"

namespace tandem {

Result<void> add_voicemail_verbs(Host& host, Voicemail& voicemail, std::vector<Registration>& registrations);
/// Calls that are in one of them.
size_t uses_of_voicemail_verbs(Host& host);

}  // namespace tandem
