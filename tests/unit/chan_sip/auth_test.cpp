#include "auth.h"

#include <gtest/gtest.h>

#include "wire.h"

namespace tandem::test {
namespace {

class AuthTest : public ::testing::Test {
 protected:
  AuthTest() { directory.add("lobby-1", "secret"); }
  ~AuthTest() override { su_home_deinit(home); }

  Authenticator::Checked check(const std::string& authorization, const char* uri = "sip:600@127.0.0.1") {
    sip_t sip = {};
    sip_request_t* const line = sip_request_create(home, SIP_METHOD_INVITE, URL_STRING_MAKE(uri), nullptr);
    sip.sip_request = line;
    sip.sip_authorization = authorization.empty() ? nullptr : sip_authorization_make(home, authorization.c_str());
    return auth.check(&sip, source);
  }
  std::string credentials(Credentials who = {"lobby-1", "secret", {}}) {
    return digest_response(who, auth.challenge(source, false), "INVITE", "sip:600@127.0.0.1");
  }

  su_home_t home[1] = {SU_HOME_INIT(home)};
  FakeClock clock;
  FakeDirectory directory;
  SocketAddress source = *SocketAddress::from("192.0.2.9", 5060);
  Authenticator auth{clock, directory, "tandem", std::chrono::seconds(300)};
};

using Verdict = Authenticator::Verdict;

TEST_F(AuthTest, AcceptsAndNamesTheDevice) {
  const auto checked = check(credentials());
  EXPECT_EQ(checked.verdict, Verdict::accepted);
  ASSERT_TRUE(checked.device);
  EXPECT_EQ(checked.device->name, "lobby-1");
}

// RFC 2617 without qop: HA1 and HA2 alone.
TEST_F(AuthTest, AcceptsTheOldForm) {
  std::string challenge = auth.challenge(source, false);
  challenge.erase(challenge.find(", qop=\"auth\""), 12);
  EXPECT_EQ(check(digest_response({"lobby-1", "secret", {}}, challenge, "INVITE", "sip:600@127.0.0.1")).verdict, Verdict::accepted);
}

TEST_F(AuthTest, RefusesWithoutTellingWhy) {
  EXPECT_EQ(check(credentials({"lobby-1", "Secret", {}})).verdict, Verdict::refused);
  EXPECT_EQ(check(credentials({"nobody", "secret", {}})).verdict, Verdict::refused);
  directory.add("no-secret", "");
  EXPECT_EQ(check(credentials({"no-secret", "", {}})).verdict, Verdict::refused) << "an empty secret lets nobody in";
}

TEST_F(AuthTest, AbsentWithoutCredentialsForUs) {
  EXPECT_EQ(check("").verdict, Verdict::absent);
  EXPECT_EQ(check("Basic Zm9vOmJhcg==").verdict, Verdict::absent);
  EXPECT_EQ(check(credentials({"lobby-1", "secret", {{"realm", "elsewhere"}}})).verdict, Verdict::absent);
}

TEST_F(AuthTest, StaleAfterItsLifetimeFromElsewhereAndAfterARestart) {
  const std::string good = credentials();
  clock.advance(std::chrono::seconds(300));
  EXPECT_EQ(check(good).verdict, Verdict::accepted);
  clock.advance(std::chrono::seconds(1));
  EXPECT_EQ(check(good).verdict, Verdict::stale);
  const std::string here = credentials();
  source = *SocketAddress::from("192.0.2.10", 5060);
  EXPECT_EQ(check(here).verdict, Verdict::stale) << "a digest that was overheard serves nobody else";
  source = *SocketAddress::from("192.0.2.9", 6060);
  EXPECT_EQ(check(here).verdict, Verdict::accepted) << "NAT may have changed the port";
  const Authenticator other(clock, directory, "tandem", std::chrono::seconds(300));
  EXPECT_EQ(check(digest_response({"lobby-1", "secret", {}}, other.challenge(source, false), "INVITE", "sip:600@127.0.0.1")).verdict,
            Verdict::stale)
      << "the nonce of the process before us";
}

TEST_F(AuthTest, BrokenOnes) {
  EXPECT_EQ(check(credentials({"lobby-1", "secret", {{"response", "short"}}})).verdict, Verdict::broken);
  EXPECT_EQ(check(credentials({"lobby-1", "secret", {{"qop", "auth-int"}}})).verdict, Verdict::broken);
  EXPECT_EQ(check(credentials({"lobby-1", "secret", {{"algorithm", "SHA-256"}}})).verdict, Verdict::broken);
  EXPECT_EQ(check(credentials(), "sip:900@127.0.0.1").verdict, Verdict::broken) << "made for another number";
  EXPECT_EQ(check("Digest realm=\"tandem\"").verdict, Verdict::broken);
  EXPECT_EQ(check(credentials() + ", username=\"nobody\"").verdict, Verdict::broken) << "two users";
}

TEST_F(AuthTest, QuotedUserNames) {
  directory.add("a\"b", "secret");
  EXPECT_EQ(check(credentials({"a\\\"b", "secret", {}})).username, "a\"b");
}

}  // namespace
}  // namespace tandem::test
