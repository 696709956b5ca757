#include "tandem/schedule.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>

namespace tandem {

namespace {

using std::chrono::days;
using std::chrono::hours;
using std::chrono::local_days;
using std::chrono::minutes;
using std::chrono::seconds;
using std::chrono::year_month_day;

// The system's clock counts nanoseconds, which end in 2262.
constexpr std::chrono::year kFirstYear{1970}, kLastYear{2200};

constexpr std::array<std::string_view, 7> kDays{"sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday"};

/// The part before the next of `separators`; takes both from `rest`.
std::string_view take(std::string_view& rest, std::string_view separators) {
  const size_t at = rest.find_first_of(separators);
  const auto part = rest.substr(0, at);
  rest = at == std::string_view::npos ? std::string_view() : rest.substr(at + 1);
  return part;
}

/// `digits` of a fixed length.
std::optional<int> number(std::string_view digits, size_t length) {
  int value = 0;
  if (digits.size() != length || !std::all_of(digits.begin(), digits.end(), [](unsigned char c) { return std::isdigit(c) != 0; }))
    return {};
  std::from_chars(digits.data(), digits.data() + digits.size(), value);
  return value;
}

/// "12-24" as 1224. February has 29 days here: the rule is for every year.
std::optional<unsigned> day_of_year(std::string_view word) {
  constexpr std::array<int, 13> kLongest{0, 31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  if (word.size() != 5 || word[2] != '-') return {};
  const auto month = number(word.substr(0, 2), 2), day = number(word.substr(3), 2);
  if (!month || !day || *month < 1 || *month > 12 || *day < 1 || *day > kLongest.at(static_cast<size_t>(*month))) return {};
  return static_cast<unsigned>(*month * 100 + *day);
}

unsigned day_of_year(const year_month_day& date) { return static_cast<unsigned>(date.month()) * 100 + static_cast<unsigned>(date.day()); }

/// "a" or "a<separator>b" as two words.
std::pair<std::string_view, std::string_view> ends(std::string_view item, std::string_view separator) {
  const size_t at = item.find(separator);
  if (at == std::string_view::npos) return {item, item};
  return {item.substr(0, at), item.substr(at + separator.size())};
}

}  // namespace

std::optional<unsigned> weekday_from(std::string_view word) {
  const auto same = [](char a, char b) { return std::tolower(static_cast<unsigned char>(a)) == b; };
  for (unsigned i = 0; i < kDays.size(); ++i) {
    const auto name = kDays.at(i);
    if ((word.size() == 3 || word.size() == name.size()) && std::equal(word.begin(), word.end(), name.begin(), same)) return i;
  }
  return {};
}

std::optional<seconds> clock_from(std::string_view word) {
  const auto hour = number(take(word, ":"), 2);
  const auto minute = number(take(word, ":"), 2);
  const auto second = word.empty() ? 0 : number(word, 2);
  if (!hour || !minute || !second || *minute > 59 || *second > 59) return {};
  const auto at = hours(*hour) + minutes(*minute) + seconds(*second);
  if (at > hours(24)) return {};
  return at;
}

std::optional<year_month_day> date_from(std::string_view word) {
  if (word.size() != 10 || word[4] != '-') return {};
  const auto year = number(word.substr(0, 4), 4);
  const auto day = day_of_year(word.substr(5));
  if (!year || !day) return {};
  const year_month_day date(std::chrono::year(*year), std::chrono::month(*day / 100), std::chrono::day(*day % 100));
  if (!date.ok() || date.year() < kFirstYear || date.year() > kLastYear) return {};
  return date;
}

Result<Schedule> Schedule::parse(std::string_view text) {
  if (text.size() > kLongest) return Error{ErrorCode::invalid, fmt::format("a schedule is longer than {} characters", kLongest)};
  Schedule schedule;
  while (!text.empty()) {
    auto rule = parse_rule(take(text, ";"));
    if (!rule) return rule.error();
    schedule.rules_.push_back(std::move(*rule));
  }
  if (schedule.rules_.empty()) return Error{ErrorCode::invalid, "a schedule that says nothing"};
  return schedule;
}

Result<Schedule::Rule> Schedule::parse_rule(std::string_view text) {
  Rule rule;
  std::array<bool, 3> seen{};
  while (!text.empty()) {
    auto word = take(text, " ");
    if (word.empty()) continue;
    const bool time = word.find(':') != std::string_view::npos;
    const bool day = !time && std::isalpha(static_cast<unsigned char>(word[0])) != 0;
    auto& seen_kind = seen.at(time ? 0 : day ? 1 : 2);
    if (seen_kind)
      return Error{ErrorCode::invalid, fmt::format("\"{}\": a second word of its kind; separate items by \",\", rules by \";\"", word)};
    seen_kind = true;
    while (!word.empty()) {
      const auto item = take(word, ",");
      const bool read = time ? read_time(item, rule) : day ? read_days(item, rule) : read_date(item, rule);
      if (!read) {
        return Error{ErrorCode::invalid, fmt::format("\"{}\" is no {}", item,
                                                     time  ? "time (write 08:00-18:00)"
                                                     : day ? "day (write Mon or Mon-Fri)"
                                                           : "date (write 12-24, 2026-12-24 or 12-24..12-26)")};
      }
    }
  }
  if (seen == std::array<bool, 3>{}) return Error{ErrorCode::invalid, "a rule that says nothing"};
  return rule;
}

bool Schedule::read_days(std::string_view item, Rule& rule) {
  const auto [first, last] = ends(item, "-");
  const auto from = weekday_from(first), to = weekday_from(last);
  if (!from || !to) return false;
  for (unsigned day = *from;; day = (day + 1) % 7) {
    rule.days |= 1U << day;
    if (day == *to) return true;
  }
}

bool Schedule::read_date(std::string_view item, Rule& rule) {
  const auto [first, last] = ends(item, "..");
  DateRange range;
  range.first = date_from(first);
  range.last = date_from(last);
  if (range.first && range.last) {
    if (*range.last < *range.first) return false;
  } else {
    const auto from = day_of_year(first), to = day_of_year(last);
    if (!from || !to) return false;
    range = {{}, {}, *from, *to};
  }
  rule.dates.push_back(range);
  return true;
}

bool Schedule::read_time(std::string_view item, Rule& rule) {
  const auto [first, last] = ends(item, "-");
  const auto from = clock_from(first), to = clock_from(last);
  if (!from || !to || *from == *to || *from == hours(24)) return false;
  rule.times.push_back({*from, *to});
  return true;
}

bool Schedule::Rule::fits_day(local_days day) const {
  if (days != 0 && (days & (1U << std::chrono::weekday(day).c_encoding())) == 0) return false;
  if (dates.empty()) return true;
  const year_month_day date(day);
  const unsigned of_year = day_of_year(date);
  return std::any_of(dates.begin(), dates.end(), [&](const DateRange& range) {
    if (range.first) return date >= *range.first && date <= *range.last;
    if (range.from <= range.to) return of_year >= range.from && of_year <= range.to;
    return of_year >= range.from || of_year <= range.to;  // over New Year
  });
}

bool Schedule::Rule::holds(LocalTime at) const {
  const auto day = std::chrono::floor<std::chrono::days>(at);
  if (times.empty()) return fits_day(day);
  const seconds clock = at - day;
  return std::any_of(times.begin(), times.end(), [&](const ClockRange& range) {
    if (range.from < range.to) return clock >= range.from && clock < range.to && fits_day(day);
    if (clock >= range.from) return fits_day(day);
    return clock < range.to && fits_day(day - std::chrono::days(1));
  });
}

bool Schedule::holds(LocalTime at) const {
  return std::any_of(rules_.begin(), rules_.end(), [at](const Rule& rule) { return rule.holds(at); });
}

}  // namespace tandem
