// Texts between phones (MESSAGE, RFC 3428).
#include "office.h"

namespace tandem::test {
namespace {

class Texts : public TwoPhones {
 protected:
  static SipMessage text(Phone& from, const std::string& number, const std::string& body, const std::string& type = "text/plain") {
    SipMessage message = from.make_request("MESSAGE", from.uri(number));
    message.add("Content-Type", type);
    message.body = body;
    return message;
  }
  /// Sent with credentials, not waited for.
  static void send(Phone& from, const std::string& number, const std::string& body) {
    const SipMessage request = text(from, number, body);
    from.send(request);
    from.send(from.authorized(request, from.expect(401, "MESSAGE")));
  }
};

TEST_F(Texts, ReachWhoHasTheNumber) {
  send(*john_, "11002", "Lunch? \xf0\x9f\x8d\x9c");
  const SipMessage received = jane_->expect_request("MESSAGE");
  EXPECT_EQ(received.body, "Lunch? \xf0\x9f\x8d\x9c");
  EXPECT_EQ(received.header("Content-Type"), "text/plain");
  EXPECT_NE(received.header("From").find("11001"), std::string::npos) << "under the number of whoever is at the phone";
  EXPECT_TRUE(received.header("Contact").empty()) << "it makes no dialog";
  EXPECT_LT(std::stoi(received.header("Max-Forwards")), 70);
  jane_->respond(received, 200, "OK");
  EXPECT_EQ(john_->expect_final("MESSAGE").status(), 200);
}

TEST_F(Texts, EveryPhoneGetsItAndOneIsEnough) {
  Phone softphone(*tandem_, kJane, 990);
  softphone.must_enroll();
  send(*john_, "11002", "Hello");
  const SipMessage first = jane_->expect_request("MESSAGE"), second = softphone.expect_request("MESSAGE");
  softphone.respond(second, 405, "Method Not Allowed");
  jane_->respond(first, 200, "OK");
  EXPECT_EQ(john_->expect_final("MESSAGE").status(), 200);
}

TEST_F(Texts, WhatTheOnlyPhoneSaysIsPassedOn) {
  send(*john_, "11002", "Hello");
  jane_->respond(jane_->expect_request("MESSAGE"), 486, "Busy Here");
  EXPECT_EQ(john_->expect_final("MESSAGE").status(), 486);
}

TEST_F(Texts, ThatCannotBeTaken) {
  EXPECT_EQ(john_->transact(text(*john_, "15999", "Hello")).status(), 404) << "nobody has that number";
  EXPECT_EQ(john_->transact(text(*john_, "911", "Help")).status(), 404) << "a text is no emergency call";
  EXPECT_EQ(john_->transact(text(*john_, "19001", "Hello")).status(), 480) << "that phone is not there";
  EXPECT_EQ(john_->transact(text(*john_, "11002", std::string(9000, 'x'))).status(), 413);
  const SipMessage picture = john_->transact(text(*john_, "11002", "x", "image/png"));
  EXPECT_EQ(picture.status(), 415);
  EXPECT_NE(picture.header("Accept").find("text/plain"), std::string::npos);
  SipPeer stranger(tandem_->sip(), "nobody");
  SipMessage spam = stranger.make_request("MESSAGE", stranger.uri("11002"));
  spam.add("Content-Type", "text/plain");
  spam.body = "Buy";
  stranger.send(spam);
  EXPECT_EQ(stranger.expect_final("MESSAGE").status(), 401);
  gateway().send(gateway().make_request("MESSAGE", gateway().uri("11002")).add("Content-Type", "text/plain"));
  EXPECT_EQ(gateway().expect_final("MESSAGE").status(), 403);
  EXPECT_TRUE(jane_->silent([](const auto& m) { return m.method() == "MESSAGE"; }, Milliseconds(100)));
}

}  // namespace
}  // namespace tandem::test
