#include "nonce_counts.h"

#include <gtest/gtest.h>

namespace tandem::test {
namespace {

using Verdict = NonceCounts::Verdict;

TEST(NonceCountsTest, TheSameRequestMayComeAgainForAWhile) {
  NonceCounts counts;
  const NonceMint::Made nonce{1000, 77};
  EXPECT_EQ(counts.take(nonce, 1, 5, 1000), Verdict::first);
  EXPECT_EQ(counts.take(nonce, 1, 5, 1000 + NonceCounts::kRepeats - 1), Verdict::repeated);
  EXPECT_EQ(counts.take(nonce, 1, 6, 1001), Verdict::used) << "another request";
  EXPECT_EQ(counts.take(nonce, 1, 5, 1000 + NonceCounts::kRepeats), Verdict::used) << "too late";
  EXPECT_EQ(counts.take(nonce, 2, 6, 1002), Verdict::first);
  EXPECT_EQ(counts.take(nonce, 1, 5, 1003), Verdict::used) << "only the last one is repeated";
  EXPECT_EQ(counts.take({1001, 77}, 1, 5, 1004), Verdict::first) << "another nonce";
}

// What has been pushed out is never taken again, however many nonces are in use.
TEST(NonceCountsTest, WhatIsForgottenIsRefused) {
  NonceCounts counts;
  constexpr uint64_t kMany = NonceCounts::kSets * NonceCounts::kWays * 2;
  for (uint64_t i = 1; i <= kMany; ++i) ASSERT_EQ(counts.take({i, i * 0x9e3779b97f4a7c15ULL | 1}, 1, i, i), Verdict::first) << i;
  size_t again = 0;
  for (uint64_t i = 1; i <= kMany; ++i) again += counts.take({i, i * 0x9e3779b97f4a7c15ULL | 1}, 1, 0, i) == Verdict::first ? 1 : 0;
  EXPECT_EQ(again, 0U);
}

}  // namespace
}  // namespace tandem::test
