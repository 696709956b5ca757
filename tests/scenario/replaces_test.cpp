// INVITEs that want the place of somebody in a dialog (RFC 3891): which are refused, and how.
#include "office.h"

namespace tandem::test {
namespace {

class Replacing : public TwoPhones {
 protected:
  void SetUp() override {
    TwoPhones::SetUp();
    desk_ = std::make_unique<Phone>(*tandem_, kHotDesk, 600);
    desk_->must_enroll();
  }
  /// Replaces for the dialog of `phone`: the tag that we have given it is the one to be found here.
  static std::string place(const Dialog& dialog, const std::string& more = {}) {
    return dialog.call_id + ";to-tag=" + dialog.remote_tag + ";from-tag=" + dialog.local_tag + more;
  }
  /// The status that the hot desk gets for an INVITE with this Replaces.
  int refused(const std::string& replaces) {
    Dialog dialog = desk_->call("11001", desk_->offer(), {{"Replaces", replaces}});
    const SipMessage response = desk_->expect_final("INVITE");
    desk_->ack(dialog, response);
    return response.status();
  }
  std::unique_ptr<Phone> desk_;
};

TEST_F(Replacing, IsAnnounced) {
  const SipMessage answer = desk_->transact(desk_->make_request("OPTIONS", desk_->uri("")));
  EXPECT_NE(answer.header("Supported").find("replaces"), std::string::npos) << answer.header("Supported");
}

TEST_F(Replacing, WhatIsRefused) {
  auto talk = converse(*john_, *jane_, "11002");
  EXPECT_EQ(refused("nobody;to-tag=1;from-tag=2"), 481);
  EXPECT_EQ(refused(talk.called.call_id + ";to-tag=1;from-tag=" + talk.called.local_tag), 481);
  EXPECT_EQ(refused(talk.called.call_id), 400);
  EXPECT_EQ(refused(place(talk.called, ";early-only")), 486);
  const SipMessage wrong = desk_->transact(desk_->make_request("OPTIONS", desk_->uri("")).add("Replaces", place(talk.called)));
  EXPECT_EQ(wrong.status(), 400) << "it belongs to INVITE";
  john_->send(john_->in_dialog(talk.caller, "INFO").add("Replaces", place(talk.called)));
  EXPECT_EQ(john_->expect_final("INFO").status(), 400);
  expect_tones_both_ways(john_->audio, jane_->audio);
  john_->bye(talk.caller);
  jane_->respond(talk.called, jane_->expect_request("BYE"), 200, "OK");
  expect_nothing_left();
  EXPECT_EQ(refused(place(talk.called)), 603) << "it has been there";
  EXPECT_EQ(refused(place(talk.caller)), 603);
  expect_nothing_left();
}

TEST_F(Replacing, ACallerWhoWaitsKeepsThePlace) {
  auto dialog = john_->call("11002", john_->offer());
  const SipMessage invite = jane_->expect_request("INVITE");
  jane_->respond(jane_->accept(invite), invite, 180, "Ringing");
  SipPeer::learn(dialog, john_->expect(180, "INVITE"));
  EXPECT_EQ(refused(place(dialog)), 481);
  john_->cancel(dialog);
  john_->ack(dialog, john_->expect(487, "INVITE"));
  jane_->respond(jane_->expect_request("CANCEL"), 200, "OK");
  jane_->respond(jane_->accept(invite), invite, 487, "Request Terminated");
  jane_->expect_request("ACK");
  expect_nothing_left();
}

TEST_F(Replacing, ATrunkGetsNoPlaceOfOurs) {
  auto talk = converse(*john_, *jane_, "11002");
  auto dialog = gateway().invite("+14085551001", make_sdp(desk_->audio.port(), {0}, 101), {{"Replaces", place(talk.called)}});
  const SipMessage response = gateway().expect_final("INVITE");
  EXPECT_EQ(response.status(), 481);
  gateway().ack(dialog, response);
  john_->bye(talk.caller);
  jane_->respond(talk.called, jane_->expect_request("BYE"), 200, "OK");
  expect_nothing_left();
}

}  // namespace
}  // namespace tandem::test
