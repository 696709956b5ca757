// Desk pickup: the mobile hangs up and the far end waits; the ways to take the call up again; who may take whose place.
#include "move_fixture.h"

namespace tandem::test {
namespace {

using testing::HasSubstr;

class PickupTest : public MoveTest {
 protected:
  void SetUp() override {
    jane_talks_to_johns_mobile();
    media.sounds_.answer();  // the music is there beforehand
    calls.ended(near_, {});
    loop.settle();
  }
  ChannelId resume(const std::string& device, ChannelId replaced, ErrorCode* refused = nullptr) {
    auto leg = leg_from(device, "resume");
    leg.replaces = replaced;
    const ChannelId channel = leg.channel;
    const auto taken = calls.incoming(sip, std::move(leg));
    if (!taken && refused != nullptr) *refused = taken.error().code;
    loop.settle();
    return taken ? channel : 0;
  }
};

TEST_F(PickupTest, TheFarEndHearsMusicAtOnceAndIsReleasedInTheEnd) {
  EXPECT_EQ(state_of(far_), ChannelState::up);
  ASSERT_TRUE(port_of(far_)->playing_) << "at once";
  EXPECT_TRUE(port_of(far_)->playing_->repeat);
  ASSERT_EQ(shown().size(), 1U);
  EXPECT_EQ(shown()[0].left, seconds(10));
  EXPECT_EQ(shown()[0].destination, kMobile);
  EXPECT_EQ(sip.settled_.size(), 1U) << "who has hung up is answered at once";
  loop.advance(milliseconds(9'990));
  EXPECT_EQ(state_of(far_), ChannelState::up);
  loop.advance(milliseconds(20));
  EXPECT_EQ(state_of(far_), ChannelState::ended);
  EXPECT_EQ(calls.calls(), 0U);
  EXPECT_TRUE(decided("is released: nobody took it up"));
}

TEST_F(PickupTest, TheFarEndDoesNotWait) {
  calls.ended(far_, {});
  loop.settle();
  EXPECT_EQ(calls.calls(), 0U);
}

TEST_F(PickupTest, AndTheOneWhoIsMissingMayBeTheCaller) {
  loop.advance(seconds(11));
  ASSERT_EQ(calls.calls(), 0U);
  books.ended_.clear();
  books.started_.clear();
  script_dials("user/jane.white");
  near_ = john_calls();
  far_ = last();
  answer(far_, "192.0.2.2");
  ASSERT_TRUE(calls.send_to_mobile(name_of(near_), "Mobile"));
  near_ = last();
  calls.ringing(near_);
  loop.advance(seconds(2));
  answer(near_, "192.0.2.70");
  loop.advance(seconds(1));
  calls.ended(near_, {});
  loop.settle();
  EXPECT_EQ(state_of(far_), ChannelState::up);
  const ChannelId desk = resume(kJohn, far_);
  ASSERT_NE(desk, 0U);
  EXPECT_TRUE(together(desk, far_));
  calls.ended(desk, {});
  loop.settle();
  EXPECT_EQ(calls.calls(), 0U) << "a desk that hangs up ends it";
}

TEST_F(PickupTest, ResumeByTheNameOfTheFarEndsDialog) {
  const ChannelId desk = resume(kJohn, far_);
  ASSERT_NE(desk, 0U);
  EXPECT_EQ(state_of(desk), ChannelState::up);
  EXPECT_TRUE(together(desk, far_));
  EXPECT_TRUE(port_of(far_)->yields_) << "music until the desk's first packet";
  EXPECT_EQ(sip.shown_[desk].number, "11002");
  EXPECT_EQ(sip.shown_[far_].number, "11001");
  loop.advance(seconds(30));
  EXPECT_EQ(state_of(far_), ChannelState::up) << "nothing runs any more";
  calls.ended(desk, {});
  loop.settle();
  EXPECT_EQ(calls.calls(), 0U);
  ASSERT_EQ(record().moves.size(), 2U);
  EXPECT_EQ(record().moves[1].how, "desk pickup");
  EXPECT_EQ(books.started_.size(), 1U) << "one business call, one record";
}

TEST_F(PickupTest, AtAHotDeskJustLoggedInTo) {
  directory.log_in("john.doe", kDesk);
  EXPECT_NE(resume(kDesk, far_), 0U);
}

TEST_F(PickupTest, NobodyElseMay) {
  ErrorCode refused = ErrorCode::internal;
  EXPECT_EQ(resume(kDesk, far_, &refused), 0U);
  EXPECT_EQ(refused, ErrorCode::forbidden);
  EXPECT_EQ(resume(kJohn, 4711, &refused), 0U);
  EXPECT_EQ(refused, ErrorCode::not_found);
  EXPECT_TRUE(port_of(far_)->playing_);
}

TEST_F(PickupTest, BySomethingThatIsDialled) {
  dialplan.body_ = [](FakeDialplan::Run& run) {
    run.verb("take_mobile_call", Value::array(), [&run](const Result<Value>&) { run.finish(); });
  };
  const ChannelId desk = john_calls("*74");
  EXPECT_EQ(state_of(desk), ChannelState::up);
  EXPECT_TRUE(together(desk, far_));
  EXPECT_EQ(calls.calls(), 1U) << "the call to *74 is over";
  ASSERT_EQ(books.ended_.size(), 1U);
  calls.ended(far_, {});
  loop.settle();
  ASSERT_EQ(books.ended_.size(), 2U);
  EXPECT_EQ(books.ended_[0].linked_id, books.ended_[1].linked_id);
}

TEST_F(PickupTest, ByTheConsoleWhichRingsTheDesk) {
  const auto rings = calls.pick_up(name_of(near_), "");
  ASSERT_TRUE(rings) << rings.error().message;
  EXPECT_TRUE(sip.out_.back().answer_at_once);
  loop.advance(seconds(12));
  EXPECT_EQ(state_of(far_), ChannelState::up) << "as long as it rings the far end waits";
  answer(last(), "192.0.2.9");
  EXPECT_TRUE(together(last(), far_));
}

TEST_F(PickupTest, TheDeskThatIsRungDoesNotWantIt) {
  ASSERT_TRUE(calls.pick_up(name_of(near_), ""));
  calls.ended(last(), {Cause::busy, "", 486});
  loop.settle();
  EXPECT_EQ(state_of(far_), ChannelState::up) << "the window is still open";
  loop.advance(seconds(11));
  EXPECT_EQ(calls.calls(), 0U);
}

TEST_F(PickupTest, TheFarEndHoldsAndResumesMeanwhile) {
  calls.offered(far_, sdp("192.0.2.1", {pcmu()}, MediaDirection::sendonly));
  loop.settle();
  EXPECT_THAT(sip.told(far_), HasSubstr("accept"));
  calls.offered(far_, sdp("192.0.2.1", {pcmu()}));
  loop.settle();
  EXPECT_TRUE(port_of(far_)->playing_);
  EXPECT_NE(resume(kJohn, far_), 0U);
}

TEST_F(PickupTest, AStopReleasesTheFarEnd) {
  calls.set_gate(Switch::Gate::shut);
  calls.hangup_all({Cause::out_of_order, "shutting down"});
  loop.settle();
  EXPECT_EQ(calls.calls(), 0U);
  EXPECT_THAT(sip.told(far_), HasSubstr("hangup"));
}

class ReplacesTest : public MoveTest {};

TEST_F(ReplacesTest, TheDeskTakesTheCallWhileTheMobileIsStillUp) {
  jane_talks_to_johns_mobile();
  auto leg = leg_from(kJohn, "resume");
  leg.replaces = near_;
  const ChannelId desk = leg.channel;
  ASSERT_TRUE(calls.incoming(sip, std::move(leg)));
  loop.settle();
  EXPECT_TRUE(together(desk, far_));
  EXPECT_EQ(state_of(near_), ChannelState::up) << "heard until the desk's first packet";
  first_packet(desk);
  loop.advance(milliseconds(20));
  EXPECT_EQ(state_of(near_), ChannelState::ended);
  EXPECT_EQ(state_of(far_), ChannelState::up) << "and no window opens for it";
  EXPECT_EQ(calls.calls(), 1U);
}

TEST_F(ReplacesTest, AFullHouseDoesNotKeepACallFromItsPhone) {
  jane_talks_to_johns_mobile();
  calls.configure(SwitchSettings{.max_calls = 1});
  auto leg = leg_from(kJohn, "resume");
  leg.replaces = near_;
  EXPECT_TRUE(calls.incoming(sip, std::move(leg)));
  loop.settle();
}

TEST_F(ReplacesTest, NoCodecInCommonAndNothingHasHappened) {
  jane_talks_to_johns_mobile();
  auto leg = leg_from(kJohn, "resume");
  leg.replaces = near_;
  leg.offer = sdp("192.0.2.1", {Codec{.name = "G729", .payload_type = 18}});
  EXPECT_EQ(calls.incoming(sip, std::move(leg)).error().code, ErrorCode::unsupported);
  EXPECT_TRUE(together(near_, far_));
}

TEST_F(ReplacesTest, WhoWantsItAndHangsUpAtOnce) {
  jane_talks_to_johns_mobile();
  auto leg = leg_from(kJohn, "resume");
  leg.replaces = near_;
  const ChannelId desk = leg.channel;
  ASSERT_TRUE(calls.incoming(sip, std::move(leg)));
  calls.ended(desk, {});
  loop.settle();
  EXPECT_TRUE(together(near_, far_));
}

}  // namespace
}  // namespace tandem::test
