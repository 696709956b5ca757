// Changes of a call in progress: hold, resume, moved media, and two changes at once (RFC 3261 section 14, RFC 3264).
#include "office.h"

namespace tandem::test {
namespace {

class Reoffers : public TwoPhones {
 protected:
  void SetUp() override {
    TwoPhones::SetUp();
    call_ = converse(*john_, *jane_, "11002");
  }
  void hang_up() {
    john_->bye(call_.caller);
    jane_->respond(call_.called, jane_->expect_request("BYE"), 200, "OK");
    expect_nothing_left();
  }
  /// John offers `sdp`; where the office passes the change on, Jane answers in kind. Returns the answer that John gets.
  SipMessage john_offers(const std::string& sdp) {
    john_->send(john_->in_dialog(call_.caller, "INVITE", sdp));
    answer_if_asked(*jane_, call_.called);
    const auto response = john_->answered(call_.caller);
    return response;
  }
  void answer_if_asked(Phone& phone, Dialog& dialog) {
    const auto asked = phone.receive([](const auto& m) { return m.is_request() && m.method() == "INVITE"; }, Milliseconds(300));
    if (!asked) return;
    const std::string direction = Sdp::parse(asked->body).direction;
    const std::string mirrored = direction == "sendonly" ? "recvonly" : direction == "recvonly" ? "sendonly" : direction;
    phone.respond(dialog, *asked, 200, "OK", make_sdp(phone.audio.port(), {0, 8}, 101, mirrored, 2));
    phone.expect_request("ACK");
  }
  Conversation call_;
};

TEST_F(Reoffers, HoldStopsTheSoundAndResumeBringsItBack) {
  expect_tones_both_ways(john_->audio, jane_->audio, Milliseconds(200));
  const auto held = john_offers(make_sdp(john_->audio.port(), {0, 8}, 101, "sendonly", 2));
  const std::string direction = Sdp::parse(held.body).direction;
  EXPECT_TRUE(direction == "recvonly" || direction == "inactive") << "RFC 3264, 6.1: " << held.body;

  const auto resumed = john_offers(make_sdp(john_->audio.port(), {0, 8}, 101, "sendrecv", 3));
  EXPECT_EQ(Sdp::parse(resumed.body).direction, "sendrecv");
  john_->hear_of(resumed);
  expect_tones_both_ways(john_->audio, jane_->audio);
  hang_up();
}

TEST_F(Reoffers, AnInactiveHoldIsAnsweredInactive) {
  const auto held = john_offers(make_sdp(john_->audio.port(), {0, 8}, 101, "inactive", 2));
  EXPECT_EQ(Sdp::parse(held.body).direction, "inactive");
  hang_up();
}

TEST_F(Reoffers, TheOldHoldByAddressZeroIsUnderstood) {
  std::string sdp = make_sdp(john_->audio.port(), {0, 8}, 101, "sendrecv", 2);
  sdp.replace(sdp.find("c=IN IP4 127.0.0.1"), 18, "c=IN IP4 0.0.0.0");
  const auto held = john_offers(sdp);
  EXPECT_NE(Sdp::parse(held.body).direction, "sendonly") << held.body;
  john_->audio.forget();
  talk({&john_->audio, &jane_->audio}, Milliseconds(200));
  EXPECT_TRUE(john_->audio.heard().empty()) << "sound was sent to a phone that has put the call on hold";
  hang_up();
}

TEST_F(Reoffers, MediaMayMoveToAnotherPort) {
  RtpEnd elsewhere;
  elsewhere.tone = 550;
  const auto moved = john_offers(make_sdp(elsewhere.port(), {0, 8}, 101, "sendrecv", 2));
  elsewhere.remote = Sdp::parse(moved.body).rtp;
  expect_tones_both_ways(elsewhere, jane_->audio);
  hang_up();
}

TEST_F(Reoffers, AnImpossibleOneIsRefusedAndTheCallGoesOn) {
  john_->send(john_->in_dialog(call_.caller, "INVITE", make_sdp(john_->audio.port(), {98}, -1)));
  const auto refused = john_->expect_final("INVITE");
  EXPECT_EQ(refused.status(), 488);
  john_->ack(call_.caller, refused);
  expect_tones_both_ways(john_->audio, jane_->audio);
  hang_up();
}

TEST_F(Reoffers, ARefusalByTheFarEndLeavesTheCallAsItWas) {
  john_->send(john_->in_dialog(call_.caller, "INVITE", make_sdp(john_->audio.port(), {0, 8}, 101, "sendonly", 2)));
  const auto asked = jane_->receive([](const auto& m) { return m.is_request() && m.method() == "INVITE"; }, Milliseconds(500));
  if (asked) {
    jane_->respond(call_.called, *asked, 488, "Not Acceptable Here");
    jane_->expect_request("ACK");
  }
  const auto outcome = john_->expect_final("INVITE");
  if (outcome.status() < 300) SipPeer::learn(call_.caller, outcome);
  john_->ack(call_.caller, outcome);
  EXPECT_EQ(tandem_->ask("core show calls").size(), 1u);
  hang_up();
}

TEST_F(Reoffers, TwoThatMeetAreBothToldSo) {
  john_->send(john_->in_dialog(call_.caller, "INVITE", make_sdp(john_->audio.port(), {0, 8}, 101, "sendrecv", 2)));
  const auto ours = jane_->receive([](const auto& m) { return m.is_request() && m.method() == "INVITE"; }, Milliseconds(500));
  if (!ours) {  // answered on this leg alone: then nothing can meet
    john_->answered(call_.caller);
    hang_up();
    return;
  }
  // Jane has not seen it yet and sends her own.
  const auto hers = jane_->in_dialog(call_.called, "INVITE", make_sdp(jane_->audio.port(), {0, 8}, 101, "sendrecv", 2));
  jane_->send(hers);
  const auto glare = jane_->receive([&](const auto& m) { return m.status() >= 200 && m.branch() == hers.branch(); }, kPatience);
  ASSERT_TRUE(glare);
  EXPECT_EQ(glare->status(), 491) << "RFC 3261, 14.2";
  auto refused = call_.called;
  refused.invite = hers;
  jane_->ack(refused, *glare);
  jane_->respond(call_.called, *ours, 491, "Request Pending");
  jane_->expect_request("ACK");
  // Either John is told at once, or the office tries again after 2.1 to 4 s (14.1), as the owner of the Call-ID must.
  answer_if_asked(*jane_, call_.called);
  auto outcome = john_->receive([](const auto& m) { return m.status() >= 200 && m.method() == "INVITE"; }, Milliseconds(500));
  if (!outcome) {
    const auto again = jane_->expect_request("INVITE", std::chrono::seconds(5));
    jane_->respond(call_.called, again, 200, "OK", make_sdp(jane_->audio.port(), {0, 8}, 101, "sendrecv", 3));
    jane_->expect_request("ACK");
    outcome = john_->expect_final("INVITE");
  }
  EXPECT_TRUE(outcome->status() == 200 || outcome->status() == 491) << outcome->start;
  if (outcome->status() < 300) SipPeer::learn(call_.caller, *outcome);
  john_->ack(call_.caller, *outcome);
  expect_tones_both_ways(john_->audio, jane_->audio);
  hang_up();
}

TEST_F(Reoffers, AnOverlappingOneIsRefused) {
  jane_->answer_options = true;
  john_->send(john_->in_dialog(call_.caller, "INVITE", make_sdp(john_->audio.port(), {0, 8}, 101, "sendonly", 2)));
  const auto asked = jane_->receive([](const auto& m) { return m.is_request() && m.method() == "INVITE"; }, Milliseconds(500));
  if (!asked) {
    john_->answered(call_.caller);
    hang_up();
    return;
  }
  auto overlapping = call_.caller;
  const auto second = john_->in_dialog(overlapping, "INVITE", make_sdp(john_->audio.port(), {0, 8}, 101, "sendrecv", 3));
  john_->send(second);
  const auto refused = john_->receive([&](const auto& m) { return m.status() >= 200 && m.branch() == second.branch(); }, kPatience);
  ASSERT_TRUE(refused);
  EXPECT_TRUE(refused->status() == 500 || refused->status() == 491) << "RFC 3261, 14.2: " << refused->start;
  john_->ack(overlapping, *refused);
  jane_->respond(call_.called, *asked, 200, "OK", make_sdp(jane_->audio.port(), {0, 8}, 101, "recvonly", 2));
  john_->answered(call_.caller);
  call_.caller.cseq = overlapping.cseq;
  hang_up();
}

TEST_F(Reoffers, RequestsOfTheDialogAreAnswered) {
  john_->send(john_->in_dialog(call_.caller, "OPTIONS"));
  EXPECT_EQ(john_->expect_final("OPTIONS").status(), 200);
  john_->send(john_->in_dialog(call_.caller, "JUGGLE"));
  const int unknown = john_->expect_final("JUGGLE").status();
  EXPECT_TRUE(unknown == 405 || unknown == 501) << unknown;
  auto stranger = call_.caller;
  stranger.remote_tag = "nobody";
  john_->send(john_->in_dialog(stranger, "BYE"));
  EXPECT_EQ(john_->expect_final("BYE").status(), 481);
  call_.caller.cseq = stranger.cseq;
  EXPECT_EQ(tandem_->ask("core show calls").size(), 1u);
  hang_up();
}

TEST_F(Reoffers, AnOldCSeqIsRefused) {
  auto old = call_.caller;
  old.cseq = 0;
  john_->send(john_->in_dialog(old, "OPTIONS"));
  EXPECT_EQ(john_->expect_final("OPTIONS").status(), 500) << "RFC 3261, 12.2.2";
  hang_up();
}

}  // namespace
}  // namespace tandem::test
