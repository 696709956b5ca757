#include "wire.h"

namespace tandem::test {
namespace {

using FirstLookTest = Wire;

TEST_F(FirstLookTest, OptionsTellsWhatWeCanDo) {
  const auto answer = ask(phone, request(phone, "OPTIONS", "sip:127.0.0.1"));
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->status(), 200);
  EXPECT_NE(answer->header("Allow").find("INVITE"), std::string::npos);
  EXPECT_EQ(answer->header("Accept"), "application/sdp");
  EXPECT_EQ(answer->header("Server"), "Tandem/test");
  EXPECT_NE(answer->header("To").find(";tag="), std::string::npos);
}

TEST_F(FirstLookTest, RetransmissionOfARefusedRequestGetsTheSameTag) {
  const std::string bytes = request(phone, "PUBLISH", "sip:lobby-2@127.0.0.1");
  const auto first = ask(phone, bytes), second = ask(phone, bytes);
  ASSERT_TRUE(first && second);
  EXPECT_EQ(first->status(), 405);
  EXPECT_EQ(first->header("To"), second->header("To"));
}

TEST_F(FirstLookTest, MethodsThatWeDoNotServe) {
  for (const char* method : {"PUBLISH", "REFER", "UPDATE", "PRACK"}) {
    const auto answer = ask(phone, request(phone, method, "sip:lobby-2@127.0.0.1"));
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->status(), 405) << method;
    EXPECT_TRUE(answer->has("Allow"));
  }
  for (const char* method : {"BYE", "CANCEL", "INFO", "NOTIFY"})
    EXPECT_EQ(status(phone, request(phone, method, "sip:x@127.0.0.1")), 481) << method;
  EXPECT_EQ(status(phone, request(phone, "FROBNICATE", "sip:x@127.0.0.1")), 501);
  EXPECT_EQ(status(phone, request(phone, "ACK", "sip:x@127.0.0.1")), 0);
  to_tag = ";tag=unknown";  // a dialog that nobody has
  EXPECT_EQ(status(phone, request(phone, "INVITE", "sip:x@127.0.0.1")), 481);
  EXPECT_EQ(status(phone, request(phone, "OPTIONS", "sip:x@127.0.0.1")), 481);
}

TEST_F(FirstLookTest, UnknownExtensionIsNamed) {
  const auto answer = ask(phone, request(phone, "INVITE", "sip:600@127.0.0.1", "Require: 100rel, sparkles\r\n"));
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->status(), 420);
  EXPECT_EQ(answer->header("Unsupported"), "sparkles");
}

TEST_F(FirstLookTest, InviteIsCheckedBeforeItIsChallenged) {
  const auto with = [&](std::string_view extra, std::string_view body = {}) {
    return status(phone, request(phone, "INVITE", "sip:600@127.0.0.1", extra, {}, body));
  };
  EXPECT_EQ(with(""), 401);
  EXPECT_EQ(with("Content-Type: text/plain\r\n", "hello"), 415);
  EXPECT_EQ(with("", "no type"), 415);
  EXPECT_EQ(with("Content-Type: application/sdp\r\nContent-Encoding: gzip\r\n", "zzzz"), 415);
  EXPECT_EQ(with("Contact: <sip:second@127.0.0.1>\r\n"), 400);
  std::string last = request(phone, "INVITE", "sip:600@127.0.0.1");
  last.replace(last.find("Max-Forwards: 70"), 16, "Max-Forwards: 0 ");
  EXPECT_EQ(status(phone, last), 483);
  std::string untagged = request(phone, "INVITE", "sip:600@127.0.0.1");
  untagged.erase(untagged.find(";tag=f1"), 7);
  EXPECT_EQ(status(phone, untagged), 400);
  EXPECT_EQ(status(phone, request(phone, "INVITE", "sips:600@127.0.0.1")), 416);
  EXPECT_EQ(status(phone, request(phone, "INVITE", "http://600/")), 416);
  EXPECT_TRUE(upper.invites.empty());
}

// What came while the switch thread was away is too old to become calls; what is known already goes on, and so do emergency calls.
TEST_F(FirstLookTest, NewCallsAreRefusedWhileTooMuchWaits) {
  for (int i = 0; i < 2500; ++i) {  // more than half a buffer, whatever size this machine allows
    trunk.send(stack->bound(),
               request(trunk, "INVITE", i == 1 ? "sip:112@127.0.0.1" : "sip:600@127.0.0.1", {}, "late" + std::to_string(i)));
  }
  EXPECT_TRUE(stack->behind());
  ASSERT_TRUE(loop.run_until([&] { return !stack->behind(); }));
  EXPECT_GT(look->counts().overload, 10U);
  ASSERT_FALSE(upper.invites.empty());
  EXPECT_EQ(upper.invites.front().second, "112");
  const size_t before = upper.invites.size();
  ASSERT_TRUE(ask(trunk, request(trunk, "INVITE", "sip:600@127.0.0.1", {}, "in time")));
  EXPECT_GT(upper.invites.size(), before);
}

TEST_F(FirstLookTest, DeviceComesThroughWithItsDigest) {
  const auto answer = authorized(phone, {"lobby-1", "secret", {}}, "INVITE", "sip:600@127.0.0.1");
  EXPECT_EQ(answer.status(), 486);
  ASSERT_EQ(upper.invites.size(), 1U);
  const Origin& origin = upper.invites[0].first;
  EXPECT_EQ(origin.endpoint, "lobby-1");
  EXPECT_TRUE(origin.is_device);
  EXPECT_EQ(origin.context, "phones");
  EXPECT_EQ(origin.source, phone.local);
  EXPECT_EQ(upper.invites[0].second, "600");
}

TEST_F(FirstLookTest, WrongPasswordAndUnknownUserGetTheSameAnswer) {
  auto wrong = authorized(phone, {"lobby-1", "guess", {}}, "INVITE", "sip:600@127.0.0.1");
  auto unknown = authorized(phone, {"nobody", "guess", {}}, "INVITE", "sip:600@127.0.0.1");
  EXPECT_EQ(wrong.status(), 401);
  EXPECT_EQ(wrong.start, unknown.start);
  EXPECT_TRUE(upper.invites.empty());
}

TEST_F(FirstLookTest, DigestOfAnotherNumberIsRefused) {
  const auto challenge = ask(phone, request(phone, "INVITE", "sip:600@127.0.0.1"));
  ASSERT_TRUE(challenge);
  const auto credentials = authorization(*challenge, {"lobby-1", "secret", {}}, "INVITE", "sip:600@127.0.0.1");
  ++cseq;
  EXPECT_EQ(status(phone, request(phone, "INVITE", "sip:900@127.0.0.1", credentials)), 400);
}

TEST_F(FirstLookTest, OldNonceIsStaleAndTheRetrySucceeds) {
  const auto challenge = ask(phone, request(phone, "INVITE", "sip:600@127.0.0.1"));
  ASSERT_TRUE(challenge);
  loop.advance(settings.nonce_lifetime + std::chrono::seconds(1));
  const auto credentials = authorization(*challenge, {"lobby-1", "secret", {}}, "INVITE", "sip:600@127.0.0.1");
  ++cseq;
  const auto stale = ask(phone, request(phone, "INVITE", "sip:600@127.0.0.1", credentials));
  ASSERT_TRUE(stale);
  EXPECT_EQ(stale->status(), 401);
  EXPECT_NE(stale->header("WWW-Authenticate").find("stale=true"), std::string::npos);
  ++cseq;
  EXPECT_EQ(status(phone, request(phone, "INVITE", "sip:600@127.0.0.1",
                                  authorization(*stale, {"lobby-1", "secret", {}}, "INVITE", "sip:600@127.0.0.1"))),
            486);
}

TEST_F(FirstLookTest, ADigestServesOneRequest) {
  const auto challenge = ask(phone, request(phone, "INVITE", "sip:600@127.0.0.1"));
  ASSERT_TRUE(challenge);
  const auto credentials = authorization(*challenge, {"lobby-1", "secret", {}}, "INVITE", "sip:600@127.0.0.1");
  ++cseq;
  EXPECT_EQ(status(phone, request(phone, "INVITE", "sip:600@127.0.0.1", credentials)), 486);
  const auto replayed = ask(phone, request(phone, "INVITE", "sip:600@127.0.0.1", credentials));
  ASSERT_TRUE(replayed);
  EXPECT_EQ(replayed->status(), 401);
  EXPECT_NE(replayed->header("WWW-Authenticate").find("stale=true"), std::string::npos);
  EXPECT_EQ(upper.invites.size(), 1U);
}

// A contact of somebody else under a digest that was overheard.
TEST_F(FirstLookTest, ADigestServesNoOtherContact) {
  const auto challenge = ask(phone, request(phone, "REGISTER", "sip:127.0.0.1", {}, "reg"));
  ASSERT_TRUE(challenge);
  ++cseq;
  const auto contact = [](int port) { return "Contact: <sip:lobby-1@127.0.0.1:" + std::to_string(port) + ">\r\nExpires: 300\r\n"; };
  std::string bytes = request(phone, "REGISTER", "sip:127.0.0.1",
                              contact(5070) + authorization(*challenge, {"lobby-1", "secret", {}}, "REGISTER", "sip:127.0.0.1"), "reg");
  EXPECT_EQ(status(phone, bytes), 200);
  EXPECT_EQ(status(phone, bytes), 200) << "sent again because the answer was lost";
  bytes.replace(bytes.find(":5070>"), 6, ":6666>");
  EXPECT_EQ(status(phone, bytes), 401);
  EXPECT_EQ(registrar->contacts("lobby-1")->front().address.port(), 5070);
}

// Many phones share one address: who guesses at one of them does not slow the others, known or not.
TEST_F(FirstLookTest, GuessingSlowsOnlyWhoIsGuessedAt) {
  for (const char* name : {"lobby-1", "nobody"}) {
    user = name;
    for (int i = 0; i < 5; ++i) EXPECT_EQ(authorized(phone, {name, "guess", {}}, "REGISTER", "sip:127.0.0.1").status(), 401);
    const auto slowed = authorized(phone, {name, "guess", {}}, "REGISTER", "sip:127.0.0.1");
    EXPECT_EQ(slowed.status(), 503) << name;
    EXPECT_EQ(slowed.header("Retry-After"), "1") << name;
  }
  user = to = "lobby-2";
  EXPECT_EQ(authorized(phone, {"lobby-2", "other", {}}, "REGISTER", "sip:127.0.0.1").status(), 200);
  user = to = "lobby-1";
  loop.advance(std::chrono::seconds(1));
  EXPECT_EQ(authorized(phone, {"lobby-1", "secret", {}}, "REGISTER", "sip:127.0.0.1").status(), 200) << "late, but let in";
}

TEST_F(FirstLookTest, TrunkIsKnownByItsExactAddress) {
  EXPECT_EQ(status(trunk, request(trunk, "INVITE", "sip:+14085551001@127.0.0.1")), 486);
  ASSERT_EQ(upper.invites.size(), 1U);
  EXPECT_EQ(upper.invites[0].first.endpoint, "pstn");
  EXPECT_EQ(upper.invites[0].first.context, "pstn");
  EXPECT_FALSE(upper.invites[0].first.is_device);
  EXPECT_EQ(status(phone, request(phone, "INVITE", "sip:+14085551001@127.0.0.1")), 401);
  EXPECT_EQ(status(trunk, request(trunk, "REGISTER", "sip:127.0.0.1")), 401)
      << "an AOR belongs to a device, wherever the request comes from";
}

TEST_F(FirstLookTest, WhateverATrunkSaysProvesThatItLives) {
  EXPECT_EQ(status(trunk, "SIP/2.0 200 OK\r\nVia: SIP/2.0/UDP " + stack->bound().to_string() +
                              ";branch=z9hG4bKnone\r\nFrom: <sip:a@b>;tag=1\r\nTo: <sip:a@b>;tag=2\r\nCall-ID: probe\r\nCSeq: 1 OPTIONS\r\n"
                              "Content-Length: 0\r\n\r\n"),
            0);
  EXPECT_GE(upper.heard.size(), 2U);  // the response and the marker
}

TEST_F(FirstLookTest, OverloadRefusesNewCallsButNotEmergencies) {
  upper.full = true;
  const auto answer = ask(trunk, request(trunk, "INVITE", "sip:11001@127.0.0.1"));
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->status(), 503);
  EXPECT_TRUE(answer->has("Retry-After"));
  for (const char* number : {"911", "112", "9911", "9112"}) {
    EXPECT_EQ(status(trunk, request(trunk, "INVITE", "sip:" + std::string(number) + "@127.0.0.1")), 486);
  }
  upper.full = false;
  loop.set_pressure(0.8);
  EXPECT_EQ(status(trunk, request(trunk, "INVITE", "sip:11001@127.0.0.1")), 503);
}

TEST_F(FirstLookTest, HostileMessages) {
  const auto bent = [&](std::string_view what, std::string_view instead, std::string_view method = "INVITE") {
    std::string text = request(phone, method, "sip:600@127.0.0.1");
    const size_t at = text.find(what);
    EXPECT_NE(at, std::string::npos) << what;
    return text.replace(at, what.size(), instead);
  };
  struct Case {
    const char* name;
    std::string bytes;
    int status;  // 0: silence
  };
  const std::string branch = "z9hG4bK";
  const Case cases[] = {
      {"nothing", "", 0},
      {"line ends", "\r\n\r\n", 0},
      {"noise", std::string("\x00\xff\x80 noise", 9), 0},
      {"a start line alone", "INVITE sip:600@127.0.0.1 SIP/2.0\r\n\r\n", 0},
      {"no Via", bent("Via:", "Xia:"), 0},
      {"a broken Via", bent("SIP/2.0/UDP ", "SIP//UDP "), 0},
      {"Via of another transport", bent("SIP/2.0/UDP", "SIP/2.0/TCP"), 0},
      {"no From", bent("From:", "Xrom:"), 400},
      {"no To", bent("To:", "Xo:"), 400},
      {"no Call-ID", bent("Call-ID:", "Xall-ID:"), 400},
      {"no CSeq", bent("CSeq:", "XSeq:"), 400},
      {"CSeq of another method", bent("1 INVITE", "1 BYE"), 400},
      {"CSeq beyond 2^31", bent("CSeq: 1", "CSeq: 2147483648"), 400},
      {"CSeq that is none", bent("CSeq: 1", "CSeq: one"), 400},
      {"a version to come", bent("SIP/2.0\r\n", "SIP/7.0\r\n"), 505},
      {"Content-Length that lies", bent("Content-Length: 0", "Content-Length: 9999"), 400},
      {"Content-Length below zero", bent("Content-Length: 0", "Content-Length: -1"), 400},
      {"Call-ID without end", bent("Call-ID: call", "Call-ID: " + std::string(4000, 'x')), 400},
      {"tag without end", bent("tag=f1", "tag=" + std::string(4000, 'x')), 400},
      {"headers without end", bent("Content-Length", std::string(30000, 'A') + ": x\r\nContent-Length"), 401},
      {"a request URI that is none", bent("sip:600@127.0.0.1", "sip:"), 400},
      {"Max-Forwards that is none", bent("Max-Forwards: 70", "Max-Forwards: many"), 400},
      {"digest of another scheme", bent("Content-Length", "Authorization: Basic Zm9v\r\nContent-Length"), 401},
      {"digest of another realm", bent("Content-Length", "Authorization: Digest realm=\"x\"\r\nContent-Length"), 401},
      {"digest without a response",
       bent("Content-Length", "Authorization: Digest realm=\"tandem\", username=\"lobby-1\", nonce=\"x\"\r\nContent-Length"), 400},
      {"digest twice over",
       bent("Content-Length",
            "Authorization: Digest realm=\"tandem\", username=\"a\", username=\"b\", nonce=\"x\", uri=\"sip:600@x\", "
            "response=\"0123456789abcdef0123456789abcdef\"\r\nContent-Length"),
       400},
      {"digest with SHA-256",
       bent("Content-Length",
            "Authorization: Digest realm=\"tandem\", username=\"a\", nonce=\"x\", uri=\"sip:600@x\", algorithm=SHA-256, "
            "response=\"0123456789abcdef0123456789abcdef\"\r\nContent-Length"),
       400},
      {"digest with a user of quotes",
       bent("Content-Length",
            "Authorization: Digest realm=\"tandem\", username=\"\\\"\\\"\", nonce=\"x\", uri=\"sip:600@x\", "
            "response=\"0123456789abcdef0123456789abcdef\"\r\nContent-Length"),
       401},
  };
  for (const auto& c : cases) EXPECT_EQ(status(phone, c.bytes), c.status) << c.name;
  EXPECT_TRUE(upper.invites.empty());
}

// nta answers a malformed request by itself; it must not be led to send that elsewhere, nor to look up a name.
TEST_F(FirstLookTest, ViaCannotSendAnswersElsewhere) {
  Socket victim;
  const auto with_maddr = [&](std::string_view header) {
    std::string text = request(phone, "INVITE", "sip:600@127.0.0.1");
    text.replace(text.find("Via:"), 4, header);
    const size_t at = text.find(";rport");
    text.replace(at, 6, ";maddr=127.0.0.1;rport=" + std::to_string(victim.local.port()));
    return text.replace(text.find("CSeq: 1"), 7, "CSeq: x");
  };
  EXPECT_EQ(status(phone, with_maddr("Via:")), 400);
  EXPECT_EQ(status(phone, with_maddr("v:")), 400);
  std::string named = request(phone, "INVITE", "sip:600@127.0.0.1");
  named.replace(named.find(";rport"), 6, ";maddr=name.invalid");
  named.replace(named.find("CSeq: 1"), 7, "CSeq: x");
  EXPECT_EQ(status(phone, named), 400);
  EXPECT_FALSE(victim.receive());
}

}  // namespace
}  // namespace tandem::test
