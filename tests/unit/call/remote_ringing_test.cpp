// A line and its remote destinations: when each is rung, whose answer counts, what the record says.
#include "call_fixture.h"
#include "support/fake_remote_destinations.h"

namespace tandem::test {
namespace {

constexpr auto kMobile = "914085557001";
constexpr auto kHome = "914089717272";

class RemoteRingingTest : public CallTest {
 protected:
  RemoteRingingTest() {
    calls.set_remote_destinations([this] { return &remote; });
    sip.place(kJohn, {"sip:john@192.0.2.1"});
    sip.place("pstn", {"192.0.2.80:5060"});
    dialplan.routes_[kMobile] = {Value::array({"sip/pstn/+14085557001"}), Party{"+14085551001", "", false}};
    dialplan.routes_[kHome] = {Value::array({"sip/pstn/+14089717272"}), Party{"+14085551001", "", false}};
  }

  RemoteLeg& mobile() { return leg("mobile", kMobile); }
  RemoteLeg& home() { return leg("home", kHome); }
  RemoteLeg& leg(const std::string& name, const std::string& number) {
    auto& legs = remote.plans_["john.doe"].legs;
    for (auto& one : legs) {
      if (one.number == number) return one;
    }
    legs.reserve(16);  // tests hold on to several
    legs.push_back({"john.doe/" + name, number});
    return legs.back();
  }
  /// Jane calls John; the script has run up to its dial.
  ChannelId jane_calls(Value args = "user/john.doe") {
    script_dials(std::move(args));
    auto incoming = leg_from(kJane, "11001");
    const ChannelId channel = incoming.channel;
    EXPECT_TRUE(calls.incoming(sip, std::move(incoming)));
    loop.settle();
    return channel;
  }
  ChannelId someone_calls() {
    script_dials("user/john.doe");
    auto incoming = leg_from("pstn", "+14085551001");
    incoming.is_device = false;
    incoming.context = "pstn";
    incoming.caller = {"4155550100", "Ann", false};
    const ChannelId channel = incoming.channel;
    EXPECT_TRUE(calls.incoming(sip, std::move(incoming)));
    loop.settle();
    return channel;
  }
  std::string heard() const { return dialplan.heard_.empty() ? "nothing yet" : dialplan.heard_.back(); }
  /// The desk rings, then the mobile is called and rings; Jane waits.
  ChannelId mobile_rings() {
    const ChannelId jane = jane_calls();
    calls.ringing(out(0));
    loop.advance(milliseconds(4000));
    EXPECT_EQ(sip.out_.size(), 2u);
    calls.ringing(out(1));
    return jane;
  }
  void answers(size_t index) {
    calls.answered(out(index), sdp("192.0.2.80"));
    loop.settle();
  }

  FakeRemoteDestinations remote;
};

TEST_F(RemoteRingingTest, TheDelayCountsFromTheLinesRinging) {
  mobile();
  jane_calls();
  loop.advance(milliseconds(300));
  calls.ringing(out(0));
  loop.advance(milliseconds(3999));
  EXPECT_EQ(sip.out_.size(), 1u);
  loop.advance(milliseconds(1));
  ASSERT_EQ(sip.out_.size(), 2u);
  EXPECT_EQ(sip.out_[1].endpoint, "pstn");
  EXPECT_EQ(sip.out_[1].number, "+14085557001");
  EXPECT_EQ(dialplan.asked_, std::vector<std::string>{"john.doe 914085557001"}) << "with its owner's rights";
  ASSERT_EQ(sip.out_[1].diversions.size(), 1u);
  EXPECT_EQ(sip.out_[1].diversions[0].from.number, "+14085551001");
  EXPECT_EQ(sip.out_[1].diversions[0].reason, "follow-me");
  ASSERT_EQ(remote.asked_.size(), 1u);
  EXPECT_TRUE(remote.asked_[0].inside);
  EXPECT_FALSE(remote.asked_[0].in_group);
}

TEST_F(RemoteRingingTest, APhoneThatSaysNothingIsTakenToRing) {
  mobile();
  jane_calls();
  loop.advance(milliseconds(3999));
  EXPECT_EQ(sip.out_.size(), 1u);
  loop.advance(milliseconds(1));
  EXPECT_EQ(sip.out_.size(), 2u);
}

TEST_F(RemoteRingingTest, EachHasItsDelay) {
  mobile().delay = milliseconds(0);
  home().delay = milliseconds(2500);
  jane_calls();
  EXPECT_EQ(sip.out_.size(), 1u) << "the line does not ring yet";
  calls.ringing(out(0));
  EXPECT_EQ(sip.out_.size(), 2u);
  loop.advance(milliseconds(2499));
  EXPECT_EQ(sip.out_.size(), 2u);
  loop.advance(milliseconds(1));
  EXPECT_EQ(sip.out_.size(), 3u);
}

TEST_F(RemoteRingingTest, AnsweredSoonerTheMobileIsNeverCalled) {
  mobile();
  jane_calls();
  calls.ringing(out(0));
  loop.advance(milliseconds(3900));
  answers(0);
  loop.advance(seconds(60));
  EXPECT_EQ(sip.out_.size(), 1u);
}

TEST_F(RemoteRingingTest, AnsweredAtTheMobile) {
  mobile();
  const ChannelId jane = mobile_rings();
  EXPECT_EQ(sip.told(jane), "ring");
  EXPECT_EQ(sip.shown_[jane].number, "11001") << "whoever answers there is John";
  EXPECT_EQ(sip.shown_[jane].name, "John Doe");
  loop.advance(milliseconds(1500));
  answers(1);
  EXPECT_EQ(sip.told(jane), "ring answer");
  EXPECT_EQ(port_of(jane)->to_, port_of(out(1)));
  EXPECT_EQ(sip.last(out(0), "hangup").ending.cause, Cause::answered_elsewhere);
  EXPECT_EQ(remote.in_calls_["john.doe/mobile"], 1);
  calls.ended(out(1), {});
  loop.settle();
  EXPECT_EQ(remote.in_calls_["john.doe/mobile"], 0);
  ASSERT_EQ(record().legs.size(), 3u);
  EXPECT_EQ(record().legs[2].destination, "john.doe/mobile");
  EXPECT_EQ(record().legs[2].user, "john.doe");
  EXPECT_EQ(record().legs[2].number, "+14085557001");
}

TEST_F(RemoteRingingTest, AnsweredAtTheDeskTheMobileIsToldSo) {
  mobile();
  mobile_rings();
  answers(0);
  EXPECT_EQ(sip.last(out(1), "hangup").ending.cause, Cause::answered_elsewhere);
  EXPECT_EQ(sip.last(out(1), "hangup").ending.text, "Call completed elsewhere");
}

TEST_F(RemoteRingingTest, AMachineThatAnswersTooSoonIsDroppedAndTheRestRingsOn) {
  mobile();
  const ChannelId jane = mobile_rings();
  loop.advance(milliseconds(600));
  answers(1);
  EXPECT_EQ(sip.told(out(1)), "originate hangup");
  EXPECT_EQ(sip.told(jane), "ring") << "the caller has noticed nothing";
  EXPECT_EQ(sip.told(out(0)), "originate");
  EXPECT_EQ(heard(), "nothing yet");
  answers(0);
  EXPECT_EQ(sip.told(jane), "ring answer");
  calls.ended(jane, {});
  loop.settle();
  EXPECT_TRUE(decided("(john.doe/mobile) dropped: answered after 0.6 s, too soon (1.5 s)"));
}

TEST_F(RemoteRingingTest, TwoMachinesAreBothDropped) {
  mobile().delay = home().delay = milliseconds(0);
  const ChannelId jane = jane_calls();
  calls.ringing(out(0));
  ASSERT_EQ(sip.out_.size(), 3u);
  answers(1);
  answers(2);
  EXPECT_EQ(sip.told(out(1)), "originate hangup");
  EXPECT_EQ(sip.told(out(2)), "originate hangup");
  EXPECT_EQ(sip.told(jane), "ring");
}

TEST_F(RemoteRingingTest, TooLateIsDroppedAndTheDeskRingsOn) {
  mobile().too_late = milliseconds(19'000);
  const ChannelId jane = mobile_rings();
  loop.advance(milliseconds(18'999));
  EXPECT_EQ(sip.told(out(1)), "originate");
  loop.advance(milliseconds(1));
  EXPECT_EQ(sip.told(out(1)), "originate hangup");
  EXPECT_EQ(sip.last(out(1), "hangup").ending.cause, Cause::no_answer);
  EXPECT_EQ(sip.told(out(0)), "originate");
  EXPECT_EQ(sip.told(jane), "ring");
  EXPECT_EQ(heard(), "nothing yet");
}

TEST_F(RemoteRingingTest, AnAnnouncementOfTheNetworkIsNotForTheCaller) {
  mobile();
  const ChannelId jane = jane_calls();
  calls.ringing(out(0));
  loop.advance(milliseconds(4000));
  calls.progress(out(1), sdp("192.0.2.80"));
  EXPECT_EQ(sip.told(jane), "ring");
  EXPECT_EQ(port_of(out(1))->to_, nullptr);
  EXPECT_EQ(port_of(jane)->to_, nullptr);
  loop.advance(milliseconds(700));
  answers(1);
  EXPECT_EQ(sip.told(out(1)), "originate hangup") << "too soon counts from that 183";
}

TEST_F(RemoteRingingTest, AnnouncementAloneIsRingingToTheCaller) {
  sip.place(kJohn, {});
  mobile().delay = milliseconds(0);
  const ChannelId jane = jane_calls();
  ASSERT_EQ(sip.out_.size(), 1u);
  calls.progress(out(0), sdp("192.0.2.80"));
  EXPECT_EQ(sip.told(jane), "ring");
}

TEST_F(RemoteRingingTest, TwoAnswersInOneBreath) {
  mobile();
  sip.slow_ = true;
  const ChannelId jane = mobile_rings();
  loop.advance(milliseconds(2000));
  calls.answered(out(1), sdp("192.0.2.80"));
  calls.answered(out(0), sdp("192.0.2.1"));
  loop.settle();
  EXPECT_EQ(port_of(jane)->to_, port_of(out(1)));
  EXPECT_EQ(state_of(out(0)), ChannelState::ending);
  EXPECT_EQ(sip.told(jane), "ring answer");
}

TEST_F(RemoteRingingTest, ABusyMobileIsOnlyOneLess) {
  mobile();
  const ChannelId jane = mobile_rings();
  calls.ended(out(1), {Cause::busy, "Busy Here", 486});
  loop.settle();
  EXPECT_EQ(heard(), "nothing yet");
  EXPECT_EQ(sip.told(jane), "ring");
  loop.advance(seconds(30));
  EXPECT_EQ(heard(), "\"no-answer\"") << "the mobile's word does not weigh more than the line's";
}

TEST_F(RemoteRingingTest, DeclineAtTheMobile) {
  for (const bool ends : {false, true}) {
    sip.out_.clear();
    dialplan.heard_.clear();
    SwitchSettings settings;
    settings.remote_decline_ends_call = ends;
    calls.configure(settings);
    mobile();
    const ChannelId jane = mobile_rings();
    calls.ended(out(1), {Cause::rejected, "Decline", 603});
    loop.settle();
    EXPECT_EQ(heard(), ends ? "\"rejected\"" : "nothing yet");
    calls.ended(jane, {});
    loop.settle();
  }
}

TEST_F(RemoteRingingTest, ABusyLineIsNoReasonToRingTheMobile) {
  mobile().delay = milliseconds(0);
  jane_calls();
  calls.ended(out(0), {Cause::busy, "Busy Here", 486});
  loop.settle();
  EXPECT_EQ(sip.out_.size(), 1u);
  EXPECT_EQ(heard(), "\"busy\"");
  EXPECT_TRUE(decided("the remote destinations of john.doe do not ring: its phones say busy"));
}

TEST_F(RemoteRingingTest, DeclinedAtTheDeskTheMobileStopsToo) {
  mobile();
  mobile_rings();
  calls.ended(out(0), {Cause::rejected, "Decline", 603});
  loop.settle();
  EXPECT_EQ(sip.told(out(1)), "originate hangup");
  EXPECT_EQ(heard(), "\"rejected\"");
}

TEST_F(RemoteRingingTest, AnUnregisteredDeskLeavesTheMobileToRing) {
  sip.place(kJohn, {});
  mobile().delay = milliseconds(1000);
  const ChannelId jane = jane_calls();
  EXPECT_TRUE(sip.out_.empty());
  loop.advance(milliseconds(1000));
  ASSERT_EQ(sip.out_.size(), 1u);
  calls.ringing(out(0));
  EXPECT_EQ(sip.told(jane), "ring");
  loop.advance(milliseconds(2000));
  answers(0);
  EXPECT_EQ(sip.told(jane), "ring answer");
}

TEST_F(RemoteRingingTest, ADeskThatIsLostWhileItRingsLeavesTheMobile) {
  mobile();
  mobile_rings();
  calls.ended(out(0), {Cause::no_response, ""});
  loop.settle();
  EXPECT_EQ(heard(), "nothing yet");
  calls.ended(out(1), {Cause::busy, "Busy Here", 486});
  loop.settle();
  EXPECT_EQ(heard(), "\"busy\"") << "all that was said";
}

TEST_F(RemoteRingingTest, SeveralPhonesAndOneOfThemBusy) {
  sip.place(kDesk, {"sip:desk@c"});
  directory.log_in("john.doe", kDesk);
  mobile().delay = milliseconds(0);
  jane_calls();
  calls.ended(out(0), {Cause::busy, "", 486});
  loop.settle();
  EXPECT_EQ(sip.out_.size(), 2u);
  calls.ringing(out(1));
  EXPECT_EQ(sip.out_.size(), 3u) << "the other rings, so the line does";
}

TEST_F(RemoteRingingTest, APersonAtNoPhoneRingsOutside) {
  remote.plans_["sam.night"].legs = {{"sam.night/mobile", kMobile, milliseconds(0)}};
  dialplan.routes_[kMobile] = {Value::array({"sip/pstn/+14085557001"}), std::nullopt};
  jane_calls("user/sam.night");
  ASSERT_EQ(sip.out_.size(), 1u);
  EXPECT_EQ(sip.out_[0].number, "+14085557001");
  EXPECT_EQ(sip.out_[0].diversions[0].from.number, "+14085551003");
}

TEST_F(RemoteRingingTest, WhatItsOwnerMayNotDialIsNotRung) {
  mobile().number = "9011441234";
  const ChannelId jane = jane_calls();
  calls.ringing(out(0));
  loop.advance(seconds(5));
  EXPECT_EQ(sip.out_.size(), 1u);
  calls.ended(jane, {});
  loop.settle();
  EXPECT_TRUE(decided("john.doe/mobile not rung: not permitted"));
}

TEST_F(RemoteRingingTest, ANumberOfTheOfficeIsNotRung) {
  dialplan.routes_[kMobile] = {Value::array({"user/jane.white"}), std::nullopt};
  mobile();
  const ChannelId jane = jane_calls();
  loop.advance(seconds(5));
  EXPECT_EQ(sip.out_.size(), 1u);
  calls.ended(jane, {});
  loop.settle();
  EXPECT_TRUE(decided("is a number of this office"));
}

TEST_F(RemoteRingingTest, AsManyCallsAsItMayHave) {
  mobile();
  remote.in_calls_["john.doe/mobile"] = 6;
  const ChannelId jane = jane_calls();
  loop.advance(seconds(5));
  EXPECT_EQ(sip.out_.size(), 1u);
  calls.ended(jane, {});
  loop.settle();
  EXPECT_TRUE(decided("john.doe/mobile not rung: it has as many calls as it may have"));
}

TEST_F(RemoteRingingTest, WhomTheMobileShows) {
  mobile().delay = milliseconds(0);
  const ChannelId ann = someone_calls();
  calls.ringing(out(0));
  ASSERT_EQ(sip.out_.size(), 2u);
  EXPECT_EQ(sip.out_[1].caller.number, "4155550100") << "as the trunk said it";
  EXPECT_FALSE(remote.asked_[0].inside);
  calls.ended(ann, {});
  loop.settle();
  sip.out_.clear();

  const ChannelId jane = jane_calls();
  calls.ringing(out(0));
  ASSERT_EQ(sip.out_.size(), 2u);
  EXPECT_EQ(sip.out_[1].caller.number, "+14085551002") << "not the bare extension";
  EXPECT_EQ(sip.out_[1].caller.name, "Jane White");
  calls.ended(jane, {});
  loop.settle();
  sip.out_.clear();

  mobile().shown_as = Party{"+14085551000", "The office", false};
  jane_calls();
  calls.ringing(out(0));
  ASSERT_EQ(sip.out_.size(), 2u);
  EXPECT_EQ(sip.out_[1].caller.number, "+14085551000");
}

TEST_F(RemoteRingingTest, PeopleWhoRingTogetherAreAGroup) {
  mobile();
  jane_calls(Value{{"list", {"user/john.doe", "user/sam.night"}}});
  ASSERT_EQ(remote.asked_.size(), 2u);
  EXPECT_TRUE(remote.asked_[0].in_group);
  calls.hangup_all({});
  loop.settle();
  remote.asked_.clear();
  jane_calls(Value{{"list", {"user/john.doe"}}, {"group", true}});
  EXPECT_TRUE(remote.asked_[0].in_group);
}

TEST_F(RemoteRingingTest, NobodyHasRemoteDestinations) {
  jane_calls();
  loop.advance(seconds(10));
  EXPECT_EQ(sip.out_.size(), 1u);
  EXPECT_TRUE(dialplan.asked_.empty());
}

TEST_F(RemoteRingingTest, DecisionsAreOnRecord) {
  remote.plans_["john.doe"].decisions = {"john.doe/home not rung: outside its hours"};
  const ChannelId jane = jane_calls();
  calls.ended(jane, {});
  loop.settle();
  EXPECT_TRUE(decided("john.doe/home not rung: outside its hours"));
}

TEST_F(RemoteRingingTest, TheCallerHangsUp) {
  mobile();
  home().delay = milliseconds(9000);
  const ChannelId jane = mobile_rings();
  calls.ended(jane, {Cause::normal, ""});
  loop.settle();
  for (const auto& made : sip.out_) EXPECT_EQ(sip.told(made.channel), "originate hangup");
  EXPECT_EQ(loop.timers(), 0u);
  EXPECT_EQ(remote.in_calls_["john.doe/mobile"], 0);
}

class UserControlTest : public RemoteRingingTest {
 protected:
  UserControlTest() {
    mobile().control = UserControl{};
    mobile().control->prompt = "prompts/mobile-call";
  }
  /// The mobile has answered late enough, and is being asked.
  ChannelId asked() {
    const ChannelId jane = mobile_rings();
    loop.advance(milliseconds(2000));
    answers(1);
    media.sounds_.answer();
    EXPECT_EQ(sip.told(jane), "ring");
    EXPECT_EQ(sip.told(out(0)), "originate") << "the desk rings on";
    return jane;
  }
};

TEST_F(UserControlTest, OnlyTheMobileHearsThePromptAndAKeyTakesTheCall) {
  const ChannelId jane = asked();
  ASSERT_TRUE(port_of(out(1))->playing_);
  EXPECT_FALSE(port_of(jane)->playing_);
  calls.digit(out(1), '5');
  EXPECT_EQ(sip.told(jane), "ring") << "a key that means nothing";
  calls.digit(out(1), '1');
  loop.settle();
  EXPECT_EQ(sip.told(jane), "ring answer");
  EXPECT_FALSE(port_of(out(1))->playing_);
  EXPECT_EQ(port_of(jane)->to_, port_of(out(1)));
  EXPECT_EQ(sip.last(out(0), "hangup").ending.cause, Cause::answered_elsewhere);
}

TEST_F(UserControlTest, WithoutAPromptTheKeysAreTheSame) {
  media.sounds_.missing_.insert("prompts/mobile-call");
  const ChannelId jane = asked();
  EXPECT_FALSE(port_of(out(1))->playing_);
  calls.digit(out(1), '1');
  loop.settle();
  EXPECT_EQ(sip.told(jane), "ring answer");
}

TEST_F(UserControlTest, Refused) {
  const ChannelId jane = asked();
  calls.digit(out(1), '2');
  loop.settle();
  EXPECT_EQ(sip.told(out(1)), "originate hangup");
  EXPECT_EQ(sip.told(jane), "ring");
  EXPECT_EQ(sip.told(out(0)), "originate");
  EXPECT_EQ(heard(), "nothing yet");
}

TEST_F(UserControlTest, NobodyPressesAKey) {
  const ChannelId jane = asked();
  loop.advance(milliseconds(10'000));
  EXPECT_EQ(sip.told(out(1)), "originate hangup");
  EXPECT_EQ(sip.told(jane), "ring");
  calls.ended(jane, {});
  loop.settle();
  EXPECT_TRUE(decided("(john.doe/mobile) dropped: no key within 10 s"));
}

TEST_F(UserControlTest, ToVoicemail) {
  asked();
  calls.digit(out(1), '3');
  loop.settle();
  EXPECT_EQ(heard(), "\"voicemail\"");
  EXPECT_EQ(sip.told(out(0)), "originate hangup");
  EXPECT_EQ(sip.told(out(1)), "originate hangup");
}

TEST_F(UserControlTest, RejectedForAll) {
  asked();
  calls.digit(out(1), '9');
  loop.settle();
  EXPECT_EQ(heard(), "\"rejected\"");
  EXPECT_EQ(sip.told(out(0)), "originate hangup");
  EXPECT_EQ(record().ending.cause, Cause::rejected);
}

TEST_F(UserControlTest, TheDeskAnswersMeanwhile) {
  const ChannelId jane = asked();
  FakePort* const port = port_of(out(1));
  sip.slow_ = true;
  answers(0);
  EXPECT_FALSE(port->playing_);
  EXPECT_EQ(sip.last(out(1), "hangup").ending.cause, Cause::answered_elsewhere);
  EXPECT_EQ(port_of(jane)->to_, port_of(out(0)));
  calls.digit(out(1), '1');
  EXPECT_EQ(sip.told(jane), "ring answer");
}

TEST_F(UserControlTest, WhoIsAskedWhenTheTimeIsUpMayStillAnswer) {
  const ChannelId jane = mobile_rings();
  loop.advance(milliseconds(24'000));
  answers(1);
  loop.advance(milliseconds(2'000));
  EXPECT_EQ(sip.told(out(0)), "originate hangup");
  EXPECT_EQ(heard(), "nothing yet");
  calls.digit(out(1), '1');
  loop.settle();
  EXPECT_EQ(sip.told(jane), "ring answer");
}

TEST_F(UserControlTest, WhoIsAskedWhenTheTimeIsUpAndSaysNothing) {
  mobile_rings();
  loop.advance(milliseconds(24'000));
  answers(1);
  loop.advance(milliseconds(9'999));
  EXPECT_EQ(heard(), "nothing yet");
  loop.advance(milliseconds(1));
  EXPECT_EQ(heard(), "\"no-answer\"");
}

TEST_F(UserControlTest, ItHangsUpWhileItIsAsked) {
  const ChannelId jane = asked();
  calls.ended(out(1), {Cause::normal, ""});
  loop.settle();
  EXPECT_EQ(sip.told(jane), "ring");
  EXPECT_EQ(heard(), "nothing yet");
  EXPECT_EQ(remote.in_calls_["john.doe/mobile"], 0);
}

TEST_F(UserControlTest, AnAnswerThatNobodyCanTalkInIsInVain) {
  const ChannelId jane = mobile_rings();
  loop.advance(milliseconds(2000));
  calls.answered(out(1), sdp("192.0.2.80", {Codec{.name = "G729", .payload_type = 18}}));
  loop.settle();
  EXPECT_EQ(sip.told(out(1)), "originate hangup");
  EXPECT_EQ(sip.told(jane), "ring");
}

}  // namespace
}  // namespace tandem::test
