#include "nonce.h"

#include <gtest/gtest.h>

#include "support/fake_clock.h"

namespace tandem::test {
namespace {

using Verdict = NonceMint::Verdict;

class NonceTest : public ::testing::Test {
 protected:
  FakeClock clock;
  SocketAddress source = *SocketAddress::from("192.0.2.9", 5060);
  NonceMint mint{clock, std::chrono::seconds(60)};
};

TEST_F(NonceTest, LivesForItsTime) {
  const std::string nonce = mint.make(source);
  EXPECT_EQ(nonce.size(), NonceMint::kLength);
  EXPECT_EQ(mint.check(nonce, source), Verdict::fresh);
  clock.advance(std::chrono::seconds(60));
  EXPECT_EQ(mint.check(nonce, source), Verdict::fresh);
  clock.advance(std::chrono::milliseconds(1));
  EXPECT_EQ(mint.check(nonce, source), Verdict::stale);
}

TEST_F(NonceTest, EveryDigitCounts) {
  const std::string nonce = mint.make(source);
  for (size_t i = 0; i < nonce.size(); ++i) {
    std::string bent = nonce;
    bent[i] = bent[i] == '0' ? '1' : '0';
    EXPECT_EQ(mint.check(bent, source), Verdict::foreign) << i;
  }
  EXPECT_EQ(mint.check("", source), Verdict::foreign);
  EXPECT_EQ(mint.check(nonce + "0", source), Verdict::foreign);
  EXPECT_EQ(mint.check(std::string(NonceMint::kLength, 'Z'), source), Verdict::foreign);
}

TEST_F(NonceTest, BelongsToOneHostAndOneProcess) {
  const std::string nonce = mint.make(source);
  EXPECT_EQ(mint.check(nonce, *SocketAddress::from("192.0.2.9", 1024)), Verdict::fresh);
  EXPECT_EQ(mint.check(nonce, *SocketAddress::from("192.0.2.8", 5060)), Verdict::foreign);
  EXPECT_EQ(mint.check(nonce, *SocketAddress::from("2001:db8::1", 5060)), Verdict::foreign);
  EXPECT_EQ(NonceMint(clock, std::chrono::seconds(60)).check(nonce, source), Verdict::foreign);
}

}  // namespace
}  // namespace tandem::test
