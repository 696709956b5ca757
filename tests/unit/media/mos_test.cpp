#include "media/mos.h"

#include <gtest/gtest.h>

namespace tandem {
namespace {

using std::chrono::milliseconds;

TEST(Mos, IsAsTheEModelHasIt) {
  EXPECT_EQ(estimate_mos({}), 0) << "nothing was heard";
  EXPECT_NEAR(estimate_mos({.format = Format::pcmu, .received = 1000}), 439, 3);
  // 1 % and 5 % of loss, G.711 with concealment: R falls by 3.6 and by 15.8.
  EXPECT_NEAR(estimate_mos({.format = Format::pcmu, .received = 990, .lost = 10}), 431, 4);
  EXPECT_NEAR(estimate_mos({.format = Format::pcmu, .received = 950, .lost = 50}), 389, 5);
  EXPECT_NEAR(estimate_mos({.format = Format::g729, .received = 1000}), 410, 5);
  // Half a second there and back is at the edge of what people bear.
  const auto far = estimate_mos({.format = Format::pcmu, .received = 1000, .round_trip = milliseconds(500)});
  EXPECT_LT(far, 425);
  EXPECT_GT(far, 380);
}

TEST(Mos, NeverLeavesItsScale) {
  const Heard worst{
      .format = Format::gsm, .received = 1, .lost = 1U << 30, .jitter = milliseconds(100000), .round_trip = milliseconds(100000)};
  EXPECT_EQ(estimate_mos(worst), 100);
}

}  // namespace
}  // namespace tandem
