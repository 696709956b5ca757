// Inside a dialog: session timers, UPDATE, reliable provisional responses, what is required and unknown.
#include "office.h"

namespace tandem::test {
namespace {

class InDialog : public TwoPhones {
 protected:
  SipMessage ask(Phone& from, Dialog& dialog, const std::string& method, const Headers& extra = {}, const std::string& sdp = {}) {
    SipMessage request = from.in_dialog(dialog, method, sdp);
    for (const auto& [name, value] : extra) request.set(name, value);
    from.send(request);
    return from.expect_final(method);
  }
  void end(Conversation& talk) {
    john_->bye(talk.caller);
    jane_->respond(talk.called, jane_->expect_request("BYE"), 200, "OK");
    expect_nothing_left();
  }
};

TEST_F(InDialog, SessionTimerIsAgreedAndShortOnesAreRefused) {
  auto hasty = john_->call("11002", john_->offer(), {{"Supported", "timer"}, {"Session-Expires", "60"}});
  const SipMessage refusal = john_->expect(422, "INVITE");
  EXPECT_EQ(refusal.header("Min-SE"), "90");
  john_->ack(hasty, refusal);
  auto dialog = john_->call("11002", john_->offer(), {{"Supported", "timer"}, {"Session-Expires", "600;refresher=uac"}});
  const SipMessage invite = jane_->expect_request("INVITE");
  EXPECT_NE(invite.header("Supported").find("timer"), std::string::npos);
  EXPECT_NE(invite.header("Allow").find("UPDATE"), std::string::npos);
  Conversation talk;
  talk.called = jane_->accept(invite);
  jane_->respond(talk.called, invite, 200, "OK", jane_->offer());
  const SipMessage answer = john_->answered(dialog);
  talk.caller = dialog;
  EXPECT_EQ(answer.header("Session-Expires"), "600;refresher=uac");
  EXPECT_EQ(answer.header("Require"), "timer");
  jane_->expect_request("ACK");
  const SipMessage refreshed = ask(*john_, talk.caller, "UPDATE", {{"Supported", "timer"}, {"Session-Expires", "600;refresher=uac"}});
  EXPECT_EQ(refreshed.status(), 200);
  EXPECT_EQ(refreshed.header("Session-Expires"), "600;refresher=uac");
  EXPECT_EQ(ask(*john_, talk.caller, "UPDATE", {{"Supported", "timer"}, {"Session-Expires", "10"}}).status(), 422);
  end(talk);
}

TEST_F(InDialog, UpdateCarriesAnOffer) {
  auto talk = converse(*john_, *jane_, "11002");
  const SipMessage held = ask(*john_, talk.caller, "UPDATE", {}, make_sdp(john_->audio.port(), {0, 8}, 101, "sendonly", 2));
  EXPECT_EQ(held.status(), 200);
  EXPECT_EQ(Sdp::parse(held.body).direction, "recvonly");
  const SipMessage back = ask(*john_, talk.caller, "UPDATE", {}, make_sdp(john_->audio.port(), {0, 8}, 101, "sendrecv", 3));
  EXPECT_EQ(Sdp::parse(back.body).direction, "sendrecv");
  const SipMessage odd = ask(*john_, talk.caller, "UPDATE", {{"Content-Type", "text/plain"}}, "hello");
  EXPECT_EQ(odd.status(), 415);
  end(talk);
}

TEST_F(InDialog, WhatIsUnknownIsRefusedAndTheCallGoesOn) {
  auto talk = converse(*john_, *jane_, "11002");
  const SipMessage refused = ask(*john_, talk.caller, "UPDATE", {{"Require", "sparkles"}});
  EXPECT_EQ(refused.status(), 420);
  EXPECT_EQ(refused.header("Unsupported"), "sparkles");
  EXPECT_EQ(ask(*john_, talk.caller, "PRACK", {{"RAck", "1 1 INVITE"}}).status(), 481) << "of nothing that waits for it";
  EXPECT_EQ(ask(*john_, talk.caller, "MESSAGE").status(), 403) << "texts go outside calls";
  end(talk);
}

TEST_F(InDialog, ReliableRingingIsRepeatedUntilItIsAcknowledged) {
  auto dialog = john_->call("11002", john_->offer(), {{"Require", "100rel"}});
  const SipMessage invite = jane_->expect_request("INVITE");
  auto called = jane_->accept(invite);
  jane_->respond(called, invite, 180, "Ringing");
  const SipMessage ringing = john_->expect(180, "INVITE");
  ASSERT_TRUE(ringing.has("RSeq"));
  EXPECT_EQ(ringing.header("Require"), "100rel");
  SipPeer::learn(dialog, ringing);
  const auto again = john_->repetitions();
  for (int i = 0; i < 50 && john_->repetitions() == again; ++i) john_->silent([](const auto&) { return false; }, Milliseconds(50));
  EXPECT_GT(john_->repetitions(), again) << "nobody has acknowledged it";
  SipMessage wrong = john_->in_dialog(dialog, "PRACK");
  wrong.set("RAck", "999 999 INVITE");
  john_->send(wrong);
  EXPECT_EQ(john_->expect_final("PRACK").status(), 481);
  SipMessage prack = john_->in_dialog(dialog, "PRACK");
  prack.set("RAck", ringing.header("RSeq") + " " + std::to_string(dialog.invite.cseq()) + " INVITE");
  john_->send(prack);
  EXPECT_EQ(john_->expect_final("PRACK").status(), 200);
  jane_->respond(called, invite, 200, "OK", jane_->offer());
  john_->answered(dialog);
  jane_->expect_request("ACK");
  Conversation talk{dialog, called, invite, {}};
  end(talk);
}

TEST_F(InDialog, ReliableResponsesOfAPhoneAreAcknowledged) {
  auto dialog = john_->call("11002", john_->offer());
  const SipMessage invite = jane_->expect_request("INVITE");
  EXPECT_NE(invite.header("Supported").find("100rel"), std::string::npos);
  auto called = jane_->accept(invite);
  jane_->respond(called, invite, 180, "Ringing", {}, {{"Require", "100rel"}, {"RSeq", "17"}, {"Contact", jane_->contact()}});
  const SipMessage prack = jane_->expect_request("PRACK");
  EXPECT_EQ(prack.header("RAck"), "17 " + std::to_string(invite.cseq()) + " INVITE");
  EXPECT_EQ(prack.tag("To"), called.local_tag);
  jane_->respond(called, prack, 200, "OK");
  john_->expect(180, "INVITE");
  const Headers again{{"Require", "100rel"}, {"RSeq", "17"}, {"X-Again", "yes"}}, late{{"Require", "100rel"}, {"RSeq", "19"}};
  jane_->respond(called, invite, 180, "Ringing", {}, again);
  jane_->respond(called, invite, 180, "Ringing", {}, late);
  EXPECT_TRUE(jane_->silent([](const auto& m) { return m.method() == "PRACK" && m.is_request(); }, Milliseconds(100)));
  jane_->respond(called, invite, 200, "OK", jane_->offer());
  john_->answered(dialog);
  jane_->expect_request("ACK");
  Conversation talk{dialog, called, invite, {}};
  end(talk);
}

}  // namespace
}  // namespace tandem::test
