// Moment: a point in time as an admin types it for a trace or a test. Any thread.
#pragma once

#include <string_view>

#include "tandem/local_time.h"

namespace tandem {

/// "2026-12-24T18:30" (or a blank for the T, or the date alone: noon), "Fri 18:30" and "Fri" (the next one, today included), "18:30"
/// (today). Local to `zone`; `now` says what today is. invalid with a sentence.
Result<WallTime> parse_moment(std::string_view text, WallTime now, std::string_view zone);

}  // namespace tandem
