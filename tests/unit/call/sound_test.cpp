// Verbs that make sound or listen, music on hold, tones for a caller who is up: with ports that only remember.
#include "call_fixture.h"

namespace tandem::test {
namespace {

class SoundVerbs : public CallTest {
 protected:
  /// John calls, and the script runs one verb; what it returns is in heard().
  ChannelId run(const std::string& verb, Value args) {
    dialplan.body_ = [verb, args = std::move(args)](FakeScript& script) {
      script.verb(verb, args, [&script](const auto&) { script.finish(); });
    };
    john_ = john_calls();
    media.sounds_.answer();
    loop.settle();
    return john_;
  }
  FakePort& port() { return *port_of(john_); }
  void press(char key) {
    port().listener_({.kind = MediaEvent::Kind::digit, .digit = key});
    loop.settle();
  }
  std::string heard() { return dialplan.heard_.empty() ? "" : dialplan.heard_.back(); }
  ChannelId john_ = 0;
};

TEST_F(SoundVerbs, PlayAnswersAndEndsWithTheSound) {
  run("play", {{{"list", {"one", "two"}}}});
  EXPECT_EQ(sip.told(john_), "answer");
  ASSERT_TRUE(port().playing_);
  EXPECT_EQ(port().playing_->sounds.size(), 2u);
  EXPECT_EQ(heard(), "");
  port().finish_playing();
  EXPECT_EQ(heard(), "null");
}

TEST_F(SoundVerbs, PlayForSomeSecondsRepeatsAndStops) {
  run("play", {{{"list", {"tone:busy"}}, {"seconds", 3}}});
  EXPECT_TRUE(port().playing_->repeat);
  loop.advance(seconds(3));
  EXPECT_EQ(heard(), "null");
}

TEST_F(SoundVerbs, MistakesAreSentences) {
  media.sounds_.missing_ = {"gone"};
  for (const auto& [args, said] : std::vector<std::pair<Value, std::string>>{
           {Value::array({"gone"}), "there is no sound \"gone\""},
           {Value::array(), "play: no sound given"},
           {Value::array({5}), "play: its sounds must be a name or a list"},
           {Value::array({{{"list", {"a"}}, {"loud", true}}}), "play: there is no option \"loud\""},
           {Value::array({{{"list", {"a"}}, {"seconds", "x"}}}), "play: seconds must be a number"}}) {
    run("play", args);
    EXPECT_NE(heard().find(said), std::string::npos) << heard();
    loop.settle();
  }
}

TEST_F(SoundVerbs, EarlyMediaPlaysWithoutAnAnswer) {
  dialplan.body_ = [](FakeScript& script) {
    script.verb("progress", Value::array(),
                [&script](const auto&) { script.verb("play", Value::array({"notice"}), [&script](const auto&) { script.finish(); }); });
  };
  john_ = john_calls();
  loop.settle();
  media.sounds_.answer();
  EXPECT_EQ(sip.told(john_), "progress");
  EXPECT_EQ(state_of(john_), ChannelState::early);
  EXPECT_TRUE(port().playing_);
}

TEST_F(SoundVerbs, DigitsUpToTheMostStopThePrompt) {
  run("read_digits", {{{"prompt", "enter"}, {"max", 3}}});
  ASSERT_TRUE(port().playing_);
  press('1');
  EXPECT_FALSE(port().playing_) << "barge-in";
  press('*');
  calls.digit(john_, '3');  // by INFO
  loop.settle();
  EXPECT_EQ(heard(), "\"1*3\"");
}

TEST_F(SoundVerbs, DigitsEndAtTheTerminatorOrInSilence) {
  run("read_digits", {{{"timeout", 2}}});
  press('4');
  loop.advance(milliseconds(1900));
  press('2');
  loop.advance(milliseconds(1900));
  EXPECT_EQ(heard(), "");
  press('#');
  EXPECT_EQ(heard(), "\"42\"");
  run("read_digits", {{{"prompt", "enter"}, {"barge_in", false}, {"timeout", 2}}});
  press('9');
  EXPECT_TRUE(port().playing_);
  loop.advance(seconds(10));
  EXPECT_EQ(heard(), "\"42\"") << "the prompt is still on";
  port().finish_playing();
  loop.advance(seconds(2));
  EXPECT_EQ(heard(), "\"9\"");
}

TEST_F(SoundVerbs, WhatWasTypedAheadCounts) {
  dialplan.body_ = [](FakeScript& script) {
    script.verb("wait", Value::array({5}), [&script](const auto&) {
      script.verb("read_digits", Value::array({{{"prompt", "enter"}, {"max", 2}}}), [&script](const auto&) { script.finish(); });
    });
  };
  john_ = john_calls();
  press('8');
  press('8');
  loop.advance(seconds(5));
  EXPECT_EQ(heard(), "\"88\"");
}

TEST_F(SoundVerbs, RecordBeepsThenWaitsForTheKey) {
  run("record", {{{"list", {"greetings/john"}}, {"max", 30}, {"silence", 2.5}}});
  EXPECT_TRUE(media.recordings_.empty());
  port().finish_playing();
  ASSERT_EQ(media.recordings_.size(), 1u);
  EXPECT_EQ(media.recordings_[0].name, "greetings/john");
  EXPECT_EQ(media.recordings_[0].longest, seconds(30));
  EXPECT_EQ(media.recordings_[0].silence, milliseconds(2500));
  press('5');
  EXPECT_EQ(media.recordings_stopped_, 0u);
  press('#');
  EXPECT_EQ(media.recordings_stopped_, 1u);
  media.recorded_(RecordingEnd{RecordingEnd::Reason::stopped, milliseconds(1500), "/r/greetings/john.wav"});
  EXPECT_EQ(heard(), R"({"ended":"key","file":"/r/greetings/john.wav","seconds":1.5})");
}

TEST_F(SoundVerbs, HangupInTheMiddleStopsEverything) {
  run("record", {{{"list", {"x"}}, {"beep", false}}});
  port().finish_playing();
  calls.ended(john_, {});
  loop.settle();
  EXPECT_EQ(media.recordings_stopped_, 1u);
  media.recorded_(RecordingEnd{});  // comes too late
  run("play", Value::array({"endless"}));
  calls.ended(john_, {});
  loop.settle();
  EXPECT_EQ(heard(), "") << "nobody is told any more";
}

TEST_F(CallTest, ACallerWhoIsUpHearsTheRingbackToneUntilTheAnswer) {
  dialplan.body_ = [](FakeScript& script) {
    ASSERT_TRUE(script.call().answer());
    script.verb("dial", Value::array({"user/jane.white"}), [&script](const auto&) { script.finish(); });
  };
  const ChannelId john = john_calls();
  calls.ringing(out());
  media.sounds_.answer();
  ASSERT_TRUE(port_of(john)->playing_);
  EXPECT_TRUE(port_of(john)->playing_->repeat);
  EXPECT_EQ(media.sounds_.asked_.back(), std::vector<std::string>{"tone:ringback"});
  calls.answered(out(), sdp("192.0.2.2"));
  EXPECT_TRUE(port_of(john)->yields_) << "until Jane's first packet";
}

TEST_F(CallTest, WhoeverIsHeldHearsMusicUntilTheHolderIsBack) {
  const ChannelId john = answered_call();
  calls.offered(john, sdp("192.0.2.1", default_codecs(), MediaDirection::sendonly));
  media.sounds_.answer();
  EXPECT_EQ(media.sounds_.asked_.back(), std::vector<std::string>{"music:hold"});
  ASSERT_TRUE(port_of(out())->playing_);
  EXPECT_FALSE(port_of(john)->playing_);
  calls.offered(john, sdp("192.0.2.1"));
  EXPECT_TRUE(port_of(out())->yields_);
}

TEST_F(CallTest, KeysBySignallingReachTheOtherSideAsEvents) {
  const ChannelId john = answered_call();
  auto with_events = default_codecs();
  with_events.push_back({.name = "TELEPHONE-EVENT", .payload_type = 101, .fmtp = "0-16"});
  calls.offered(out(), sdp("192.0.2.2", with_events));
  calls.digit(john, '5');
  EXPECT_EQ(port_of(out())->digits_, "5");
  port_of(john)->listener_({.kind = MediaEvent::Kind::digit, .digit = '6'});
  EXPECT_EQ(port_of(out())->digits_, "5") << "an event has been relayed by the media thread";
}

}  // namespace
}  // namespace tandem::test
