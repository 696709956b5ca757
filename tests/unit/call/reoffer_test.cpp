// Changes of media in mid-call: hold, new codecs, refusals, and callers who offer nothing.
#include "call_fixture.h"

namespace tandem::test {
namespace {

using D = MediaDirection;

class ReofferTest : public CallTest {
 protected:
  void SetUp() override {
    john = answered_call();
    jane = out();
  }
  ChannelId john = 0, jane = 0;
};

TEST_F(ReofferTest, HoldAndResume) {
  calls.offered(john, sdp("192.0.2.1", default_codecs(), D::sendonly));
  EXPECT_EQ(sip.last(john, "accept").media.direction, D::recvonly);
  EXPECT_EQ(sip.count("offer"), 0u) << "Jane need not know";
  EXPECT_EQ(port_of(john)->to_, port_of(jane)) << "music of whoever holds goes on";
  EXPECT_EQ(port_of(jane)->to_, nullptr) << "nobody listens to Jane";
  EXPECT_EQ(port_of(john)->timeout_, seconds(0)) << "most phones send nothing while they hold";
  EXPECT_EQ(port_of(jane)->timeout_, seconds(60));

  calls.offered(john, sdp("192.0.2.1"));
  EXPECT_EQ(sip.last(john, "accept").media.direction, D::sendrecv);
  EXPECT_EQ(port_of(jane)->to_, port_of(john));
  EXPECT_EQ(port_of(john)->timeout_, seconds(60));
}

TEST_F(ReofferTest, InactiveStopsBothWays) {
  calls.offered(jane, sdp("192.0.2.2", {pcmu()}, D::inactive));
  EXPECT_EQ(sip.last(jane, "accept").media.direction, D::inactive);
  EXPECT_EQ(port_of(john)->to_, nullptr);
  EXPECT_EQ(port_of(jane)->to_, nullptr);
  EXPECT_EQ(port_of(jane)->timeout_, seconds(0));
}

TEST_F(ReofferTest, NewAddressStaysBetweenThatPartyAndUs) {
  calls.offered(jane, sdp("192.0.2.77", {pcmu()}));
  EXPECT_EQ(sip.last(jane, "accept").media.codecs.at(0).name, "PCMU");
  EXPECT_EQ(port_of(jane)->remote_rtp_.host(), "192.0.2.77");
  EXPECT_EQ(sip.count("offer"), 0u);
}

TEST_F(ReofferTest, HoldTheOldWayKeepsTheAddress) {
  calls.offered(john, sdp("0.0.0.0", default_codecs(), D::inactive));
  EXPECT_EQ(port_of(john)->remote_rtp_.host(), "192.0.2.1");
  EXPECT_EQ(sip.count("accept"), 1u);
}

TEST_F(ReofferTest, AnotherCodecNeedsTheOtherSide) {
  calls.offered(john, sdp("192.0.2.1", {pcma()}));
  EXPECT_EQ(sip.count("accept"), 0u) << "not before Jane agrees";
  EXPECT_EQ(sip.last(jane, "offer").media.codecs.at(0).name, "PCMA");
  calls.offer_answered(jane, sdp("192.0.2.2", {pcma()}));
  EXPECT_EQ(sip.last(john, "accept").media.codecs.at(0).name, "PCMA");
  EXPECT_EQ(port_of(john)->ours_.codecs.at(0).name, "PCMA");
  EXPECT_TRUE(port_of(john)->takes_from(*port_of(jane)));
  EXPECT_TRUE(port_of(jane)->takes_from(*port_of(john)));
}

// John has offered both laws, but is talking in one of them.
TEST_F(ReofferTest, WhatTheCallerOnceOfferedIsNotWhatHeTalksIn) {
  calls.offered(jane, sdp("192.0.2.2", {pcma()}));
  EXPECT_EQ(sip.count("accept"), 0u);
  EXPECT_EQ(sip.last(john, "offer").media.codecs.at(0).name, "PCMA");
  calls.offer_answered(john, sdp("192.0.2.1", {pcma()}));
  EXPECT_EQ(sip.last(jane, "accept").media.codecs.at(0).name, "PCMA");
  EXPECT_TRUE(port_of(john)->takes_from(*port_of(jane)));
}

TEST_F(ReofferTest, WhereTheOtherSideDoesNotFollowWeTranscode) {
  calls.offered(john, sdp("192.0.2.1", {pcma()}));
  calls.offer_answered(jane, Error{ErrorCode::unsupported, "488 Not Acceptable Here"});
  EXPECT_EQ(sip.last(john, "accept").media.codecs.at(0).name, "PCMA");
  EXPECT_EQ(port_of(jane)->theirs_.codecs.at(0).name, "PCMU") << "still in PCMU";
  EXPECT_EQ(port_of(john)->to_, port_of(jane));
  EXPECT_FALSE(port_of(jane)->takes_from(*port_of(john)));
  calls.offered(john, sdp("192.0.2.1", {pcma()}, D::sendonly));
  EXPECT_EQ(sip.count("offer"), 2u) << "and the next change is free to begin";
}

TEST_F(ReofferTest, WhatCannotBeTranscodedIsRefusedWithTheOtherSide) {
  media.codecs_.insert(media.codecs_.begin(), Codec{.name = "G729", .payload_type = 18});
  calls.offered(john, sdp("192.0.2.1", {Codec{.name = "G729", .payload_type = 18}}));
  EXPECT_EQ(sip.last(jane, "offer").media.codecs.at(0).name, "G729");
  calls.offer_answered(jane, Error{ErrorCode::unsupported, "488 Not Acceptable Here"});
  EXPECT_EQ(sip.last(john, "refuse").why.code, ErrorCode::unsupported);
  EXPECT_EQ(state_of(john), ChannelState::up);
}

TEST_F(ReofferTest, OneChangeAtATime) {
  calls.offered(john, sdp("192.0.2.1", {pcma()}));
  calls.offered(jane, sdp("192.0.2.2", {pcmu()}, D::sendonly));
  EXPECT_EQ(sip.last(jane, "refuse").why.code, ErrorCode::busy) << "491: try again";
  calls.offered(john, sdp("192.0.2.1", {pcmu()}));
  EXPECT_EQ(sip.last(john, "refuse").why.code, ErrorCode::busy);
}

TEST_F(ReofferTest, NothingThatWeKnow) {
  calls.offered(john, sdp("192.0.2.1", {Codec{.name = "G729", .payload_type = 18}}));
  EXPECT_EQ(sip.last(john, "refuse").why.code, ErrorCode::unsupported);
  EXPECT_EQ(sip.count("offer"), 0u);
  EXPECT_EQ(state_of(john), ChannelState::up);
}

TEST_F(ReofferTest, OtherSideGoesInTheMiddleOfAChange) {
  sip.place("pstn", {"192.0.2.80:5060"});
  dialplan.heard_.clear();
  calls.offered(john, sdp("192.0.2.1", {pcma()}));
  calls.ended(jane, {});
  EXPECT_EQ(sip.last(john, "refuse").why.code, ErrorCode::unavailable) << "the question must not stay open";
  loop.settle();
}

TEST_F(ReofferTest, AskerGoesInTheMiddleOfAChange) {
  calls.offered(john, sdp("192.0.2.1", {pcma()}));
  calls.ended(john, {});
  calls.offer_answered(jane, sdp("192.0.2.2", {pcma()}));
  loop.settle();
  EXPECT_EQ(sip.count("accept") + sip.count("refuse"), 0u);
  EXPECT_EQ(calls.calls(), 0u);
}

TEST_F(CallTest, ChangeBeforeTheAnswerIsRefused) {
  script_dials("user/jane.white");
  const ChannelId john = john_calls();
  calls.offered(john, sdp("192.0.2.1"));
  EXPECT_EQ(sip.last(john, "refuse").why.code, ErrorCode::unavailable);
}

TEST_F(CallTest, EchoSurvivesAChangeOfCodec) {
  dialplan.body_ = [](FakeScript& run) { ASSERT_TRUE(run.call().echo()); };
  const ChannelId john = john_calls("600");
  calls.offered(john, sdp("192.0.2.1", {pcma()}));
  EXPECT_EQ(sip.last(john, "accept").media.codecs.at(0).name, "PCMA");
  EXPECT_EQ(port_of(john)->to_, port_of(john));
  EXPECT_TRUE(port_of(john)->takes_from(*port_of(john)));
}

class OfferlessTest : public CallTest {
 protected:
  void SetUp() override {
    script_dials("user/jane.white");
    auto leg = leg_from(kJohn, "11002");
    leg.offer.reset();
    john = leg.channel;
    ASSERT_TRUE(calls.incoming(sip, leg));
    loop.settle();
    ASSERT_EQ(sip.out_.size(), 1u);
  }
  ChannelId john = 0;
};

TEST_F(OfferlessTest, OurAnswerIsTheOffer) {
  EXPECT_EQ(sip.out_[0].offer.codecs.size(), default_codecs().size()) << "Jane is offered what we have";
  calls.answered(out(), sdp("192.0.2.2", {pcma()}));
  EXPECT_EQ(sip.last(john, "answer").media.codecs.at(0).name, "PCMA");
  EXPECT_EQ(port_of(john)->to_, nullptr) << "where John is we do not know yet";
  calls.offer_answered(john, sdp("192.0.2.1", {pcma()}));
  EXPECT_EQ(port_of(john)->to_, port_of(out()));
  EXPECT_EQ(port_of(out())->to_, port_of(john));
  EXPECT_EQ(port_of(john)->remote_rtp_.host(), "192.0.2.1");
  EXPECT_EQ(port_of(john)->timeout_, seconds(60));
}

TEST_F(OfferlessTest, NoEarlyMediaButRinging) {
  calls.progress(out(), sdp("192.0.2.2", {pcma()}));
  EXPECT_EQ(sip.told(john), "ring");
}

TEST_F(OfferlessTest, NoAnswerInTheAckEndsTheCall) {
  calls.answered(out(), sdp("192.0.2.2"));
  calls.offer_answered(john, Error{ErrorCode::unsupported, "no answer in the ACK"});
  loop.settle();
  EXPECT_EQ(sip.last(john, "hangup").ending.cause, Cause::incompatible);
  EXPECT_EQ(calls.calls(), 0u);
}

TEST_F(OfferlessTest, AnswerToSomethingThatWeDidNotOfferEndsTheCall) {
  calls.answered(out(), sdp("192.0.2.2", {pcmu()}));
  calls.offer_answered(john, sdp("192.0.2.1", {Codec{.name = "G729", .payload_type = 18}}));
  EXPECT_EQ(sip.last(john, "hangup").ending.cause, Cause::incompatible);
}

TEST_F(OfferlessTest, CalledSideWithNothingThatWeKnow) {
  calls.answered(out(), sdp("192.0.2.2", {Codec{.name = "G729", .payload_type = 18}}));
  EXPECT_EQ(sip.count("answer"), 0u) << "no 200 without a codec in it";
  loop.settle();
  EXPECT_EQ(dialplan.heard_, std::vector<std::string>{"\"congestion\""});
}

// A change that needs the caller's consent while our own offer to it is still out.
TEST_F(OfferlessTest, ChangeBeforeTheAckMustWait) {
  calls.answered(out(), sdp("192.0.2.2", {pcmu()}));
  calls.offered(out(), sdp("192.0.2.2", {pcma()}));
  EXPECT_EQ(sip.last(out(), "refuse").why.code, ErrorCode::busy);
  calls.offer_answered(john, sdp("192.0.2.1", {pcmu()}));
  EXPECT_EQ(port_of(john)->to_, port_of(out()));
}

}  // namespace
}  // namespace tandem::test
