// A call moves between desk and mobile: rings, answers, fails; the far end is left alone.
#include "move_fixture.h"

namespace tandem::test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

TEST_F(MoveTest, ToTheMobileAndTheDeskStaysUntilItHasAnswered) {
  jane_talks_to_johns_desk();
  FakePort* const far_port = port_of(far_);
  const auto rings = calls.send_to_mobile(name_of(near_), "Mobile");
  ASSERT_TRUE(rings) << rings.error().message;
  EXPECT_EQ(*rings, kMobile);
  const auto& leg = sip.out_.back();
  EXPECT_EQ(leg.endpoint, "pstn");
  EXPECT_EQ(leg.number, "+14085557001");
  EXPECT_EQ(leg.caller.number, "+14085551002") << "Jane, as the world outside knows her";
  calls.ringing(last());
  loop.advance(seconds(3));
  EXPECT_TRUE(together(near_, far_)) << "nothing has moved yet";
  ASSERT_EQ(shown().size(), 1U);
  EXPECT_EQ(shown()[0].rings, kMobile);

  const ChannelId mobile = last();
  answer(mobile, "192.0.2.70");
  EXPECT_EQ(port_of(far_), far_port);
  EXPECT_TRUE(together(mobile, far_));
  EXPECT_EQ(port_of(near_)->to_, far_port) << "the desk is heard until the mobile's first packet";
  EXPECT_EQ(state_of(near_), ChannelState::up);
  first_packet(mobile);
  loop.advance(milliseconds(20));
  EXPECT_EQ(state_of(near_), ChannelState::ended);
  EXPECT_EQ(sip.count("offer"), 0U) << "nobody is asked anything";
  EXPECT_EQ(sip.shown_[far_].number, "11001") << "Jane sees John's extension";
  EXPECT_EQ(destinations.in_calls_[kMobile], 1);

  calls.ended(far_, {});
  loop.settle();
  EXPECT_EQ(destinations.in_calls_[kMobile], 0);
  ASSERT_EQ(record().moves.size(), 1U);
  EXPECT_EQ(record().moves[0].how, "sent to mobile");
  EXPECT_EQ(record().legs.back().endpoint, kJohn);
  EXPECT_TRUE(std::any_of(record().legs.begin(), record().legs.end(),
                          [](const LegRecord& one) { return one.destination == kMobile && one.user == "john.doe" && one.answer; }));
  EXPECT_TRUE(decided("sent to mobile")) << "and the record says so";
  EXPECT_EQ(record().disposition, "answered");
}

TEST_F(MoveTest, ASilentMobileDoesNotKeepTheDeskForEver) {
  jane_talks_to_johns_desk();
  ASSERT_TRUE(calls.send_to_mobile(name_of(near_), "mobile"));
  calls.ringing(last());
  loop.advance(seconds(2));
  answer(last(), "192.0.2.70");
  loop.advance(milliseconds(380));
  EXPECT_EQ(state_of(near_), ChannelState::up);
  loop.advance(milliseconds(40));
  EXPECT_EQ(state_of(near_), ChannelState::ended);
  EXPECT_TRUE(together(last(), far_));
}

TEST_F(MoveTest, AllThatMayBeMovedToRingAndTheFirstHasIt) {
  jane_talks_to_johns_desk();
  ASSERT_TRUE(calls.send_to_mobile(name_of(near_), ""));
  ASSERT_EQ(sip.out_.size(), 3U);
  const ChannelId mobile = out(1), home = out(2);
  calls.ringing(mobile);
  calls.ringing(home);
  loop.advance(seconds(4));
  answer(home, "192.0.2.71");
  EXPECT_TRUE(together(home, far_));
  EXPECT_EQ(sip.last(mobile, "hangup").ending.cause, Cause::answered_elsewhere);
}

TEST_F(MoveTest, WhatAnswersTooSoonOrNotAtAllIsNoPerson) {
  jane_talks_to_johns_desk();
  ASSERT_TRUE(calls.send_to_mobile(name_of(near_), "Mobile"));
  calls.ringing(last());
  loop.advance(milliseconds(1400));
  answer(last(), "192.0.2.70");
  EXPECT_TRUE(together(near_, far_)) << "the mobile's voicemail gets nothing";
  EXPECT_EQ(state_of(last()), ChannelState::ended);
  EXPECT_EQ(shown()[0].rings, "");

  ASSERT_TRUE(calls.send_to_mobile(name_of(near_), "Mobile"));
  calls.ringing(last());
  loop.advance(milliseconds(19'100));
  EXPECT_EQ(state_of(last()), ChannelState::ended) << "too late";
  EXPECT_TRUE(together(near_, far_));
}

TEST_F(MoveTest, RefusedAndTheOldLegIsStillThere) {
  jane_talks_to_johns_desk();
  ASSERT_TRUE(calls.send_to_mobile(name_of(near_), "Mobile"));
  calls.ended(last(), {Cause::busy, "Busy Here", 486});
  loop.settle();
  EXPECT_TRUE(together(near_, far_));
  EXPECT_EQ(state_of(near_), ChannelState::up);
  ASSERT_TRUE(calls.send_to_mobile(name_of(near_), "Mobile")) << "and may try again";
  sip.refuses_["gw"] = {ErrorCode::unavailable, "down"};
  calls.ended(last(), {});
  loop.settle();
  EXPECT_EQ(calls.send_to_mobile(name_of(near_), "Mobile").error().message, "down");
  EXPECT_TRUE(together(near_, far_));
}

TEST_F(MoveTest, WhatCannotBe) {
  jane_talks_to_johns_desk();
  EXPECT_FALSE(calls.send_to_mobile("C-nothing", ""));
  EXPECT_FALSE(calls.send_to_mobile(name_of(near_), "office"));
  EXPECT_FALSE(calls.send_to_mobile(name_of(far_), "")) << "Jane has no mobile";
  EXPECT_FALSE(calls.pick_up(name_of(near_), "SEP0011223300B1")) << "John is not there";
  ASSERT_TRUE(calls.send_to_mobile(name_of(near_), ""));
  EXPECT_EQ(calls.send_to_mobile(name_of(near_), "").error().code, ErrorCode::busy);
  EXPECT_EQ(calls.transfer(near_, {"11003", 0}).error().code, ErrorCode::busy);
  destinations.most_ = 0;
  loop.advance(seconds(31));
  EXPECT_EQ(calls.send_to_mobile(name_of(near_), "").error().code, ErrorCode::exhausted) << "six calls at that destination";
}

TEST_F(MoveTest, TheFarEndHangsUpWhileItRings) {
  jane_talks_to_johns_desk();
  ASSERT_TRUE(calls.send_to_mobile(name_of(near_), ""));
  calls.ended(far_, {});
  loop.settle();
  EXPECT_EQ(calls.calls(), 0U);
  EXPECT_EQ(destinations.in_calls_[kMobile], 0);
}

TEST_F(MoveTest, WhoSendsAndHangsUpIsNotTheEnd) {
  jane_talks_to_johns_desk();
  ASSERT_TRUE(calls.send_to_mobile(name_of(near_), "Mobile"));
  calls.ringing(last());
  loop.advance(seconds(2));
  calls.ended(near_, {});
  loop.settle();
  EXPECT_EQ(state_of(far_), ChannelState::up);
  media.sounds_.answer();
  EXPECT_TRUE(port_of(far_)->playing_) << "music until the mobile has it";
  answer(last(), "192.0.2.70");
  EXPECT_TRUE(together(last(), far_));
  EXPECT_TRUE(port_of(far_)->yields_);
  calls.ended(far_, {});
  loop.settle();
  EXPECT_EQ(calls.calls(), 0U);
}

TEST_F(MoveTest, WhoSendsInVainAndHasHungUpIsTheEnd) {
  jane_talks_to_johns_desk();
  ASSERT_TRUE(calls.send_to_mobile(name_of(near_), "Mobile"));
  calls.ended(near_, {});
  loop.settle();
  calls.ended(last(), {Cause::busy, "", 486});
  loop.settle();
  EXPECT_EQ(calls.calls(), 0U);
}

TEST_F(MoveTest, AChangeOfMediaIsWaitedFor) {
  jane_talks_to_johns_desk();
  ASSERT_TRUE(calls.send_to_mobile(name_of(near_), "Mobile"));
  calls.ringing(last());
  loop.advance(seconds(2));
  calls.offered(far_, sdp("192.0.2.1", {pcma()}));  // goes on to the other side, which has to say something
  loop.settle();
  ASSERT_EQ(sip.count("offer"), 1U);
  const ChannelId mobile = last();
  answer(mobile, "192.0.2.70");
  EXPECT_FALSE(together(mobile, far_));
  calls.offer_answered(near_, sdp("192.0.2.9", {pcma()}));
  loop.advance(milliseconds(20));
  EXPECT_TRUE(together(mobile, far_));
  EXPECT_NE(sip.told(far_).find("accept"), std::string::npos);
}

TEST_F(MoveTest, BackAndForth) {
  jane_talks_to_johns_mobile();
  for (int i = 0; i < 5; ++i) {
    const auto rings = calls.pick_up(name_of(near_), "");
    ASSERT_TRUE(rings) << rings.error().message;
    EXPECT_EQ(*rings, kJohn);
    EXPECT_TRUE(sip.out_.back().answer_at_once);
    near_ = last();
    answer(near_, "192.0.2.9");
    first_packet(near_);
    loop.advance(milliseconds(20));
    EXPECT_TRUE(together(near_, far_));
    ASSERT_TRUE(calls.send_to_mobile(name_of(near_), "Mobile"));
    near_ = last();
    calls.ringing(near_);
    loop.advance(seconds(2));
    answer(near_, "192.0.2.70");
    first_packet(near_);
    loop.advance(milliseconds(20));
    EXPECT_TRUE(together(near_, far_));
    EXPECT_EQ(calls.all().front()->legs().size(), 5U + 2U * static_cast<size_t>(i)) << "each leg once";
  }
  EXPECT_EQ(destinations.in_calls_[kMobile], 1);
  EXPECT_EQ(sip.count("offer"), 0U);
  calls.ended(far_, {});
  loop.settle();
  EXPECT_EQ(record().moves.size(), 11U);
}

TEST_F(MoveTest, TheOneWhoCalledMovesAsWell) {
  script_dials("user/jane.white");
  near_ = john_calls();
  far_ = out(0);
  answer(far_, "192.0.2.2");
  ASSERT_TRUE(calls.send_to_mobile(name_of(near_), "Mobile"));
  const ChannelId mobile = last();
  calls.ringing(mobile);
  loop.advance(seconds(2));
  answer(mobile, "192.0.2.70");
  first_packet(mobile);
  loop.advance(milliseconds(20));
  EXPECT_TRUE(together(mobile, far_));
  EXPECT_EQ(state_of(near_), ChannelState::ended);
  EXPECT_TRUE(dialplan.aborted_.empty()) << "the script goes on";
  calls.ended(far_, {});
  loop.settle();
  EXPECT_EQ(calls.calls(), 0U);
  EXPECT_THAT(dialplan.heard_, ElementsAre("\"answered\""));
}

TEST_F(MoveTest, ARecordingGoesOn) {
  script_dials("user/jane.white");
  near_ = john_calls();
  far_ = out(0);
  answer(far_, "192.0.2.2");
  auto* const call = const_cast<CallImpl*>(calls.all().front());
  ASSERT_TRUE(call->record("calls/one"));
  ASSERT_TRUE(calls.send_to_mobile(name_of(near_), "Mobile"));
  calls.ringing(last());
  loop.advance(seconds(2));
  answer(last(), "192.0.2.70");
  EXPECT_NE(port_of(last())->sink_, nullptr);
  EXPECT_EQ(media.recordings_stopped_, 0U);
}

}  // namespace
}  // namespace tandem::test
