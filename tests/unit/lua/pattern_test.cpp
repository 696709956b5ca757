#include "lua/pattern.h"

#include <gtest/gtest.h>

namespace tandem {
namespace {

struct Fit {
  const char* pattern;
  const char* number;
  bool fits;
};

class PatternFits : public testing::TestWithParam<Fit> {};

TEST_P(PatternFits, AsTheAdminExpects) {
  const auto pattern = Pattern::compile(GetParam().pattern);
  ASSERT_TRUE(pattern) << pattern.error().message;
  EXPECT_EQ(pattern->matches(GetParam().number), GetParam().fits) << GetParam().pattern << " and " << GetParam().number;
}

INSTANTIATE_TEST_SUITE_P(
    All, PatternFits,
    testing::Values(Fit{"600", "600", true}, Fit{"600", "6000", false}, Fit{"600", "60", false}, Fit{"600", "", false},
                    Fit{"*11", "*11", true}, Fit{"XXX", "XXX", true}, Fit{"XXX", "123", false}, Fit{"s", "s", true}, Fit{"_X", "0", true},
                    Fit{"_X", "9", true}, Fit{"_X", "*", false}, Fit{"_X", "", false}, Fit{"_X", "12", false}, Fit{"_x", "5", true},
                    Fit{"_Z", "0", false}, Fit{"_Z", "1", true}, Fit{"_z", "9", true}, Fit{"_N", "1", false}, Fit{"_N", "2", true},
                    Fit{"_n", "9", true}, Fit{"_9NXXNXXXXXX", "94085551234", true}, Fit{"_9NXXNXXXXXX", "91085551234", false},
                    Fit{"_9NXXNXXXXXX", "9408555123", false}, Fit{"_9NXXNXXXXXX", "940855512345", false},
                    Fit{"_91NXXNXXXXXX", "914085551234", true}, Fit{"_91NXXNXXXXXX", "914081551234", false},
                    Fit{"_9011.", "9011442079460000", true}, Fit{"_9011.", "9011", false}, Fit{"_+X.", "+14085551234", true},
                    Fit{"_+X.", "14085551234", false}, Fit{"_+X.", "+1", false}, Fit{"_X!", "1", true}, Fit{"_X!", "1abc*#", true},
                    Fit{"_X!", "", false}, Fit{"_!", "", true}, Fit{"_!", "anything", true}, Fit{"_.", "", false}, Fit{"_.", "a", true},
                    Fit{"_.", "j\xc3\xb6rg", true}, Fit{"_[13-5]X", "12", true}, Fit{"_[13-5]X", "22", false}, Fit{"_[13-5]X", "42", true},
                    Fit{"_[13-5]X", "62", false}, Fit{"_[a-c]", "b", true}, Fit{"_[a-c]", "B", false}, Fit{"_[X]", "X", true},
                    Fit{"_[X]", "1", false}, Fit{"_[3-]", "-", false}, Fit{"_[3-]", "3", true}, Fit{"_*8XXXXX", "*811001", true},
                    Fit{"_*8.", "*8", false}, Fit{"_NXX-XXXX", "5551234", true}, Fit{"_NXX XXXX", "5551234", true},
                    Fit{"_NXXXXXX", "555-1234", true}, Fit{"555-1234", "5551234", true}, Fit{"5551234", "555-1234", true},
                    Fit{"_X", "\xff", false}, Fit{"_abc", "abc", true}, Fit{"_abc", "aBc", false}));

TEST(Pattern, BadOnesAreRefusedWithASentence) {
  const std::pair<const char*, const char*> bad[] = {
      {"", "empty"},
      {"_", "empty"},
      {"_[12", "never closed"},
      {"_[]", "fits nothing"},
      {"_[5-1]", "range 5-1"},
      {"_9.1", "can follow"},
      {"_9!.", "can follow"},
      {"_1]", "stray"},
      {"_1/2", "stray"},
      {"6 00", "nobody can dial"},
      {"_\x01", "nobody"},
      {"j\xc3\xb6rg", "nobody"},
      {"_[\xc3]", "nobody can"},
  };
  for (const auto& [text, why] : bad) {
    const auto pattern = Pattern::compile(text);
    ASSERT_FALSE(pattern) << text;
    EXPECT_NE(pattern.error().message.find(why), std::string::npos) << pattern.error().message;
  }
  EXPECT_FALSE(Pattern::compile("_" + std::string(Pattern::kMostPositions + 1, 'X')));
  EXPECT_TRUE(Pattern::compile("_" + std::string(Pattern::kMostPositions, 'X')));
}

TEST(Pattern, TheMostSpecificComesFirst) {
  // Each before the next: numbers, then narrower sets from the left, "." after sets, "!" after ".", the longer before its beginning.
  const char* const order[] = {"9011",  "911",  "_9011.", "_911", "_912",  "_91[23]", "_91NXXNXXXXXX", "_91XX", "_91X.",
                               "_91X!", "_91.", "_91!",   "_91",  "_9NXX", "_9XX",    "_9.",           "_9!",   "_[23]1",
                               "_NX",   "_ZX",  "_XX",    "_X",   "_.",    "_!"};
  for (size_t i = 0; i + 1 < std::size(order); ++i) {
    for (size_t j = i + 1; j < std::size(order); ++j) {
      const auto a = Pattern::compile(order[i]);
      const auto b = Pattern::compile(order[j]);
      ASSERT_TRUE(a && b) << order[i] << " " << order[j];
      EXPECT_TRUE(*a < *b) << order[i] << " must come before " << order[j];
      EXPECT_TRUE(*b > *a) << order[i] << " must come before " << order[j];
    }
  }
}

TEST(Pattern, TheSameInOtherWordsIsTheSame) {
  EXPECT_TRUE(*Pattern::compile("_NXX") == *Pattern::compile("_[2-9]xx"));
  EXPECT_TRUE(*Pattern::compile("_N-XX") == *Pattern::compile("_NXX"));
  EXPECT_FALSE(*Pattern::compile("_NXX") == *Pattern::compile("_NXX."));
  EXPECT_FALSE(*Pattern::compile("600") == *Pattern::compile("_600"));
}

}  // namespace
}  // namespace tandem
