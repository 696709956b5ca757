// The verb and the console's words for calls that move: take_mobile_call; mobile send, mobile pickup, mobile show calls. Switch thread.
#pragma once

#include <vector>

#include "call/verb_table.h"
#include "tandem/console.h"

namespace tandem {

class Switch;

std::vector<Registration> register_move_verbs(VerbTable& verbs);
std::vector<Registration> register_move_commands(Console& console, Switch& calls);

}  // namespace tandem
