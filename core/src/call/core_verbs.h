// The verbs that every dialplan has: answer, dial, wait. (hangup and log belong to the script's own flow: core/src/lua.) Switch thread.
#pragma once

#include <vector>

#include "call/verb_table.h"
#include "tandem/loop.h"

namespace tandem {

std::vector<Registration> register_core_verbs(VerbTable& verbs, Loop& loop);

}  // namespace tandem
