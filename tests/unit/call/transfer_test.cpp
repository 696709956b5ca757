// Legs that move to another call: blind transfer with its way back, attended transfer, and who may not.
#include <gmock/gmock.h>

#include "call_fixture.h"

namespace tandem::test {
namespace {

using testing::HasSubstr;

class TransferTest : public CallTest {
 protected:
  void SetUp() override {
    sip.place(kDesk, {"sip:desk@c"});
    sip.place(kJohn, {"sip:john@d"});
    sip.place("pstn", {"gw"});
    john_ = answered_call();
    jane_ = out(0);
  }
  std::string on(ChannelId by, const std::string& number) {
    const auto taken = calls.transfer(by, {number, 0});
    loop.settle();
    return taken ? "ok" : taken.error().message;
  }
  /// The leg that a dial after the first one has made.
  ChannelId next() const { return sip.out_.back().channel; }
  ChannelId john_ = 0, jane_ = 0;
};

TEST_F(TransferTest, TheCalledPartySendsTheCallerOn) {
  FakePort* const port = port_of(john_);
  script_dials("sip/SEP0011223300A1");
  ASSERT_EQ(on(jane_, "19001"), "ok");
  EXPECT_EQ(calls.calls(), 1U) << "the first call is over";
  ASSERT_EQ(sip.out_.size(), 2U);
  EXPECT_EQ(sip.out_.back().endpoint, kDesk);
  EXPECT_EQ(sip.out_.back().caller.number, "11001") << "John calls, whoever sent him";
  EXPECT_EQ(port_of(john_), port) << "one port, one stream";
  calls.ringing(next());
  EXPECT_THAT(sip.told(jane_), HasSubstr("transfer ringing"));
  calls.answered(next(), sdp("192.0.2.3", {pcmu()}));
  loop.settle();
  EXPECT_THAT(sip.told(jane_), HasSubstr("transfer answered hangup"));
  EXPECT_EQ(port_of(john_)->to_, port_of(next()));
  EXPECT_EQ(state_of(john_), ChannelState::up);
  calls.ended(john_, {});
  loop.settle();
  ASSERT_EQ(books.ended_.size(), 2U);
  EXPECT_EQ(books.ended_[0].linked_id, books.ended_[1].linked_id);
  EXPECT_EQ(books.ended_[1].dialled, "19001");
}

TEST_F(TransferTest, TheCallerSendsTheCalledPartyOn) {
  script_dials("sip/SEP0011223300A1");
  ASSERT_EQ(on(john_, "19001"), "ok");
  EXPECT_EQ(sip.out_.back().caller.number, "11002") << "Jane is the caller now";
  calls.answered(next(), sdp("192.0.2.3", {pcmu()}));
  loop.settle();
  EXPECT_EQ(port_of(jane_)->to_, port_of(next()));
  EXPECT_THAT(sip.told(john_), HasSubstr("transfer answered hangup"));
}

TEST_F(TransferTest, NobodyThereGoesBackToWhoSentIt) {
  script_dials("sip/SEP0011223300A1");
  ASSERT_EQ(on(jane_, "19001"), "ok");
  calls.ended(next(), {Cause::busy, "Busy Here", 486});
  loop.settle();
  EXPECT_EQ(sip.last(jane_, "transfer failed").ending.cause, Cause::busy);
  EXPECT_EQ(port_of(john_)->to_, port_of(jane_)) << "they talk again";
  calls.ended(jane_, {});
  loop.settle();
  EXPECT_EQ(state_of(john_), ChannelState::ended) << "and when one hangs up it is over";
  EXPECT_EQ(calls.calls(), 0U);
}

TEST_F(TransferTest, WhoHasHungUpMeanwhileIsNotMissed) {
  script_dials("sip/SEP0011223300A1");
  ASSERT_EQ(on(jane_, "19001"), "ok");
  calls.ended(jane_, {});
  loop.settle();
  EXPECT_EQ(state_of(john_), ChannelState::up);
  calls.answered(next(), sdp("192.0.2.3", {pcmu()}));
  loop.settle();
  EXPECT_EQ(port_of(john_)->to_, port_of(next()));
}

TEST_F(TransferTest, AttendedJoinsTheOtherSides) {
  script_dials("sip/SEP0011223300A1");
  auto leg = leg_from(kJane, "19001");  // Jane asks the desk first
  const ChannelId asking = leg.channel;
  ASSERT_TRUE(calls.incoming(sip, std::move(leg)));
  loop.settle();
  const ChannelId desk = next();
  calls.answered(desk, sdp("192.0.2.3", {pcmu()}));
  loop.settle();
  ASSERT_TRUE(calls.transfer(jane_, {"", asking}));
  loop.settle();
  EXPECT_EQ(port_of(john_)->to_, port_of(desk));
  EXPECT_EQ(port_of(desk)->to_, port_of(john_));
  EXPECT_THAT(sip.told(jane_), HasSubstr("transfer answered hangup"));
  EXPECT_THAT(sip.told(asking), HasSubstr("hangup"));
  EXPECT_EQ(sip.shown_[desk].number, "11001");
  calls.ended(desk, {});
  loop.settle();
  EXPECT_EQ(calls.calls(), 0U) << "the whole of it is over";
}

TEST_F(TransferTest, AttendedWhileItStillRings) {
  script_dials("sip/SEP0011223300A1");
  auto leg = leg_from(kJane, "19001");
  const ChannelId asking = leg.channel;
  ASSERT_TRUE(calls.incoming(sip, std::move(leg)));
  loop.settle();
  const ChannelId desk = next();
  calls.ringing(desk);
  ASSERT_TRUE(calls.transfer(jane_, {"", asking}));
  loop.settle();
  EXPECT_EQ(state_of(john_), ChannelState::up);
  calls.answered(desk, sdp("192.0.2.3", {pcmu()}));
  loop.settle();
  EXPECT_EQ(port_of(john_)->to_, port_of(desk));
}

TEST_F(TransferTest, WhatMayNotBe) {
  EXPECT_EQ(on(jane_, "911"), "nobody is sent on to an emergency number");
  EXPECT_EQ(on(jane_, ""), "no number to send the call on to");
  EXPECT_EQ(on(999, "19001"), "that call is over");
  EXPECT_FALSE(calls.transfer(jane_, {"", john_})) << "its own call";
  EXPECT_FALSE(calls.transfer(jane_, {"", 999}));
  script_dials("sip/SEP0011223300A1");
  auto leg = leg_from("SEP0011223300B1", "19001");
  const ChannelId stranger = leg.channel;
  ASSERT_TRUE(calls.incoming(sip, std::move(leg)));
  loop.settle();
  calls.answered(next(), sdp("192.0.2.3", {pcmu()}));
  loop.settle();
  EXPECT_EQ(calls.transfer(jane_, {"", stranger}).error().message, "that is somebody else's call");
  EXPECT_EQ(port_of(john_)->to_, port_of(jane_)) << "nothing has happened";
}

}  // namespace
}  // namespace tandem::test
