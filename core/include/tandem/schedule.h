// Schedule: when something holds, as people write it. An immutable value; any thread.
//
//   "Mon-Fri 08:00-18:00; Sat 09:00-12:00"     rules, of which one must fit, separated by ";"
//   "Mon,Wed,Fri"   "08:00-12:00,13:00-17:00"   items, of which one must fit, separated by ","
//   "12-24..12-26"  "2026-12-24"               dates: of each year, or of one
//   "Fri 22:00-06:00"                          passes midnight: from Friday evening to Saturday morning
// Days, dates and times of a rule stand in any order, each kind once, and must all fit. The end of a time is not part of it; that of days
// and dates is.
#pragma once

#include <chrono>
#include <optional>
#include <string_view>
#include <vector>

#include "tandem/local_time.h"

namespace tandem {

/// 0 for Sunday to 6, from "Sun", "sunday", ...
std::optional<unsigned> weekday_from(std::string_view word);
/// "08:30", seconds optional; "24:00" is the end of a day.
std::optional<std::chrono::seconds> clock_from(std::string_view word);
/// "2026-12-24".
std::optional<std::chrono::year_month_day> date_from(std::string_view word);

class Schedule {
 public:
  static constexpr size_t kLongest = 500;  ///< characters

  /// invalid with a sentence that names the word.
  static Result<Schedule> parse(std::string_view text);
  bool holds(LocalTime at) const;

 private:
  struct DateRange {
    std::optional<std::chrono::year_month_day> first, last;  ///< of one year, or
    unsigned from = 0, to = 0;                               ///< of each: month * 100 + day
  };
  struct ClockRange {
    std::chrono::seconds from, to;  ///< of the day; `to` before `from` passes midnight
  };
  struct Rule {
    unsigned days = 0;  ///< a bit each, from Sunday; none: any
    std::vector<DateRange> dates;
    std::vector<ClockRange> times;
    bool fits_day(std::chrono::local_days day) const;
    bool holds(LocalTime at) const;
  };
  static Result<Rule> parse_rule(std::string_view text);
  static bool read_days(std::string_view item, Rule& rule);
  static bool read_date(std::string_view item, Rule& rule);
  static bool read_time(std::string_view item, Rule& rule);

  std::vector<Rule> rules_;
};

}  // namespace tandem
