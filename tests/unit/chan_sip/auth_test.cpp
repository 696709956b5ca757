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
  /// The challenge of one algorithm, as its header's value.
  static std::string challenge_of(const Authenticator& one, const SocketAddress& source, std::string_view algorithm = "MD5") {
    return value_of(one.challenge(source, false), algorithm);
  }
  static std::string value_of(const std::string& lines, std::string_view algorithm) {
    constexpr std::string_view kName = "WWW-Authenticate: ";
    for (size_t at = 0; at < lines.size();) {
      const size_t end = lines.find("\r\n", at);
      std::string value = lines.substr(at + kName.size(), end - at - kName.size());
      if (digest_parameters(value)["algorithm"] == algorithm) return value;
      at = end + 2;
    }
    ADD_FAILURE() << "no " << algorithm << " in " << lines;
    return {};
  }
  std::string credentials(Credentials who = {"lobby-1", "secret", {}}, std::string_view algorithm = "MD5", int count = 1) {
    return digest_response(who, challenge_of(auth, source, algorithm), "INVITE", "sip:600@127.0.0.1", count);
  }

  su_home_t home[1] = {SU_HOME_INIT(home)};
  FakeClock clock;
  FakeDirectory directory;
  SocketAddress source = *SocketAddress::from("192.0.2.9", 5060);
  SipSettings settings;
  Authenticator auth{clock, directory, settings};
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
  std::string challenge = challenge_of(auth, source);
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

TEST_F(AuthTest, OffersWhatIsSetInItsOrderWithOneNonce) {
  settings.algorithms = {AuthAlgorithm::sha256, AuthAlgorithm::md5};
  auth.reconfigure(settings);
  const std::string lines = auth.challenge(source, false);
  EXPECT_LT(lines.find("algorithm=SHA-256"), lines.find("algorithm=MD5")) << lines;
  EXPECT_EQ(lines.find("stale"), std::string::npos);
  EXPECT_EQ(digest_parameters(value_of(lines, "MD5"))["nonce"], digest_parameters(value_of(lines, "SHA-256"))["nonce"]);
  EXPECT_EQ(check(credentials({"lobby-1", "secret", {}}, "SHA-256")).verdict, Verdict::accepted);
  EXPECT_EQ(check(credentials({"lobby-1", "Secret", {}}, "SHA-256")).verdict, Verdict::refused);
  EXPECT_EQ(auth.challenge(source, false, true).find("SHA-256"), std::string::npos) << "for those who give up at it";
  settings.algorithms = {AuthAlgorithm::sha256};
  const std::string weak = credentials();
  auth.reconfigure(settings);
  EXPECT_EQ(auth.challenge(source, true).find("MD5"), std::string::npos);
  EXPECT_FALSE(auth.challenge(source, false, true).empty());
  EXPECT_EQ(check(weak).verdict, Verdict::broken) << "what is not offered is not taken";
}

TEST_F(AuthTest, ADigestServesOnce) {
  const std::string challenge = challenge_of(auth, source, "SHA-256");
  const auto use = [&](int count) {
    return check(digest_response({"lobby-1", "secret", {}}, challenge, "INVITE", "sip:600@127.0.0.1", count)).verdict;
  };
  EXPECT_EQ(use(1), Verdict::accepted);
  EXPECT_EQ(use(1), Verdict::used);
  EXPECT_EQ(use(3), Verdict::accepted);
  EXPECT_EQ(use(2), Verdict::accepted) << "overtaken on the way";
  EXPECT_EQ(use(2), Verdict::used);
  EXPECT_EQ(use(200), Verdict::accepted);
  EXPECT_EQ(use(3), Verdict::used) << "too far behind to be remembered";
  std::string old = challenge_of(auth, source);
  old.erase(old.find(", qop=\"auth\""), 12);
  const std::string uncounted = digest_response({"lobby-1", "secret", {}}, old, "INVITE", "sip:600@127.0.0.1");
  EXPECT_EQ(check(uncounted).verdict, Verdict::accepted);
  EXPECT_EQ(check(uncounted).verdict, Verdict::used);
}

TEST_F(AuthTest, StaleAfterItsLifetimeFromElsewhereAndAfterARestart) {
  const std::string challenge = challenge_of(auth, source);
  const auto use = [&](const std::string& to, int count) {
    return check(digest_response({"lobby-1", "secret", {}}, to, "INVITE", "sip:600@127.0.0.1", count)).verdict;
  };
  clock.advance(std::chrono::seconds(300));
  EXPECT_EQ(use(challenge, 1), Verdict::accepted);
  clock.advance(std::chrono::seconds(1));
  EXPECT_EQ(use(challenge, 2), Verdict::stale);
  const std::string here = challenge_of(auth, source);
  source = *SocketAddress::from("192.0.2.10", 5060);
  EXPECT_EQ(use(here, 1), Verdict::stale) << "a digest that was overheard serves nobody else";
  source = *SocketAddress::from("192.0.2.9", 6060);
  EXPECT_EQ(use(here, 1), Verdict::accepted) << "NAT may have changed the port";
  const Authenticator other(clock, directory, settings);
  EXPECT_EQ(use(challenge_of(other, source), 1), Verdict::stale) << "the nonce of the process before us";
}

// Over UDP whoever sends it may not be where it seems to come from: neither may that address be blamed, nor the sender learn anything.
TEST_F(AuthTest, AWrongDigestForAChallengeThatIsNotOursTellsNothing) {
  const Authenticator other(clock, directory, settings);
  for (const Credentials& who : {Credentials{"lobby-1", "guess", {}}, Credentials{"nobody", "guess", {}}}) {
    const auto wrong = check(digest_response(who, challenge_of(other, source), "INVITE", "sip:600@127.0.0.1"));
    EXPECT_EQ(wrong.verdict, Verdict::stale) << "as a right one";
    EXPECT_FALSE(wrong.why.empty()) << "for the security log";
    EXPECT_FALSE(wrong.device);
  }
  const auto right = check(digest_response({"lobby-1", "secret", {}}, challenge_of(other, source), "INVITE", "sip:600@127.0.0.1"));
  EXPECT_EQ(right.verdict, Verdict::stale);
  EXPECT_TRUE(right.why.empty()) << "a phone that has outlived a restart of ours";
}

TEST_F(AuthTest, BrokenOnes) {
  EXPECT_EQ(check(credentials({"lobby-1", "secret", {{"response", "short"}}})).verdict, Verdict::broken);
  EXPECT_EQ(check(credentials({"lobby-1", "secret", {{"qop", "auth-int"}}})).verdict, Verdict::broken);
  EXPECT_EQ(check(credentials({"lobby-1", "secret", {{"algorithm", "SHA-256"}}})).verdict, Verdict::broken) << "32 digits are no SHA-256";
  EXPECT_EQ(check(credentials({"lobby-1", "secret", {{"algorithm", "MD5-sess"}}})).verdict, Verdict::broken);
  EXPECT_EQ(check(credentials({"lobby-1", "secret", {{"nc", "00000000"}}})).verdict, Verdict::broken);
  EXPECT_EQ(check(credentials({"lobby-1", "secret", {{"nc", "0000000g"}}})).verdict, Verdict::broken);
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
