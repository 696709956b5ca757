#include "digest_client.h"

#include <gtest/gtest.h>

#include "auth.h"
#include "parsed.h"
#include "support/digest.h"

namespace tandem::test {
namespace {

class DigestClientTest : public ::testing::Test {
 protected:
  static std::optional<std::string> answer(DigestClient& client, const std::string& headers) {
    const Parsed refusal("SIP/2.0 407 Proxy Authentication Required", headers);
    return client.answer(refusal.sip(), "INVITE", "sip:100@carrier.example");
  }
  /// The value of the header line, worked out by the tests' own arithmetic from what it says.
  static bool right(const std::string& line, const std::string& secret, const std::string& algorithm) {
    auto sent = digest_parameters(line.substr(line.find(' ') + 1));
    Credentials who{sent["username"], secret, {{"cnonce", sent["cnonce"]}, {"nc", sent["nc"]}}};
    std::string challenge = "Digest realm=\"" + sent["realm"] + "\", nonce=\"" + sent["nonce"] + "\", algorithm=" + algorithm;
    if (sent.count("qop") != 0) challenge += ", qop=\"auth\"";
    return digest_parameters(digest_response(who, challenge, "INVITE", "sip:100@carrier.example"))["response"] == sent["response"];
  }
  DigestClient client{"office", "secret"};
};

TEST_F(DigestClientTest, AnswersTheFirstThatItUnderstands) {
  const auto line =
      answer(client,
             "Proxy-Authenticate: Digest realm=\"c\", nonce=\"n1\", algorithm=SHA-512-256\r\n"
             "Proxy-Authenticate: Digest realm=\"c\", nonce=\"n2\", algorithm=SHA-256, qop=\"auth-int, auth\", opaque=\"o\"\r\n"
             "Proxy-Authenticate: Digest realm=\"c\", nonce=\"n3\", algorithm=MD5\r\n");
  ASSERT_TRUE(line);
  EXPECT_TRUE(line->starts_with("Proxy-Authorization: Digest "));
  EXPECT_NE(line->find("nonce=\"n2\""), std::string::npos);
  EXPECT_NE(line->find("opaque=\"o\""), std::string::npos);
  EXPECT_TRUE(right(*line, "secret", "SHA-256")) << *line;
  DigestClient old("office", "secret");
  const auto plain = answer(old, "WWW-Authenticate: Digest realm=\"c\", nonce=\"n3\"\r\n");
  ASSERT_TRUE(plain);
  EXPECT_TRUE(plain->starts_with("Authorization: Digest "));
  EXPECT_TRUE(right(*plain, "secret", "MD5")) << *plain;
}

TEST_F(DigestClientTest, ARefusedPasswordIsNotSentAgainButAStaleNonceIsReplaced) {
  ASSERT_TRUE(answer(client, "WWW-Authenticate: Digest realm=\"c\", nonce=\"n1\", qop=\"auth\"\r\n"));
  const auto second = answer(client, "WWW-Authenticate: Digest realm=\"c\", nonce=\"n2\", qop=\"auth\", stale=TRUE\r\n");
  ASSERT_TRUE(second);
  EXPECT_NE(second->find("nonce=\"n2\""), std::string::npos);
  EXPECT_FALSE(answer(client, "WWW-Authenticate: Digest realm=\"c\", nonce=\"n3\", qop=\"auth\"\r\n"));
  client.accepted();
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(answer(client, "WWW-Authenticate: Digest realm=\"c\", nonce=\"n\", stale=true\r\n"));
  EXPECT_FALSE(answer(client, "WWW-Authenticate: Digest realm=\"c\", nonce=\"n\", stale=true\r\n")) << "stale for ever";
}

TEST_F(DigestClientTest, CountsUpWhileTheNonceLasts) {
  ASSERT_TRUE(answer(client, "WWW-Authenticate: Digest realm=\"c\", nonce=\"n1\", qop=\"auth\"\r\n"));
  const auto next = client.again("INVITE", "sip:100@carrier.example");
  ASSERT_TRUE(next);
  EXPECT_NE(next->find("nc=00000002"), std::string::npos);
  EXPECT_TRUE(right(*next, "secret", "MD5"));
}

TEST_F(DigestClientTest, WhatCannotBeAnswered) {
  EXPECT_FALSE(answer(client, "WWW-Authenticate: Basic realm=\"c\"\r\n"));
  EXPECT_FALSE(answer(client, "WWW-Authenticate: Digest realm=\"c\", nonce=\"n\", qop=\"auth-int\"\r\n"));
  EXPECT_FALSE(answer(client, "WWW-Authenticate: Digest realm=\"c\"\r\n"));
  EXPECT_FALSE(answer(client, ""));
  DigestClient nobody("", "");
  EXPECT_FALSE(answer(nobody, "WWW-Authenticate: Digest realm=\"c\", nonce=\"n\"\r\n"));
}

}  // namespace
}  // namespace tandem::test
