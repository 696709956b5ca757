#include "tandem/moment.h"

#include <fmt/format.h>

#include "tandem/schedule.h"

namespace tandem {

namespace {

using std::chrono::days;
using std::chrono::hours;
using std::chrono::local_days;

constexpr size_t kLongest = 40;

std::optional<local_days> day_from(std::string_view word, local_days today) {
  if (const auto date = date_from(word)) return local_days(*date);
  const auto weekday = weekday_from(word);
  if (!weekday) return {};
  return today + (std::chrono::weekday(*weekday) - std::chrono::weekday(today));
}

}  // namespace

Result<WallTime> parse_moment(std::string_view text, WallTime now, std::string_view zone) {
  const auto local_now = to_local(now, zone);
  if (!local_now) return local_now.error();
  const auto today = std::chrono::floor<days>(*local_now);
  const size_t split = text.size() > kLongest ? 0 : text.find_first_of("T ", 3);  // the T of "Tue" is none
  const bool both = split != std::string_view::npos;
  const auto first = text.substr(0, split);
  const auto day = day_from(first, today);
  const auto clock = clock_from(both ? text.substr(split + 1) : first);
  if (day && clock) return from_local(*day + *clock, zone);
  if (day && !both) return from_local(*day + hours(12), zone);
  if (clock && !both) return from_local(today + *clock, zone);
  return Error{ErrorCode::invalid,
               fmt::format("\"{}\" is no time: write 2026-12-24T18:30, 2026-12-24, Fri 18:30, Fri or 18:30", text.substr(0, kLongest))};
}

}  // namespace tandem
