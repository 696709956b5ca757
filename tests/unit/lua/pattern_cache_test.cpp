#include "lua/pattern_cache.h"

#include <gtest/gtest.h>

#include <string>

namespace tandem {
namespace {

TEST(PatternCache, CompilesOnceForEachMeaningOfTheCaret) {
  PatternCache cache;
  const auto first = cache.get("^%d+$", true);
  ASSERT_TRUE(first);
  EXPECT_EQ(*first, *cache.get("^%d+$", true));
  const auto plain = cache.get("^%d+$", false);
  ASSERT_TRUE(plain);
  EXPECT_TRUE((*first)->anchored());
  EXPECT_FALSE((*plain)->anchored());
}

TEST(PatternCache, KeepsNoMistakes) {
  PatternCache cache;
  EXPECT_FALSE(cache.get("[a", true));
  EXPECT_FALSE(cache.get("[a", true));
}

TEST(PatternCache, IsBoundedAndForgetsNothingThatIsInUse) {
  PatternCache cache;
  const auto held = cache.get("held", true);
  ASSERT_TRUE(held);
  for (size_t i = 0; i < 3 * PatternCache::kMost; ++i) ASSERT_TRUE(cache.get("p" + std::to_string(i), true));
  EXPECT_NE(*held, *cache.get("held", true)) << "the cache has started anew meanwhile";
  EXPECT_EQ((*held)->captures(), 0);
}

}  // namespace
}  // namespace tandem
