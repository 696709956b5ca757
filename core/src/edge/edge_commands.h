// Console verbs about the edge's doors. Switch thread.
#pragma once

#include <vector>

#include "edge/edge_thread.h"
#include "tandem/console.h"
#include "tandem/loop.h"

namespace tandem {

/// "edge show", "edge show certificates". All references outlive the registrations.
std::vector<Registration> register_edge_commands(Console& console, Loop& loop, EdgeThread& edge);

}  // namespace tandem
