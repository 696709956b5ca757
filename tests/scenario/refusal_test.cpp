// Calls that come to nothing: what the caller is told, and what the other side is.
#include "office.h"

namespace tandem::test {
namespace {

class Refusals : public TwoPhones {
 protected:
  /// The final answer to a call by `phone`, ACKed; with credentials if they are asked for.
  static SipMessage outcome(Phone& phone, const std::string& number, const Headers& extra = {}) {
    auto dialog = phone.invite(number, phone.offer(), extra);
    auto response = phone.expect_final("INVITE");
    phone.ack(dialog, response);
    if (response.status() != 401 && response.status() != 407) return response;
    dialog.invite = phone.authorized(dialog.invite, response);
    phone.send(dialog.invite);
    response = phone.expect_final("INVITE");
    phone.ack(dialog, response);
    return response;
  }
};

TEST_F(Refusals, BusyIsPassedOn) {
  auto dialog = john_->call("11002", john_->offer());
  const auto invite = jane_->expect_request("INVITE");
  jane_->respond(invite, 486, "Busy Here");
  jane_->expect_request("ACK");
  const auto response = john_->expect_final("INVITE");
  EXPECT_EQ(response.status(), 486);
  john_->ack(dialog, response);
  expect_nothing_left();
  EXPECT_EQ(records(1).at(0).at("disposition"), "busy");
}

TEST_F(Refusals, DeclineIsPassedOn) {
  auto dialog = john_->call("11002", john_->offer());
  jane_->respond(jane_->expect_request("INVITE"), 603, "Decline");
  jane_->expect_request("ACK");
  const auto response = john_->expect_final("INVITE");
  EXPECT_EQ(response.status(), 603);
  john_->ack(dialog, response);
  expect_nothing_left();
}

TEST_F(Refusals, NobodyAnswersWithinThirtySeconds) {
  auto dialog = john_->call("11002", john_->offer());
  const auto invite = jane_->expect_request("INVITE");
  auto called = jane_->accept(invite);
  jane_->respond(called, invite, 180, "Ringing");
  const auto began = std::chrono::steady_clock::now();
  const auto cancel = jane_->expect_request("CANCEL", std::chrono::seconds(40));
  const auto rang = std::chrono::steady_clock::now() - began;
  EXPECT_GT(rang, std::chrono::seconds(28));
  EXPECT_LT(rang, std::chrono::seconds(33));
  jane_->respond(cancel, 200, "OK");
  jane_->respond(called, invite, 487, "Request Terminated");
  const auto response = john_->expect_final("INVITE");
  EXPECT_EQ(response.status(), 480) << "RFC 3398, 8.2.6.1: no answer (19) is 480";
  john_->ack(dialog, response);
  expect_nothing_left();
  EXPECT_EQ(records(1).at(0).at("disposition"), "no-answer");
}

TEST_F(Refusals, CancelStopsTheRinging) {
  auto dialog = john_->call("11002", john_->offer());
  const auto invite = jane_->expect_request("INVITE");
  auto called = jane_->accept(invite);
  jane_->respond(called, invite, 180, "Ringing");
  john_->expect(180, "INVITE");
  john_->cancel(dialog);
  john_->expect(200, "CANCEL");
  const auto response = john_->expect_final("INVITE");
  EXPECT_EQ(response.status(), 487);
  john_->ack(dialog, response);
  const auto cancel = jane_->expect_request("CANCEL");
  EXPECT_EQ(cancel.branch(), invite.branch());
  EXPECT_EQ(cancel.cseq(), invite.cseq());
  EXPECT_EQ(cancel.uri(), invite.uri());
  jane_->respond(cancel, 200, "OK");
  jane_->respond(called, invite, 487, "Request Terminated");
  jane_->expect_request("ACK");
  expect_nothing_left();
  EXPECT_EQ(records(1).at(0).at("disposition"), "cancelled");
}

TEST_F(Refusals, CancelOfNothingIsUnknown) {
  Dialog never;
  never.invite = john_->make_request("INVITE", john_->uri("11002"));
  john_->cancel(never);
  EXPECT_EQ(john_->expect_final("CANCEL").status(), 481);
}

TEST_F(Refusals, NumbersThatNobodyHas) {
  EXPECT_EQ(outcome(*john_, "11999").status(), 404);
  EXPECT_EQ(outcome(*john_, "11003").status(), 480) << "Sam is at no phone";
  expect_nothing_left();
}

TEST_F(Refusals, SoundThatCannotBeAgreedOn) {
  auto dialog = john_->call("11002", make_sdp(john_->audio.port(), {98}, -1));
  const auto response = john_->expect_final("INVITE");
  EXPECT_EQ(response.status(), 488);
  john_->ack(dialog, response);
  expect_nothing_left();
}

TEST_F(Refusals, MaxForwardsIsCountedAndEnds) {
  EXPECT_EQ(outcome(*john_, "11002", {{"Max-Forwards", "0"}}).status(), 483);
  auto dialog = john_->call("11002", john_->offer(), {{"Max-Forwards", "5"}});
  EXPECT_EQ(jane_->expect_request("INVITE").header("Max-Forwards"), "4");
  john_->cancel(dialog);
  john_->expect(487, "INVITE");
}

TEST_F(Refusals, UnknownExtensionsAreNamed) {
  const auto response = outcome(*john_, "11002", {{"Require", "teleportation"}});
  EXPECT_EQ(response.status(), 420);
  EXPECT_NE(response.header("Unsupported").find("teleportation"), std::string::npos) << response.raw;
}

TEST_F(Refusals, ANeutralPhoneMayNotCallOutside) {
  Phone hot_desk(*tandem_, kHotDesk);
  hot_desk.must_enroll();
  for (const char* number : {"914085551234", "94085551234", "9011442071234567", "+14085551234"}) {
    const auto began = std::chrono::steady_clock::now();
    const auto response = outcome(hot_desk, number);
    EXPECT_LT(std::chrono::steady_clock::now() - began, std::chrono::seconds(1)) << number;
    EXPECT_EQ(response.status(), 403) << number;
    EXPECT_EQ(response.reason(), "Not permitted while logged out") << number;
  }
  EXPECT_TRUE(gateway().silent([](const auto& m) { return m.method() == "INVITE"; }, Milliseconds(100)));
}

TEST_F(Refusals, ANeutralPhoneMayCallInsideUnderItsOwnName) {
  Phone hot_desk(*tandem_, kHotDesk, 700);
  hot_desk.must_enroll();
  auto call = converse(hot_desk, *jane_, "11002");
  EXPECT_EQ(user_of(uri_of(call.invite.header("From"))), "19001");
  hot_desk.bye(call.caller);
  jane_->expect_request("BYE");
}

TEST_F(Refusals, ACallingClassHasItsBounds) {
  EXPECT_EQ(outcome(*jane_, "9011442071234567").status(), 403) << "Jane may call national numbers only";
  auto abroad = john_->call("9011442071234567", john_->offer());
  const auto invite = gateway().expect_request("INVITE");
  EXPECT_EQ(user_of(invite.uri()), "+442071234567");
  gateway().respond(invite, 404, "Not Found");
  john_->ack(abroad, john_->expect_final("INVITE"));
}

TEST_F(Refusals, AStrangerIsChallengedAndGetsNothing) {
  Phone stranger(*tandem_, "SEPFFFFFFFFFFFF");
  auto dialog = stranger.call("11002", stranger.offer());
  const auto response = stranger.expect_final("INVITE");
  EXPECT_TRUE(response.status() == 401 || response.status() == 403 || response.status() == 407) << response.start;
  stranger.ack(dialog, response);
  EXPECT_TRUE(jane_->silent([](const auto& m) { return m.is_request(); }, Milliseconds(200)));
}

}  // namespace
}  // namespace tandem::test
