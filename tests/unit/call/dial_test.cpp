// call:dial: who is rung when, who wins, what the script hears.
#include "call_fixture.h"

namespace tandem::test {
namespace {

class DialTest : public CallTest {
 protected:
  /// Dials and returns what the script hears after `play`.
  std::string outcome(
      Value args, const std::function<void()>& play = [] {}) {
    script_dials(std::move(args));
    john_calls();
    play();
    loop.settle();
    return dialplan.heard_.empty() ? "nothing yet" : dialplan.heard_.back();
  }
};

TEST_F(DialTest, CallerHangsUpAfterTalking) {
  const ChannelId john = answered_call();
  EXPECT_EQ(sip.told(john), "ring answer");
  EXPECT_EQ(port_of(john)->to_, port_of(out())) << "they hear each other";
  EXPECT_EQ(port_of(out())->to_, port_of(john));
  EXPECT_EQ(port_of(john)->affinity_, port_of(out())->affinity_) << "on one media thread";
  calls.ended(john, {Cause::normal, ""});
  loop.settle();
  EXPECT_EQ(sip.told(out()), "originate hangup");
  EXPECT_EQ(dialplan.aborted_, std::vector<std::string>{"normal"});
  EXPECT_EQ(record().disposition, "answered");
  ASSERT_EQ(record().legs.size(), 2u);
  EXPECT_TRUE(record().legs[0].hung_up_first);
  EXPECT_FALSE(record().legs[1].hung_up_first);
}

TEST_F(DialTest, CalledSideHangsUpAfterTalking) {
  const ChannelId john = answered_call();
  const ChannelId jane = out();
  calls.ended(jane, {Cause::normal, ""});
  loop.settle();
  EXPECT_EQ(dialplan.heard_, std::vector<std::string>{"\"answered\""});
  EXPECT_EQ(sip.told(john), "ring answer hangup");
  EXPECT_EQ(sip.told(jane), "originate");
  EXPECT_EQ(record().disposition, "answered");
  EXPECT_FALSE(record().legs[0].hung_up_first);
  EXPECT_TRUE(record().legs[1].hung_up_first);
}

TEST_F(DialTest, TheLaterAnswerOfAForkWinsAndLosersAreToldWhy) {
  sip.place(kJane, {"sip:jane@a", "sip:jane@b"});
  sip.place("SEP0011223300A1", {"sip:desk@c"});
  directory.log_in("jane.white", kDesk);
  script_dials("user/jane.white");
  const ChannelId john = john_calls();
  ASSERT_EQ(sip.out_.size(), 3u);
  for (const auto& leg : sip.out_) calls.ringing(leg.channel);
  EXPECT_EQ(sip.told(john), "ring") << "once, however many ring";
  calls.answered(out(2), sdp("192.0.2.3"));
  loop.settle();
  EXPECT_EQ(sip.last(out(0), "hangup").ending.cause, Cause::answered_elsewhere);
  EXPECT_EQ(sip.last(out(1), "hangup").ending.cause, Cause::answered_elsewhere);
  EXPECT_EQ(sip.told(out(2)), "originate");
  EXPECT_EQ(port_of(john)->to_, port_of(out(2)));
  EXPECT_EQ(calls.legs_of("sip"), 2u);
  calls.ended(john, {});
  loop.settle();
  ASSERT_EQ(record().legs.size(), 4u) << "losers are in the books as well";
  EXPECT_EQ(record().legs[1].ending.cause, Cause::answered_elsewhere);
  EXPECT_EQ(record().legs[3].user, "jane.white");
}

// Two answers in one breath: the second has crossed our CANCEL.
TEST_F(DialTest, AnswerThatCrossesOurHangupWinsNothing) {
  sip.place(kJane, {"sip:jane@a", "sip:jane@b"});
  sip.slow_ = true;
  script_dials("user/jane.white");
  const ChannelId john = john_calls();
  calls.answered(out(0), sdp("192.0.2.2"));
  calls.answered(out(1), sdp("192.0.2.3"));
  loop.settle();
  EXPECT_EQ(sip.told(out(1)), "originate hangup");
  EXPECT_EQ(state_of(out(1)), ChannelState::ending);
  EXPECT_EQ(sip.told(john), "answer") << "answered once";
  EXPECT_EQ(port_of(john)->to_, port_of(out(0)));
}

TEST_F(DialTest, EachTargetHasItsDelay) {
  sip.place("pstn", {"192.0.2.80:5060"});
  script_dials(Value{{"list", {"user/jane.white", {{"list", {"sip/pstn/+14085551234"}}, {"delay", 4}}}}, {"timeout", 10}});
  john_calls();
  EXPECT_EQ(sip.out_.size(), 1u);
  loop.advance(milliseconds(3999));
  EXPECT_EQ(sip.out_.size(), 1u);
  loop.advance(milliseconds(1));
  ASSERT_EQ(sip.out_.size(), 2u);
  EXPECT_EQ(sip.out_[1].number, "+14085551234");
  EXPECT_EQ(sip.out_[1].endpoint, "pstn");
  loop.advance(milliseconds(5999));
  EXPECT_TRUE(dialplan.heard_.empty());
  loop.advance(milliseconds(1));
  EXPECT_EQ(dialplan.heard_, std::vector<std::string>{"\"no-answer\""});
}

TEST_F(DialTest, AnAnswerDisarmsDelayedTargets) {
  sip.place("pstn", {"192.0.2.80:5060"});
  script_dials(Value{{"list", {"user/jane.white", {{"list", {"sip/pstn/+14085551234"}}, {"delay", 4}}}}});
  john_calls();
  calls.answered(out(), sdp("192.0.2.2"));
  loop.advance(seconds(60));
  EXPECT_EQ(sip.out_.size(), 1u);
  EXPECT_TRUE(dialplan.heard_.empty()) << "they still talk";
}

TEST_F(DialTest, DelayedTargetIsRungAlthoughTheFirstHasFailed) {
  sip.place("pstn", {"192.0.2.80:5060"});
  EXPECT_EQ(outcome(Value{{"list", {"user/jane.white", {{"list", {"sip/pstn/1"}}, {"delay", 4}}}}},
                    [&] {
                      calls.ended(out(), {Cause::busy, ""});
                    }),
            "nothing yet");
  loop.advance(seconds(4));
  EXPECT_EQ(sip.out_.size(), 2u);
}

TEST_F(DialTest, TimeoutIsNoAnswer) {
  script_dials(Value{{"list", {"user/jane.white"}}, {"timeout", 5}});
  const ChannelId john = john_calls();
  calls.ringing(out());
  loop.advance(seconds(5));
  EXPECT_EQ(dialplan.heard_, std::vector<std::string>{"\"no-answer\""});
  EXPECT_EQ(sip.last(out(), "hangup").ending.cause, Cause::no_answer);
  EXPECT_EQ(sip.last(john, "hangup").ending.cause, Cause::no_answer) << "a script that just returns passes on why";
  EXPECT_EQ(record().disposition, "no-answer");
}

// What one of several says about the person outweighs what another says about the network.
TEST_F(DialTest, TheMostTellingFailureIsHeard) {
  struct Case {
    Cause first, second;
    const char* heard;
  };
  for (const Case& c :
       {Case{Cause::no_answer, Cause::busy, "\"busy\""}, Case{Cause::busy, Cause::no_answer, "\"busy\""},
        Case{Cause::rejected, Cause::no_answer, "\"rejected\""}, Case{Cause::no_response, Cause::no_answer, "\"no-answer\""},
        Case{Cause::out_of_order, Cause::congestion, "\"congestion\""}, Case{Cause::interworking, Cause::unallocated, "\"invalid-number\""},
        Case{Cause::none, Cause::recovery_on_timer, "\"unavailable\""}}) {
    sip.place(kJane, {"sip:jane@a", "sip:jane@b"});
    sip.out_.clear();
    script_dials("user/jane.white");
    john_calls();
    calls.ended(out(0), {c.first, ""});
    loop.settle();
    EXPECT_EQ(calls.calls(), 1u) << "the other still rings";
    calls.ended(out(1), {c.second, ""});
    loop.settle();
    EXPECT_EQ(dialplan.heard_.back(), c.heard);
    EXPECT_EQ(calls.calls(), 0u);
  }
}

TEST_F(DialTest, BusyReachesTheCallerWithItsWords) {
  EXPECT_EQ(outcome("user/jane.white", [&] { calls.ended(out(), {Cause::busy, "Busy Here", 486}); }), "\"busy\"");
  EXPECT_EQ(record().disposition, "busy");
  EXPECT_EQ(record().ending.text, "Busy Here");
  EXPECT_EQ(record().ending.protocol_status, 486);
  EXPECT_FALSE(record().legs[1].hung_up_first) << "who declines does not end the call";
}

TEST_F(DialTest, UnknownDriver) {
  EXPECT_EQ(outcome("fax/jane"), "\"unavailable\"");
  EXPECT_TRUE(decided("no driver \"fax\""));
  EXPECT_EQ(record().disposition, "failed");
}

TEST_F(DialTest, UnregisteredUnknownAndNowhere) {
  sip.place(kJane, {});
  EXPECT_EQ(outcome("user/jane.white"), "\"unavailable\"");
  EXPECT_TRUE(decided("is not registered"));
  EXPECT_EQ(outcome("sip/nothing"), "\"invalid-number\"");
  EXPECT_EQ(outcome("user/sam.night"), "\"unavailable\"") << "a person who is at no device";
  EXPECT_EQ(outcome("user/nobody"), "\"unavailable\"");
}

// A dial that is over before it waits ends the call as one that is over later does.
TEST_F(DialTest, FailureAtOnceIsPassedOnToo) {
  sip.refuses_["sip:jane@192.0.2.2"] = {ErrorCode::exhausted, "too many sessions"};
  EXPECT_EQ(outcome("user/jane.white"), "\"congestion\"");
  EXPECT_EQ(record().ending.cause, Cause::congestion);
}

TEST_F(DialTest, OneAddressThatFailsLeavesTheOthers) {
  sip.place(kJane, {"sip:jane@a", "sip:jane@b"});
  sip.refuses_["sip:jane@a"] = {ErrorCode::invalid, "no address that can be called"};
  EXPECT_EQ(outcome("user/jane.white"), "nothing yet");
  ASSERT_EQ(sip.out_.size(), 1u);
  EXPECT_EQ(sip.out_[0].address, "sip:jane@b");
  EXPECT_EQ(media.ports_.size(), 2u) << "the port of the one that failed is free again";
}

TEST_F(DialTest, NoPortsLeft) {
  media.most_ = 1;
  EXPECT_EQ(outcome("user/jane.white"), "\"congestion\"");
}

TEST_F(DialTest, LoopGuard) {
  script_dials("user/jane.white");
  auto leg = leg_from(kJohn, "11002");
  leg.hops_left = 1;
  ASSERT_TRUE(calls.incoming(sip, leg));
  loop.settle();
  EXPECT_TRUE(sip.out_.empty());
  EXPECT_EQ(dialplan.heard_, std::vector<std::string>{"\"congestion\""});
  EXPECT_TRUE(decided("too many hops"));

  leg = leg_from(kJohn, "11002");
  leg.hops_left = 2;
  ASSERT_TRUE(calls.incoming(sip, leg));
  loop.settle();
  ASSERT_EQ(sip.out_.size(), 1u);
  EXPECT_EQ(sip.out_[0].hops_left, 1);
}

TEST_F(DialTest, WhoDialsTheirOwnExtensionRingsTheirOtherPhones) {
  sip.place(kJohn, {"sip:john@a"});
  sip.place(kDesk, {"sip:desk@c"});
  directory.log_in("john.doe", kDesk);
  EXPECT_EQ(outcome("user/john.doe"), "nothing yet");
  ASSERT_EQ(sip.out_.size(), 1u);
  EXPECT_EQ(sip.out_[0].endpoint, kDesk);
}

TEST_F(DialTest, WhoHasNoOtherPhoneIsUnavailable) { EXPECT_EQ(outcome("user/john.doe"), "\"unavailable\""); }

TEST_F(DialTest, CallerIsShownAsTheDialplanSays) {
  dialplan.body_ = [](FakeScript& run) {
    EXPECT_EQ(run.call().caller_identity().number, "11001");
    run.call().caller_identity() = {"+14085551001", "J", true};
    run.verb("dial", Value::array({"user/jane.white"}), [&run](const auto&) { run.finish(); });
  };
  john_calls();
  ASSERT_EQ(sip.out_.size(), 1u);
  EXPECT_EQ(sip.out_[0].caller.number, "+14085551001");
  EXPECT_TRUE(sip.out_[0].caller.restricted);
}

TEST_F(DialTest, EmergencyPassesATrunkThatSeemsDown) {
  sip.place("pstn", {});
  EXPECT_EQ(outcome(Value{{"list", {"sip/pstn/911"}}, {"emergency", true}, {"location", "100 Main Street"}}), "nothing yet");
  ASSERT_EQ(sip.out_.size(), 1u);
  EXPECT_TRUE(sip.out_[0].emergency);
  EXPECT_EQ(sip.out_[0].location, "100 Main Street");
}

TEST_F(DialTest, EarlyMediaThenAnswer) {
  script_dials("user/jane.white");
  const ChannelId john = john_calls();
  calls.progress(out(), sdp("192.0.2.2", {pcma()}));
  EXPECT_EQ(sip.told(john), "progress");
  EXPECT_EQ(sip.last(john, "progress").media.codecs.at(0).name, "PCMA") << "what Jane has taken";
  EXPECT_EQ(port_of(out())->to_, port_of(john));
  calls.ringing(out());
  EXPECT_EQ(sip.told(john), "progress") << "no ringing over early media";
  calls.answered(out(), sdp("192.0.2.2", {pcma()}));
  EXPECT_EQ(sip.told(john), "progress answer");
  EXPECT_EQ(sip.last(john, "answer").media.codecs.at(0).name, "PCMA");
}

TEST_F(DialTest, CallerCancelsWhileItRings) {
  script_dials("user/jane.white");
  const ChannelId john = john_calls();
  calls.ringing(out());
  calls.ended(john, {Cause::normal, ""});
  EXPECT_EQ(sip.told(out()), "originate hangup");
  calls.answered(out(), sdp("192.0.2.2"));
  loop.settle();
  EXPECT_EQ(sip.told(john), "ring");
  EXPECT_EQ(record().disposition, "cancelled");
  EXPECT_TRUE(dialplan.heard_.empty());
  EXPECT_EQ(dialplan.aborted_.size(), 1u);
}

TEST_F(DialTest, AbortInTheMiddleStopsDelaysAndTimeout) {
  sip.place("pstn", {"192.0.2.80:5060"});
  script_dials(Value{{"list", {"user/jane.white", {{"list", {"sip/pstn/1"}}, {"delay", 4}}}}});
  const ChannelId john = john_calls();
  sip.slow_ = true;
  calls.ended(john, {});
  loop.settle();
  EXPECT_EQ(loop.timers(), 0u);
  loop.advance(seconds(60));
  EXPECT_EQ(sip.out_.size(), 1u);
  EXPECT_EQ(calls.calls(), 1u) << "until Jane's phone has said its last word";
  EXPECT_TRUE(books.ended_.empty());
  calls.ended(out(), {});
  loop.settle();
  EXPECT_EQ(record().legs.size(), 2u);
}

TEST_F(DialTest, SecondDialAfterTheFirst) {
  sip.place("pstn", {"192.0.2.80:5060"});
  script_dials("user/jane.white", [](FakeScript& run, const std::string& first) {
    EXPECT_EQ(first, "busy");
    run.verb("dial", Value::array({"sip/pstn/1"}), [&run](const auto&) { run.finish(); });
  });
  const ChannelId john = john_calls();
  calls.ended(out(0), {Cause::busy, ""});
  loop.settle();
  ASSERT_EQ(sip.out_.size(), 2u);
  calls.answered(out(1), sdp("192.0.2.80"));
  EXPECT_EQ(sip.told(john), "answer");
  calls.ended(out(1), {});
  loop.settle();
  EXPECT_EQ(record().ending.cause, Cause::normal);
  EXPECT_EQ(record().disposition, "answered");
}

// A script that answered first has settled the caller's codec: it is offered first, and a called side with another one is transcoded.
TEST_F(DialTest, AnotherCodecThanTheCallersIsTranscoded) {
  dialplan.body_ = [](FakeScript& run) {
    ASSERT_TRUE(run.call().answer());
    run.verb("dial", Value::array({"user/jane.white"}), [&run](const auto&) { run.finish(); });
  };
  const ChannelId john = john_calls();
  ASSERT_EQ(sip.out_.size(), 1u);
  EXPECT_EQ(sip.out_[0].offer.codecs.at(0).name, "PCMU") << "what the caller has now";
  EXPECT_EQ(sip.out_[0].offer.codecs.at(1).name, "PCMA") << "what it can be turned into";
  calls.answered(out(), sdp("192.0.2.2", {pcma()}));
  EXPECT_EQ(port_of(john)->to_, port_of(out()));
  EXPECT_FALSE(port_of(out())->takes_from(*port_of(john)));
}

TEST_F(DialTest, AnswerWithNothingInCommonIsInVain) {
  EXPECT_EQ(outcome("user/jane.white", [&] { calls.answered(out(), sdp("192.0.2.2", {Codec{.name = "G729", .payload_type = 18}})); }),
            "\"congestion\"");
  EXPECT_TRUE(decided("answered in vain"));
  EXPECT_EQ(record().disposition, "failed");
}

// A module may go while a target of its driver waits for its turn: nobody's channel is up there.
TEST_F(DialTest, DriverLeavesBeforeItsTargetIsDue) {
  auto fax = std::make_unique<FakeDriver>("fax", calls, loop);
  fax->place("machine", {"here"});
  auto registered = std::move(*calls.add_driver(*fax));
  script_dials(Value{{"list", {"user/jane.white", {{"list", {"fax/machine"}}, {"delay", 4}}}}, {"timeout", 10}});
  john_calls();
  EXPECT_EQ(calls.legs_of("fax"), 0u);
  registered.reset();
  fax.reset();
  loop.advance(seconds(10));
  EXPECT_EQ(dialplan.heard_, std::vector<std::string>{"\"no-answer\""});
  EXPECT_TRUE(decided("no driver \"fax\""));
}

TEST_F(DialTest, BadArgumentsAreTheScriptsError) {
  EXPECT_NE(outcome("nonsense").find("is no target"), std::string::npos);
  EXPECT_TRUE(sip.out_.empty());
}

}  // namespace
}  // namespace tandem::test
