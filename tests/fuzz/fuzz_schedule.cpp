// Schedules and moments as admins and scripts write them.
#include <cstdint>
#include <string_view>

#include "lua/reference.h"
#include "tandem/moment.h"
#include "tandem/schedule.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto now = std::chrono::local_days(std::chrono::year(2026) / 12 / 31) + std::chrono::hours(23);
  if (const auto schedule = tandem::Schedule::parse(text)) (void)schedule->holds(now);
  (void)tandem::parse_moment(text, tandem::WallTime{}, "Europe/Berlin");
  (void)tandem::parse_signature(text);
  return 0;
}
