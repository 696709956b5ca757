#include "number_rules.h"

#include <gtest/gtest.h>

namespace tandem::test {
namespace {

TEST(NumberRules, TheLongestBeginningCounts) {
  const auto rules = NumberRules::parse({"+>011", "+1>1", "0049>+49"});
  ASSERT_TRUE(rules);
  EXPECT_EQ(rules->apply("+14085551234"), "14085551234");
  EXPECT_EQ(rules->apply("+442071234567"), "011442071234567");
  EXPECT_EQ(rules->apply("004930123"), "+4930123");
  EXPECT_EQ(rules->apply("911"), "911");
  EXPECT_EQ(NumberRules().apply("911"), "911");
  EXPECT_EQ(NumberRules::parse({">+"})->apply("1408"), "+1408");
  EXPECT_EQ(NumberRules::parse({">+"})->apply(""), "");
}

TEST(NumberRules, WhatIsNoRule) {
  for (const char* rule : {"1", "a>1", "1>b", "1>2>3", ""}) EXPECT_FALSE(NumberRules::parse({rule})) << rule;
}

}  // namespace
}  // namespace tandem::test
