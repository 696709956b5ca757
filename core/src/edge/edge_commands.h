// Console verbs about the edge's doors, and its numbers for /metrics. Switch thread.
#pragma once

#include <vector>

#include "edge/edge_thread.h"
#include "tandem/console.h"
#include "tandem/loop.h"
#include "tandem/metrics.h"

namespace tandem {

/// "edge show", "edge show certificates". All references outlive the registrations.
std::vector<Registration> register_edge_commands(Console& console, Loop& loop, EdgeThread& edge);
/// tandem_edge_...
std::vector<Registration> register_edge_metrics(Metrics& metrics, const EdgeThread& edge);

}  // namespace tandem
