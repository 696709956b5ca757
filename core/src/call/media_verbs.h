// The verbs that make sound or listen: ringing, progress, play, read_digits, record, record_call, send_digits. Switch thread.
#pragma once

#include <vector>

#include "call/verb_table.h"

namespace tandem {

std::vector<Registration> register_media_verbs(VerbTable& verbs);

}  // namespace tandem
