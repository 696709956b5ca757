// Local time: what the clock on the wall of a place shows. Any thread; the first question about a zone reads its file.
#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "tandem/clock.h"
#include "tandem/result.h"

namespace tandem {

/// Seconds on a local calendar; of which zone is the holder's business.
using LocalTime = std::chrono::local_seconds;

/// Reads the list of zones, some milliseconds: before anything waits for it.
void load_time_zones();

/// An IANA name ("America/Los_Angeles"), or empty for the machine's own zone (TZ, /etc/localtime).
bool is_time_zone(std::string_view zone);

/// not_found: no such zone.
Result<LocalTime> to_local(WallTime time, std::string_view zone);
/// Where the clock goes back the first of the two; where it jumps, the moment of the jump.
Result<WallTime> from_local(LocalTime time, std::string_view zone);

}  // namespace tandem
