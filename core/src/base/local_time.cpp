#include "tandem/local_time.h"

#include <date/tz.h>
#include <fmt/format.h>

#include <ctime>
#include <stdexcept>

namespace tandem {

namespace {

using std::chrono::seconds;

constexpr size_t kLongestZone = 64;

const date::time_zone* find_zone(std::string_view name) {
  if (name.empty() || name.size() > kLongestZone) return nullptr;
  try {
    return date::locate_zone(std::string(name));
  } catch (const std::runtime_error&) {
    return nullptr;
  }
}

Error unknown(std::string_view zone) {
  return {ErrorCode::not_found, fmt::format("there is no time zone \"{}\"", zone.substr(0, kLongestZone))};
}

// The machine's zone by libc, which also heeds TZ.
LocalTime machine_local(WallTime time) {
  const std::time_t at = std::chrono::system_clock::to_time_t(time);
  std::tm parts{};
  ::localtime_r(&at, &parts);
  return LocalTime(seconds(at + parts.tm_gmtoff));
}

WallTime machine_wall(LocalTime time) {
  const auto day = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss clock(time - day);
  std::tm parts{};
  parts.tm_year = static_cast<int>(date.year()) - 1900;
  parts.tm_mon = static_cast<int>(static_cast<unsigned>(date.month())) - 1;
  parts.tm_mday = static_cast<int>(static_cast<unsigned>(date.day()));
  parts.tm_hour = static_cast<int>(clock.hours().count());
  parts.tm_min = static_cast<int>(clock.minutes().count());
  parts.tm_sec = static_cast<int>(clock.seconds().count());
  parts.tm_isdst = -1;
  return std::chrono::system_clock::from_time_t(::mktime(&parts));
}

}  // namespace

void load_time_zones() {
  try {
    date::get_tzdb();
  } catch (const std::runtime_error&) {  // none is installed: every name is unknown
  }
}

bool is_time_zone(std::string_view zone) { return zone.empty() || find_zone(zone) != nullptr; }

Result<LocalTime> to_local(WallTime time, std::string_view zone) {
  if (zone.empty()) return machine_local(time);
  const auto* found = find_zone(zone);
  if (found == nullptr) return unknown(zone);
  return LocalTime(found->to_local(std::chrono::floor<seconds>(time)).time_since_epoch());
}

Result<WallTime> from_local(LocalTime time, std::string_view zone) {
  if (zone.empty()) return machine_wall(time);
  const auto* found = find_zone(zone);
  if (found == nullptr) return unknown(zone);
  return WallTime(found->to_sys(date::local_seconds(time.time_since_epoch()), date::choose::earliest).time_since_epoch());
}

}  // namespace tandem
