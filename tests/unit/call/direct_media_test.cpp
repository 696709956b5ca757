// Media past us: when it goes, what brings it back, and what happens when somebody does not want to.
#include "call_fixture.h"

namespace tandem::test {
namespace {

using D = MediaDirection;

class DirectMediaTest : public CallTest {
 protected:
  void SetUp() override {
    sip.policies_[kJohn].direct = sip.policies_[kJane].direct = true;
    john = answered_call();
    jane = out();
  }
  size_t offers(ChannelId channel) const {
    return static_cast<size_t>(
        std::count_if(sip.orders_.begin(), sip.orders_.end(), [&](const auto& o) { return o.channel == channel && o.what == "offer"; }));
  }
  /// Both agree.
  void go_direct() {
    calls.offer_answered(john, sdp("192.0.2.1", {pcmu()}));
    calls.offer_answered(jane, sdp("192.0.2.2", {pcmu()}));
  }
  std::string told_to(ChannelId channel) { return sip.last(channel, "offer").media.rtp.host(); }
  ChannelId john = 0, jane = 0;
};

TEST_F(DirectMediaTest, EachIsToldOfTheOther) {
  ASSERT_EQ(offers(john), 1u);
  EXPECT_EQ(told_to(john), "192.0.2.2");
  EXPECT_EQ(offers(jane), 0u) << "one after the other";
  calls.offer_answered(john, sdp("192.0.2.11", {pcmu()}));
  ASSERT_EQ(offers(jane), 1u);
  EXPECT_EQ(told_to(jane), "192.0.2.11") << "where John is now";
  calls.offer_answered(jane, sdp("192.0.2.2", {pcmu()}));
  loop.settle();
  EXPECT_EQ(port_of(john)->timeout_, seconds(0)) << "nothing comes here any more, and that is no silence";
  EXPECT_EQ(offers(john) + offers(jane), 2u);
}

TEST_F(DirectMediaTest, HoldBringsItBackAndResumeSendsItAway) {
  go_direct();
  calls.offered(john, sdp("192.0.2.1", {pcmu()}, D::sendonly));
  EXPECT_EQ(sip.last(john, "accept").media.rtp, port_of(john)->local_rtp()) << "with the music of ours";
  EXPECT_EQ(sip.last(jane, "offer").media.rtp, port_of(jane)->local_rtp());
  calls.offer_answered(jane, sdp("192.0.2.2", {pcmu()}));
  EXPECT_EQ(port_of(john)->to_, port_of(jane));
  EXPECT_EQ(offers(jane), 2u);
  calls.offered(john, sdp("192.0.2.1", {pcmu()}));
  loop.settle();
  EXPECT_EQ(told_to(john), "192.0.2.2");
}

TEST_F(DirectMediaTest, ARecordingBringsItBack) {
  go_direct();
  auto& call = const_cast<CallImpl&>(*calls.all().at(0));
  ASSERT_TRUE(call.record("meeting"));
  EXPECT_EQ(sip.last(john, "offer").media.rtp, port_of(john)->local_rtp());
  EXPECT_EQ(sip.last(jane, "offer").media.rtp, port_of(jane)->local_rtp());
  calls.offer_answered(jane, sdp("192.0.2.2", {pcmu()}));
  calls.offer_answered(john, sdp("192.0.2.1", {pcmu()}));
  loop.settle();
  EXPECT_EQ(port_of(john)->to_, port_of(jane));
  EXPECT_EQ(port_of(john)->timeout_, seconds(60));
  EXPECT_EQ(offers(john) + offers(jane), 4u) << "and it stays";
}

TEST_F(DirectMediaTest, ARecordingInTheMiddleOfTheWayThere) {
  auto& call = const_cast<CallImpl&>(*calls.all().at(0));
  ASSERT_TRUE(call.record("meeting"));
  calls.offer_answered(john, sdp("192.0.2.1", {pcmu()}));
  EXPECT_EQ(offers(jane), 0u);
  EXPECT_EQ(sip.last(john, "offer").media.rtp, port_of(john)->local_rtp());
}

TEST_F(DirectMediaTest, WhoRefusesIsLeftAlone) {
  calls.offer_answered(john, Error{ErrorCode::unsupported, "488 Not Acceptable Here"});
  loop.settle();
  EXPECT_EQ(offers(jane), 0u);
  EXPECT_EQ(port_of(john)->to_, port_of(jane));
  calls.offered(john, sdp("192.0.2.1", {pcmu()}, D::sendonly));
  calls.offered(john, sdp("192.0.2.1", {pcmu()}));
  loop.settle();
  EXPECT_EQ(offers(john), 1u) << "not asked again";
}

TEST_F(DirectMediaTest, TheOtherOneRefuses) {
  calls.offer_answered(john, sdp("192.0.2.1", {pcmu()}));
  calls.offer_answered(jane, Error{ErrorCode::unsupported, "488 Not Acceptable Here"});
  EXPECT_EQ(sip.last(john, "offer").media.rtp, port_of(john)->local_rtp()) << "John comes back";
  calls.offer_answered(john, sdp("192.0.2.1", {pcmu()}));
  EXPECT_EQ(port_of(john)->to_, port_of(jane));
  EXPECT_EQ(state_of(john), ChannelState::up);
}

TEST_F(DirectMediaTest, AChangeOnTheWayHasToWait) {
  calls.offered(jane, sdp("192.0.2.2", {pcmu()}, D::sendonly));
  EXPECT_EQ(sip.last(jane, "refuse").why.code, ErrorCode::busy) << "491";
}

TEST_F(DirectMediaTest, OneGoesInTheMiddle) {
  calls.ended(jane, {});
  calls.offer_answered(john, sdp("192.0.2.1", {pcmu()}));
  loop.settle();
}

TEST_F(CallTest, NotAcrossNatEncryptionOrFamilies) {
  sip.policies_[kJohn].direct = sip.policies_[kJane].direct = true;
  script_dials("user/jane.white");
  auto leg = leg_from(kJohn, "11002");
  leg.offer->rtp = *SocketAddress::from("2001:db8::1", 4000);
  ASSERT_TRUE(calls.incoming(sip, leg));
  loop.settle();
  calls.answered(out(), sdp("192.0.2.2", {pcmu()}));
  loop.settle();
  EXPECT_EQ(sip.count("offer"), 0u);
}

TEST_F(CallTest, NotUnlessBothMay) {
  sip.policies_[kJohn].direct = true;
  answered_call();
  EXPECT_EQ(sip.count("offer"), 0u);
}

}  // namespace
}  // namespace tandem::test
