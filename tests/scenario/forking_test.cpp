// One call, several phones: all ring, one answers, the others learn that it was answered elsewhere.
#include "office.h"

namespace tandem::test {
namespace {

class Forking : public Office {
 protected:
  void SetUp() override { ring_everywhere({}); }
  void ring_everywhere(const std::string& more_directory) {
    open({}, more_directory);
    john_ = std::make_unique<Phone>(*tandem_, kJohn, 440);
    desk_ = std::make_unique<Phone>(*tandem_, kJane, 880);
    john_->must_enroll();
    desk_->must_enroll();
  }

  /// Both ring, `winner` answers, `loser` must be cancelled as answered elsewhere.
  void one_wins(Phone& winner, Phone& loser) {
    auto dialog = john_->call("11002", john_->offer());
    const auto invite = winner.expect_request("INVITE");
    const auto other = loser.expect_request("INVITE");
    auto won = winner.accept(invite);
    auto lost = loser.accept(other);
    winner.respond(won, invite, 180, "Ringing");
    loser.respond(lost, other, 180, "Ringing");
    winner.hear_of(invite);
    winner.respond(won, invite, 200, "OK", winner.offer());
    const auto cancel = loser.expect_request("CANCEL");
    const std::string reason = cancel.header("Reason");
    EXPECT_NE(reason.find("SIP"), std::string::npos) << reason;
    EXPECT_NE(reason.find("cause=200"), std::string::npos) << "RFC 3326: without it the phone shows a missed call: " << reason;
    loser.respond(cancel, 200, "OK");
    loser.respond(lost, other, 487, "Request Terminated");
    loser.expect_request("ACK");
    john_->hear_of(john_->answered(dialog));
    winner.expect_request("ACK");
    expect_tones_both_ways(john_->audio, winner.audio);
    john_->bye(dialog);
    winner.respond(won, winner.expect_request("BYE"), 200, "OK");
    expect_nothing_left();
    const auto row = records(1).at(0);
    EXPECT_EQ(row.at("disposition"), "answered");
    EXPECT_EQ(tandem_->ask("cdr show call " + row.at("call").get<std::string>()).at("legs").size(), 3u);
  }
  std::unique_ptr<Phone> john_, desk_;
};

TEST_F(Forking, RingsEveryContactOfADevice) {
  Phone softphone(*tandem_, kJane, 990);
  softphone.must_enroll();
  one_wins(*desk_, softphone);
}

TEST_F(Forking, LetsTheLaterContactWinToo) {
  Phone softphone(*tandem_, kJane, 990);
  softphone.must_enroll();
  one_wins(softphone, *desk_);
}

TEST_F(Forking, TheLoserThatAnswersAllTheSameIsHungUp) {
  Phone softphone(*tandem_, kJane, 990);
  softphone.must_enroll();
  auto dialog = john_->call("11002", john_->offer());
  const auto invite = desk_->expect_request("INVITE");
  const auto other = softphone.expect_request("INVITE");
  auto won = desk_->accept(invite);
  auto lost = softphone.accept(other);
  softphone.respond(lost, other, 180, "Ringing");
  desk_->respond(won, invite, 200, "OK", desk_->offer());
  softphone.respond(lost, other, 200, "OK", softphone.offer());  // both were picked up in the same moment
  softphone.expect_request("ACK");
  softphone.respond(lost, softphone.expect_request("BYE"), 200, "OK");
  john_->answered(dialog);
  desk_->expect_request("ACK");
  EXPECT_EQ(tandem_->ask("core show calls").size(), 1u);
  john_->bye(dialog);
  desk_->respond(won, desk_->expect_request("BYE"), 200, "OK");
  expect_nothing_left();
}

TEST_F(Forking, GoesOnRingingWhenOneIsBusy) {
  Phone softphone(*tandem_, kJane, 990);
  softphone.must_enroll();
  auto dialog = john_->call("11002", john_->offer());
  softphone.respond(softphone.expect_request("INVITE"), 486, "Busy Here");
  softphone.expect_request("ACK");
  const auto invite = desk_->expect_request("INVITE");
  auto called = desk_->accept(invite);
  desk_->respond(called, invite, 180, "Ringing");
  john_->expect(180, "INVITE");
  desk_->respond(called, invite, 200, "OK", desk_->offer());
  john_->answered(dialog);
  john_->bye(dialog);
  desk_->respond(called, desk_->expect_request("BYE"), 200, "OK");
  expect_nothing_left();
}

TEST_F(Forking, IsBusyWhenAllAre) {
  Phone softphone(*tandem_, kJane, 990);
  softphone.must_enroll();
  auto dialog = john_->call("11002", john_->offer());
  softphone.respond(softphone.expect_request("INVITE"), 486, "Busy Here");
  EXPECT_TRUE(john_->silent([](const auto& m) { return m.status() >= 200; }, Milliseconds(200))) << "one phone is still ringing";
  desk_->respond(desk_->expect_request("INVITE"), 486, "Busy Here");
  const auto response = john_->expect_final("INVITE");
  EXPECT_EQ(response.status(), 486);
  john_->ack(dialog, response);
  expect_nothing_left();
}

TEST_F(Forking, CancelsAllWhenTheCallerGivesUp) {
  Phone softphone(*tandem_, kJane, 990);
  softphone.must_enroll();
  auto dialog = john_->call("11002", john_->offer());
  for (Phone* phone : {desk_.get(), &softphone}) {
    const auto invite = phone->expect_request("INVITE");
    phone->respond(phone->accept(invite), invite, 180, "Ringing");
  }
  john_->expect(180, "INVITE");
  john_->cancel(dialog);
  john_->expect(487, "INVITE");
  for (Phone* phone : {desk_.get(), &softphone}) {
    const auto cancel = phone->expect_request("CANCEL");
    EXPECT_EQ(cancel.header("Reason").find("cause=200"), std::string::npos) << "nobody has answered: this is a missed call";
    phone->respond(cancel, 200, "OK");
  }
}

class TwoDevices : public Forking {
  void SetUp() override { ring_everywhere("\n[device second-desk](cisco-8841)\nowner = jane.white\nlabel = Jane White\n"); }
};

TEST_F(TwoDevices, OfOnePersonRingTogether) {
  Phone second(*tandem_, "second-desk", 990);
  second.must_enroll();
  one_wins(second, *desk_);
}

// A proxy behind the address has forked, and two have answered in the same moment (RFC 3261 13.2.2.4).
TEST_F(Forking, ASecondAnswerToOneInviteIsAcknowledgedAndHungUp) {
  auto dialog = john_->call("11002", john_->offer());
  const auto invite = desk_->expect_request("INVITE");
  auto first = desk_->accept(invite);
  auto second = desk_->accept(invite);
  ASSERT_NE(first.local_tag, second.local_tag);
  desk_->respond(second, invite, 180, "Ringing");
  desk_->respond(first, invite, 200, "OK", desk_->offer());
  EXPECT_EQ(desk_->expect_request("ACK").tag("To"), first.local_tag);
  john_->answered(dialog);
  desk_->respond(second, invite, 200, "OK", desk_->offer());
  EXPECT_EQ(desk_->expect_request("ACK").tag("To"), second.local_tag);
  const auto bye = desk_->expect_request("BYE");
  EXPECT_EQ(bye.tag("To"), second.local_tag);
  desk_->respond(second, bye, 200, "OK");
  EXPECT_EQ(tandem_->ask("core show calls").size(), 1u);
  desk_->hear_of(invite);
  john_->bye(dialog);
  desk_->respond(first, desk_->expect_request("BYE"), 200, "OK");
  expect_nothing_left();
}

}  // namespace
}  // namespace tandem::test
