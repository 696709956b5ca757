// A call from its first INVITE to its record: who may begin it, who may end it, and that nothing is left.
#include "call_fixture.h"

namespace tandem::test {
namespace {

TEST_F(CallTest, BeginningIsPublishedWithTheCallerAlone) {
  answered_call();
  ASSERT_EQ(books.started_.size(), 1u);
  const CallRecord& begun = books.started_[0];
  EXPECT_TRUE(begun.call.starts_with("C-")) << begun.call;
  EXPECT_EQ(begun.caller.number, "11001") << "the directory knows who is at the phone";
  EXPECT_EQ(begun.caller.name, "John Doe");
  EXPECT_EQ(begun.dialled, "11002");
  ASSERT_EQ(begun.legs.size(), 1u);
  EXPECT_EQ(begun.legs[0].endpoint, kJohn);
  EXPECT_EQ(begun.legs[0].user, "john.doe");
  EXPECT_EQ(begun.legs[0].protocol_id, "call-id");
}

TEST_F(CallTest, IdsAreNotUsedAgainAfterARestart) {
  john_calls("600");
  const std::string before = books.started_.back().call;
  loop.advance(milliseconds(1));
  VerbTable other_verbs;
  Switch restarted(loop, books, directory, media, other_verbs);
  restarted.set_dialplan(&dialplan);
  auto leg = leg_from(kJohn, "600");
  leg.channel = 1000;
  ASSERT_TRUE(restarted.incoming(sip, leg));
  EXPECT_NE(books.started_.back().call, before);
  restarted.ended(1000, {});
  loop.settle();
}

TEST_F(CallTest, TheRecordTellsTheStoryOfEachLeg) {
  const ChannelId john = answered_call();
  port_of(john)->counts_.received_packets = 500;
  loop.advance(seconds(10));
  calls.ended(john, {Cause::normal, "bye"});
  loop.settle();
  const CallRecord& done = record();
  EXPECT_EQ(done.end - done.start, seconds(10));
  ASSERT_TRUE(done.answer);
  ASSERT_EQ(done.legs.size(), 2u);
  EXPECT_EQ(done.legs[0].media.received_packets, 500u);
  EXPECT_EQ(done.legs[0].codec, "PCMU");
  EXPECT_TRUE(done.legs[0].ringing && done.legs[0].answer);
  EXPECT_EQ(done.legs[0].ending.text, "bye");
  EXPECT_TRUE(done.legs[1].outgoing);
  EXPECT_EQ(done.legs[1].user, "jane.white");
  EXPECT_EQ(done.legs[1].number, "11002");
  EXPECT_EQ(done.legs[1].protocol_id, "id-2");
}

TEST_F(CallTest, WhoHungUpIsAnsweredWhenTheRecordIsDurable) {
  books.slow_ = true;
  const ChannelId john = answered_call();
  calls.ended(john, {Cause::normal, ""});
  loop.settle();
  ASSERT_EQ(books.writing_.size(), 1u);
  EXPECT_TRUE(sip.settled_.empty());
  books.writing_.clear();
  EXPECT_EQ(sip.settled_, std::vector{john}) << "and not the other side, which we hung up ourselves";
}

TEST_F(CallTest, ScriptThatReturnsWithoutAnswering) {
  const ChannelId john = john_calls();
  EXPECT_EQ(sip.told(john), "hangup");
  EXPECT_EQ(record().disposition, "failed");
  EXPECT_EQ(record().ending.cause, Cause::normal);
}

TEST_F(CallTest, NoExtensionFits) {
  dialplan.body_ = [](FakeScript& run) { run.finish({.matched = false, .ending = std::nullopt}); };
  const ChannelId john = john_calls("77777");
  EXPECT_EQ(sip.last(john, "hangup").ending.cause, Cause::unallocated);
  EXPECT_TRUE(decided("no extension of context phones fits 77777"));
}

TEST_F(CallTest, ScriptsOwnEndingIsKept) {
  dialplan.body_ = [](FakeScript& run) {
    run.finish({.matched = true, .ending = Ending{Cause::forbidden, "Not permitted while logged out", 403}});
  };
  const ChannelId john = john_calls();
  EXPECT_EQ(sip.last(john, "hangup").ending.text, "Not permitted while logged out");
  EXPECT_EQ(record().ending.protocol_status, 403);
}

TEST_F(CallTest, DialplanThatCannotStart) {
  dialplan.broken_ = Error{ErrorCode::unavailable, "no dialplan is loaded"};
  const ChannelId john = john_calls();
  EXPECT_EQ(sip.last(john, "hangup").ending.cause, Cause::out_of_order);
}

TEST_F(CallTest, AnswerWaitAndAbortInTheMiddle) {
  dialplan.body_ = [](FakeScript& run) {
    run.verb("answer", Value::array(),
             [&run](const auto&) { run.verb("wait", Value::array({2.5}), [&run](const auto&) { run.finish(); }); });
  };
  const ChannelId john = john_calls();
  EXPECT_EQ(sip.told(john), "answer");
  EXPECT_EQ(loop.timers(), 1u);
  loop.advance(milliseconds(2499));
  EXPECT_EQ(sip.told(john), "answer");
  loop.advance(milliseconds(1));
  EXPECT_EQ(sip.told(john), "answer hangup");

  const ChannelId again = john_calls();
  calls.ended(again, {});
  loop.settle();
  EXPECT_EQ(loop.timers(), 0u) << "an aborted wait is disarmed";
  EXPECT_EQ(dialplan.aborted_.size(), 1u);
}

TEST_F(CallTest, WaitTakesOneSaneNumber) {
  for (const Value& args : {Value::array(), Value::array({"1"}), Value::array({-1}), Value::array({86401}), Value::array({1, 2}),
                            Value::array({std::numeric_limits<double>::quiet_NaN()})}) {
    dialplan.body_ = [&](FakeScript& run) { run.verb("wait", args, [&run](const auto&) { run.finish(); }); };
    john_calls();
    EXPECT_NE(dialplan.heard_.back().find("one number of seconds"), std::string::npos) << args.dump();
  }
}

TEST_F(CallTest, HangupTwiceIsOnce) {
  const ChannelId john = answered_call();
  calls.hangup_all({Cause::normal, "first"});
  calls.hangup_all({Cause::congestion, "second"});
  loop.settle();
  EXPECT_EQ(sip.told(john), "ring answer hangup");
  EXPECT_EQ(sip.told(out()), "originate hangup");
  EXPECT_EQ(record().ending.text, "first");
  EXPECT_FALSE(record().legs[0].hung_up_first);
  EXPECT_FALSE(record().legs[1].hung_up_first);
}

TEST_F(CallTest, FactsAboutChannelsThatHaveGoneAreIgnored) {
  const ChannelId john = answered_call();
  calls.ended(john, {});
  loop.settle();
  for (const ChannelId gone : {john, out(), ChannelId{0}, ChannelId{4711}}) {
    calls.ringing(gone);
    calls.progress(gone, sdp("192.0.2.2"));
    calls.answered(gone, sdp("192.0.2.2"));
    calls.offered(gone, sdp("192.0.2.2"));
    calls.offer_answered(gone, Error{ErrorCode::timeout, ""});
    calls.ended(gone, {});
    calls.digit(gone, '5');
  }
  EXPECT_EQ(books.ended_.size(), 1u);
}

TEST_F(CallTest, CallerLeavesBeforeTheScriptHasBegun) {
  bool ran = false;
  dialplan.body_ = [&](FakeScript&) { ran = true; };
  auto leg = leg_from(kJohn, "11002");
  ASSERT_TRUE(calls.incoming(sip, leg));
  calls.ended(leg.channel, {});
  loop.settle();
  EXPECT_FALSE(ran);
  EXPECT_EQ(record().disposition, "cancelled");
}

TEST_F(CallTest, DecisionsAreBounded) {
  dialplan.body_ = [](FakeScript& run) {
    for (int i = 0; i < 5000; ++i) run.call().explain("round and round");
    run.finish();
  };
  john_calls();
  EXPECT_EQ(record().decisions.size(), 100u);
}

TEST_F(CallTest, EchoUntilTheCallEnds) {
  dialplan.body_ = [](FakeScript& run) { ASSERT_TRUE(run.call().echo()); };
  const ChannelId john = john_calls("600");
  EXPECT_EQ(port_of(john)->to_, port_of(john));
  EXPECT_EQ(port_of(john)->remote_rtp_.to_string(), "192.0.2.1:4000");
  calls.ended(john, {});
  loop.settle();
  EXPECT_EQ(record().disposition, "answered");
}

TEST_F(CallTest, NoAnswerToACallerWhoHasGone) {
  Result<void> late;
  dialplan.body_ = [&](FakeScript& run) {
    run.call().hangup({});
    late = run.call().answer();
    run.finish();
  };
  const ChannelId john = john_calls();
  ASSERT_FALSE(late);
  EXPECT_EQ(late.error().code, ErrorCode::unavailable);
  EXPECT_EQ(sip.told(john), "hangup");
}

TEST_F(CallTest, RefusedAtTheDoorLeavesNoTrace) {
  auto leg = leg_from(kJohn, "11002");
  leg.offer = sdp("192.0.2.1", {Codec{.name = "G729", .payload_type = 18}});
  auto refused = calls.incoming(sip, leg);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::unsupported);

  media.most_ = 0;
  refused = calls.incoming(sip, leg_from(kJohn, "11002"));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::exhausted);

  calls.set_dialplan(nullptr);
  refused = calls.incoming(sip, leg_from(kJohn, "11002"));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::unavailable);

  calls.set_gate(Switch::Gate::shut);
  refused = calls.incoming(sip, leg_from(kJohn, "911"));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::unavailable);
  loop.settle();
  EXPECT_EQ(calls.calls(), 0u);
  EXPECT_EQ(calls.legs_of("sip"), 0u);
  EXPECT_TRUE(books.started_.empty());
  EXPECT_TRUE(sip.orders_.empty());
}

TEST_F(CallTest, AModuleMayRefuseNewCallsButNoEmergency) {
  std::string why = "100000 call records wait";
  auto refusal = calls.refuse_while([&] { return why; });
  const auto refused = calls.incoming(sip, leg_from(kJohn, "600"));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::exhausted);
  EXPECT_EQ(refused.error().message, why);
  EXPECT_TRUE(calls.incoming(sip, leg_from(kJohn, "112")));
  why.clear();
  EXPECT_TRUE(calls.incoming(sip, leg_from(kJohn, "600")));
  why = "again";
  refusal.reset();
  EXPECT_TRUE(calls.incoming(sip, leg_from(kJohn, "600")));
}

TEST_F(CallTest, TheLimitOfCallsAndEmergencyPastIt) {
  calls.configure({.max_calls = 1});
  answered_call();
  const auto refused = calls.incoming(sip, leg_from(kJohn, "11002"));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::exhausted);
  EXPECT_TRUE(calls.incoming(sip, leg_from(kJohn, "911")));
  EXPECT_FALSE(calls.incoming(sip, leg_from(kJohn, "9115")));
  loop.settle();
}

TEST_F(CallTest, AStrainedOrStoppingSwitchTakesEmergencyCallsAlone) {
  calls.set_strain("the load average is 9.00, more than 4.00");
  EXPECT_EQ(calls.incoming(sip, leg_from(kJohn, "11002")).error().code, ErrorCode::exhausted);
  EXPECT_TRUE(calls.incoming(sip, leg_from(kJohn, "911")));
  calls.set_strain("");
  EXPECT_TRUE(calls.incoming(sip, leg_from(kJohn, "11002")));
  calls.set_gate(Switch::Gate::emergency_only);
  EXPECT_EQ(calls.incoming(sip, leg_from(kJohn, "11002")).error().code, ErrorCode::unavailable);
  EXPECT_TRUE(calls.incoming(sip, leg_from(kJohn, "112")));
  calls.set_gate(Switch::Gate::shut);
  EXPECT_FALSE(calls.incoming(sip, leg_from(kJohn, "112")));
  loop.settle();
}

TEST_F(CallTest, SilenceEndsAnAnsweredCall) {
  const ChannelId john = answered_call();
  EXPECT_EQ(port_of(john)->timeout_, seconds(60));
  EXPECT_EQ(port_of(out())->timeout_, seconds(60));
  port_of(out())->listener_({MediaEvent::Kind::silent});
  loop.settle();
  EXPECT_EQ(sip.last(john, "hangup").ending.cause, Cause::recovery_on_timer);
  EXPECT_TRUE(decided("no RTP from SEP001122330002 for 60 s"));
  EXPECT_EQ(record().disposition, "answered");
}

TEST_F(CallTest, AddressInDescriptionsIsTheAdvertisedOne) {
  media.shown_ = "203.0.113.9";
  const ChannelId john = answered_call();
  EXPECT_EQ(sip.last(john, "answer").media.rtp.host(), "203.0.113.9");
  EXPECT_EQ(sip.out_[0].offer.rtp.host(), "203.0.113.9");
  EXPECT_EQ(sip.out_[0].offer.rtcp.port(), sip.out_[0].offer.rtp.port() + 1);
}

TEST_F(CallTest, DriverThatLeavesEndsItsCalls) {
  const ChannelId john = answered_call();
  driver.reset();
  EXPECT_EQ(calls.driver("sip"), nullptr);
  EXPECT_EQ(calls.legs_of("sip"), 0u);
  EXPECT_EQ(sip.told(john), "ring answer hangup") << "phones are told while there is still somebody to tell them";
  EXPECT_EQ(sip.told(out()), "originate hangup");
  loop.settle();
  EXPECT_EQ(record().ending.cause, Cause::out_of_order);
  EXPECT_FALSE(record().legs[0].hung_up_first);
}

TEST_F(CallTest, DriverThatLeavesWhileItRingsHasNotCancelled) {
  script_dials("user/jane.white");
  john_calls();
  driver.reset();
  loop.settle();
  EXPECT_EQ(record().disposition, "failed");
}

// Only the leg of the driver that leaves is gone: the script hears of it as of any other end.
TEST_F(CallTest, OtherDriversOfACallGoOn) {
  FakeDriver fax("fax", calls, loop);
  fax.place("machine", {"here"});
  auto registered = std::move(*calls.add_driver(fax));
  EXPECT_FALSE(calls.add_driver(fax)) << "the name is taken";
  script_dials("fax/machine");
  const ChannelId john = john_calls();
  ASSERT_EQ(fax.out_.size(), 1u);
  calls.answered(fax.out_[0].channel, sdp("192.0.2.9"));
  EXPECT_EQ(calls.legs_of("fax"), 1u);
  registered.reset();
  loop.settle();
  EXPECT_EQ(dialplan.heard_, std::vector<std::string>{"\"answered\""});
  EXPECT_EQ(sip.told(john), "answer hangup");
  EXPECT_EQ(record().legs[1].ending.cause, Cause::out_of_order);
  EXPECT_EQ(record().ending.cause, Cause::normal) << "the script has gone on";
}

TEST_F(CallTest, SwitchThatGoesWithCallsUpCallsNobodyBack) {
  FakeLoop other;
  VerbTable own;
  Books kept;
  auto gone = std::make_unique<Switch>(other, kept, directory, media, own);
  FakeDriver mine("sip", *gone, other);
  mine.place(kJane, {"sip:jane@a"});
  mine.slow_ = true;
  FakeDialplan plan(other, own);
  plan.body_ = [](FakeScript& run) { run.verb("dial", Value::array({"user/jane.white"}), [&run](const auto&) { run.finish(); }); };
  gone->set_dialplan(&plan);
  {
    const auto registered = gone->add_driver(mine);
    auto leg = leg_from(kJohn, "11002");
    leg.channel = gone->next_channel();
    ASSERT_TRUE(gone->incoming(mine, leg));
    other.settle();
    ASSERT_EQ(mine.out_.size(), 1u);
  }
  gone.reset();
  other.advance(seconds(100));
  EXPECT_EQ(other.timers(), 0u);
  EXPECT_TRUE(plan.running_.empty());
  EXPECT_TRUE(media.ports_.empty());
}

TEST_F(CallTest, VerbTableKeepsNames) {
  EXPECT_FALSE(verbs.add({"dial", "", "", nullptr, nullptr}));
  for (const char* name : {"", "1st", "a-b", "a b"}) EXPECT_FALSE(verbs.add({name, "", "", nullptr, nullptr})) << name;
  auto mine = std::move(*verbs.add({"mine", "", "", nullptr, nullptr}));
  ASSERT_NE(verbs.find("mine"), nullptr);
  {
    const VerbTable::Use use(verbs.find("mine"));
    EXPECT_EQ(verbs.find("mine")->uses, 1u);
  }
  EXPECT_EQ(verbs.find("mine")->uses, 0u);
  mine.reset();
  EXPECT_EQ(verbs.find("mine"), nullptr);
}

}  // namespace
}  // namespace tandem::test
