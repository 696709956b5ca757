// Zones: the hour that a clock shows, and the two days a year on which that is not simple.
#include "tandem/local_time.h"

#include <gtest/gtest.h>

namespace tandem {
namespace {

using std::chrono::hours;
using std::chrono::local_days;
using std::chrono::sys_days;
using std::chrono::year;

constexpr auto kBerlin = "Europe/Berlin";

TEST(LocalTime, FollowsSummerAndWinter) {
  EXPECT_EQ(*to_local(sys_days(year(2026) / 7 / 1) + hours(12), kBerlin), local_days(year(2026) / 7 / 1) + hours(14));
  EXPECT_EQ(*to_local(sys_days(year(2026) / 12 / 1) + hours(12), kBerlin), local_days(year(2026) / 12 / 1) + hours(13));
  EXPECT_EQ(*from_local(local_days(year(2026) / 7 / 1) + hours(14), kBerlin), sys_days(year(2026) / 7 / 1) + hours(12));
}

TEST(LocalTime, AnHourThatComesTwiceIsTheFirstAndOneThatIsMissingTheJump) {
  EXPECT_EQ(*from_local(local_days(year(2026) / 10 / 25) + std::chrono::minutes(150), kBerlin),
            sys_days(year(2026) / 10 / 25) + std::chrono::minutes(30));
  EXPECT_EQ(*from_local(local_days(year(2026) / 3 / 29) + std::chrono::minutes(150), kBerlin), sys_days(year(2026) / 3 / 29) + hours(1));
}

TEST(LocalTime, TheMachinesOwnZoneThereAndBack) {
  const WallTime at = sys_days(year(2026) / 2 / 3) + hours(4);
  EXPECT_EQ(*from_local(*to_local(at, ""), ""), at);
}

TEST(LocalTime, ZonesThatAreNone) {
  for (const auto* zone : {"Mars/Base", "../../etc/passwd", "/etc/localtime", "europe/berlin"}) {
    EXPECT_FALSE(is_time_zone(zone)) << zone;
    EXPECT_FALSE(to_local(WallTime{}, zone)) << zone;
  }
  EXPECT_FALSE(is_time_zone(std::string(10000, 'x')));
  EXPECT_TRUE(is_time_zone("America/Los_Angeles"));
  EXPECT_TRUE(is_time_zone(""));
}

}  // namespace
}  // namespace tandem
