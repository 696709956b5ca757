#include "guesses.h"

#include <gtest/gtest.h>

#include <string>

#include "support/fake_clock.h"

namespace tandem::test {
namespace {

using std::chrono::seconds;

class GuessesTest : public ::testing::Test {
 protected:
  seconds wait(std::string_view user, const SocketAddress& from, bool trusted = false) {
    return guesses.wait(user, from, trusted, clock.now());
  }
  void wrong(std::string_view user, const SocketAddress& from, int times = 1) {
    for (int i = 0; i < times; ++i) guesses.wrong(user, from, clock.now());
  }
  FakeClock clock;
  Guesses guesses{5, seconds(60)};
  SocketAddress here = *SocketAddress::from("192.0.2.9", 5060), there = *SocketAddress::from("192.0.2.10", 5060);
};

TEST_F(GuessesTest, EachWrongOneDoublesTheTime) {
  wrong("john", here, 4);
  EXPECT_EQ(wait("john", here), seconds(0));
  wrong("john", here);
  EXPECT_EQ(wait("john", here), seconds(1));
  wrong("john", here, 2);
  EXPECT_EQ(wait("john", here), seconds(4));
  wrong("john", here, 50);
  EXPECT_EQ(wait("john", here), seconds(60));
  clock.advance(seconds(60));
  EXPECT_EQ(wait("john", here), seconds(0));
}

TEST_F(GuessesTest, OnlyThatUserFromThatHostPays) {
  wrong("john", here, 9);
  EXPECT_GT(wait("john", here), seconds(0));
  EXPECT_EQ(wait("jane", here), seconds(0)) << "the same address";
  EXPECT_EQ(wait("john", there), seconds(0)) << "the real John";
  guesses.right("john", here, clock.now());
  EXPECT_EQ(wait("john", here), seconds(0));
}

TEST_F(GuessesTest, GuessesFromManyHostsAddUpButNotForWhoIsThere) {
  for (int i = 0; i < 100; ++i) wrong("john", *SocketAddress::from("198.51.100." + std::to_string(i), 5060));
  EXPECT_GT(wait("john", there), seconds(0));
  EXPECT_EQ(wait("john", there, true), seconds(0)) << "he is registered from there";
}

TEST_F(GuessesTest, ForgetsInTimeAndKeepsTheWorst) {
  wrong("john", here, 8);
  for (int i = 0; i < 100'000; ++i) wrong("user" + std::to_string(i), there);
  EXPECT_GT(wait("john", here), seconds(0)) << "made-up names push nobody out";
  clock.advance(Guesses::kForget);
  EXPECT_TRUE(guesses.quiet(clock.now()));
  wrong("john", here, 4);
  EXPECT_EQ(wait("john", here), seconds(0));
}

}  // namespace
}  // namespace tandem::test
