#include "limiter.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace tandem::test {
namespace {

class LimiterTest : public ::testing::Test {
 protected:
  int taken(const SocketAddress& from, int tries, unsigned lane = 0) {
    int count = 0;
    for (int i = 0; i < tries; ++i) count += limiter.take(from, now, 1, lane) ? 1 : 0;
    return count;
  }
  Instant now{std::chrono::hours(1)};
  SourceLimiter limiter{10, 50};
  SocketAddress a = *SocketAddress::from("192.0.2.1", 5060), b = *SocketAddress::from("192.0.2.2", 5060);
};

TEST_F(LimiterTest, BurstThenRate) {
  EXPECT_EQ(taken(a, 100), 50);
  now += std::chrono::seconds(2);
  EXPECT_EQ(taken(a, 100), 20);
  now += std::chrono::hours(1);
  EXPECT_EQ(taken(a, 100), 50) << "never more than the burst";
}

TEST_F(LimiterTest, SourcesAndLanesAreApart) {
  EXPECT_EQ(taken(a, 100), 50);
  EXPECT_EQ(taken(b, 100), 50);
  EXPECT_EQ(taken(a, 100, 1), 50);
  a.set_port(7777);
  EXPECT_EQ(taken(a, 100), 0) << "a port is not a source";
}

TEST_F(LimiterTest, ValidRequestsCostNothing) {
  for (int i = 0; i < 1000; ++i) {
    ASSERT_TRUE(limiter.take(a, now));
    limiter.give_back(a, now, 1);
  }
}

TEST_F(LimiterTest, WrongPasswordsAreDear) {
  EXPECT_TRUE(limiter.take(a, now, 100));
  now += std::chrono::seconds(4);
  EXPECT_FALSE(limiter.take(a, now)) << "paid for later";
}

TEST_F(LimiterTest, LoopbackIsNeverLimited) { EXPECT_EQ(taken(*SocketAddress::from("127.0.0.1", 1), 100'000), 100'000); }

TEST_F(LimiterTest, LoopbackIsLimitedOnWish) {
  limiter.limit_loopback(true);
  EXPECT_EQ(taken(*SocketAddress::from("127.0.0.1", 1), 100), 50);
  EXPECT_EQ(taken(*SocketAddress::from("127.0.0.2", 1), 100), 50) << "each its own";
}

TEST_F(LimiterTest, AFloodIsToldNowAndThen) {
  taken(a, 100);
  EXPECT_EQ(limiter.refused(a, now), 50U);
  taken(a, 1000);
  EXPECT_EQ(limiter.refused(a, now), 0U);
  now += SourceLimiter::kTellEvery;
  EXPECT_EQ(limiter.refused(a, now), 1000U);
}

TEST_F(LimiterTest, ManySourcesDoNotFreeOneThatKeepsComing) {
  taken(a, 100);
  int free_again = 0;
  for (unsigned i = 0; i < 4000; ++i) {
    now += std::chrono::microseconds(1);
    (void)limiter.take(*SocketAddress::from(fmt::format("10.{}.{}.1", i / 256, i % 256), 1), now);
    if (i % 100 == 0) free_again += taken(a, 1);
  }
  EXPECT_EQ(free_again, 0);
}

}  // namespace
}  // namespace tandem::test
