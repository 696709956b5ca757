#include "tandem/cause.h"

#include <gtest/gtest.h>

namespace tandem {
namespace {

TEST(CauseTest, WordsAndNumbersGoRound) {
  for (int number = 0; number <= 127; ++number) {
    const auto cause = static_cast<Cause>(number);
    EXPECT_EQ(cause_from(to_string(cause)), cause) << number;
    EXPECT_EQ(cause_from(std::to_string(number)), cause) << number;
  }
  EXPECT_EQ(to_string(Cause::answered_elsewhere), "answered-elsewhere");
  EXPECT_EQ(to_string(static_cast<Cause>(31)), "31");
  EXPECT_EQ(to_string(static_cast<Cause>(102)), "recovery-on-timer");
}

TEST(CauseTest, RefusesOtherWords) {
  for (const char* word : {"", "Busy", "busy ", "128", "-1", "17x", "99999999999999999999"}) EXPECT_FALSE(cause_from(word)) << word;
}

TEST(CauseTest, EveryErrorHasACauseAndAWord) {
  for (int code = 0; code <= static_cast<int>(ErrorCode::internal); ++code) {
    EXPECT_NE(cause_of(static_cast<ErrorCode>(code)), Cause::none);
    EXPECT_FALSE(to_string(static_cast<ErrorCode>(code)).empty());
  }
  EXPECT_EQ(cause_of(ErrorCode::busy), Cause::busy);
  EXPECT_EQ(cause_of(ErrorCode::exhausted), Cause::congestion);
  EXPECT_EQ(to_string(ErrorCode::not_found), "not found");
}

}  // namespace
}  // namespace tandem
