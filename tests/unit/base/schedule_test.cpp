// Schedules and moments as people write them.
#include "tandem/schedule.h"

#include <gtest/gtest.h>

#include "tandem/moment.h"

namespace tandem {
namespace {

using std::chrono::local_days;
using std::chrono::sys_days;
using std::chrono::year;

/// "2026-11-02 17:59" as UTC; the second of November 2026 is a Monday.
WallTime at(std::string_view text) { return *parse_moment(text, WallTime{}, "Etc/UTC"); }

struct Row {
  const char* schedule;
  const char* when;
  bool holds;
};

TEST(Schedule, Holds) {
  const Row rows[] = {
      {"Mon-Fri 08:00-18:00", "2026-11-02 08:00", true},
      {"Mon-Fri 08:00-18:00", "2026-11-02 18:00", false},
      {"Mon-Fri 08:00-18:00", "2026-11-07 09:00", false},
      {"mon-fri 08:00-18:00; saturday 09:00-12:00", "2026-11-07 09:00", true},
      {"Mon,Wed 08:00-12:00,13:00-17:00", "2026-11-02 12:30", false},
      {"Mon,Wed 08:00-12:00,13:00-17:00", "2026-11-04 13:00", true},
      {"Sat-Mon", "2026-11-01 23:00", true},
      {"Sat-Mon", "2026-11-03 00:00", false},
      {"08:00-24:00", "2026-11-02 23:59", true},
      {"12-24..12-26", "2026-12-26 23:59", true},
      {"12-24..12-26", "2027-12-27 00:00", false},
      {"12-30..01-02", "2027-01-01 12:00", true},
      {"2026-12-24 08:00-12:00", "2026-12-24 09:00", true},
      {"2026-12-24 08:00-12:00", "2027-12-24 09:00", false},
      {"2026-12-24..2027-01-02", "2027-01-02 12:00", true},
      {"Fri 22:00-06:00", "2026-11-07 05:59", true},   // Saturday morning belongs to Friday's night
      {"Fri 22:00-06:00", "2026-11-06 05:59", false},  // Friday morning to Thursday's
      {"12-31 22:00-06:00", "2027-01-01 03:00", true},
  };
  for (const auto& row : rows) {
    const auto schedule = Schedule::parse(row.schedule);
    ASSERT_TRUE(schedule) << schedule.error().message;
    EXPECT_EQ(schedule->holds(*to_local(at(row.when), "Etc/UTC")), row.holds) << row.schedule << " at " << row.when;
  }
}

TEST(Schedule, MistakesAreNamed) {
  for (const auto* text : {"",
                           ";",
                           "  ",
                           "Mon-",
                           "Monk",
                           "8:00-18:00",
                           "08:00",
                           "08:00-08:00",
                           "24:00-01:00",
                           "08:60-09:00",
                           "25:00-26:00",
                           "13-01",
                           "02-30",
                           "2026-02-29",
                           "2026-12-24..2026-12-23",
                           "12-24..2026-12-26",
                           "Mon Tue",
                           "08:00-09:00 10:00-11:00",
                           "Mon,,Tue",
                           "-",
                           "\xff",
                           "Mon-Fri 08:00-18:00; "}) {
    EXPECT_FALSE(Schedule::parse(text)) << text;
  }
  EXPECT_EQ(Schedule::parse("Mon-Fri 8-18").error().message, "\"8-18\" is no date (write 12-24, 2026-12-24 or 12-24..12-26)");
  EXPECT_FALSE(Schedule::parse(std::string(1000, ';')));
}

TEST(Moment, IsReadInItsZone) {
  const WallTime now = sys_days(year(2026) / 11 / 4) + std::chrono::hours(1);  // still Tuesday evening in California
  const auto zone = "America/Los_Angeles";
  const auto read = [&](const char* text) { return std::chrono::time_point_cast<std::chrono::minutes>(*parse_moment(text, now, zone)); };
  EXPECT_EQ(read("2026-12-24T18:30"), sys_days(year(2026) / 12 / 25) + std::chrono::minutes(150));
  EXPECT_EQ(read("2026-12-24"), sys_days(year(2026) / 12 / 24) + std::chrono::hours(20));
  EXPECT_EQ(read("18:30"), sys_days(year(2026) / 11 / 4) + std::chrono::minutes(150));
  EXPECT_EQ(read("Tue 18:30"), read("18:30"));
  EXPECT_EQ(read("Monday 08:00"), sys_days(year(2026) / 11 / 9) + std::chrono::hours(16));
  EXPECT_EQ(read("Fri"), sys_days(year(2026) / 11 / 6) + std::chrono::hours(20));
  for (const auto* text : {"", "soon", "2026-13-01", "Fri 1", "2026-12-24T", "2026-12-24 18:30 x", "T18:30", "6026-12-24", "1969-12-31"}) {
    EXPECT_FALSE(parse_moment(text, now, zone)) << text;
  }
}

}  // namespace
}  // namespace tandem
