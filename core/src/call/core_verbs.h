// The verbs that every dialplan has: answer, dial, wait, and those of media_verbs.h and caller_verbs.h. (hangup and log belong to the
// script's own flow: core/src/lua.) Switch thread.
#pragma once

#include <vector>

#include "call/caller_verbs.h"
#include "call/verb_table.h"
#include "tandem/loop.h"

namespace tandem {

std::vector<Registration> register_core_verbs(VerbTable& verbs, Loop& loop, const CallerLookUp& look_up = {});

}  // namespace tandem
