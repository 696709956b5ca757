// Keys in mid-call: what is a code and what is not, and what codes do.
#include "base/config_folder.h"
#include "move_fixture.h"

namespace tandem::test {
namespace {

using testing::HasSubstr;

/// The ear alone, in a table: what is pressed, with pauses, and what comes of it.
struct EarRow {
  const char* keys;       ///< "." is 1 s, "," 2 s
  const char* outcome;    ///< codes as their words, what is released in brackets, numbers in braces
  const char* untouched;  ///< keys that went through at once
};

class CodeEarTest : public ::testing::TestWithParam<EarRow> {};

TEST_P(CodeEarTest, Hears) {
  FakeLoop loop;
  std::string outcome, untouched;
  CodeEar* that = nullptr;
  CodeEar::Acts acts;
  acts.code = [&](Feature feature) {
    outcome += std::string(to_string(feature)) + " ";
    if (feature == Feature::transfer) that->ask_for_number();
  };
  acts.release = [&](const std::string& digits) { outcome += "[" + digits + "] "; };
  acts.number = [&](const std::string& number) { outcome += "{" + number + "} "; };
  bool kept = false;  // as the media thread does it
  acts.listen = [&] { kept = false; };
  CodeEar ear(loop, FeatureSettings().mobile, milliseconds(1500), seconds(5), std::move(acts));
  that = &ear;
  for (const char* key = GetParam().keys; *key != 0; ++key) {
    if (*key == '.' || *key == ',') {
      loop.advance(seconds(*key == '.' ? 1 : 2));
      continue;
    }
    kept = kept || *key == '*';
    if (!ear.hear(*key, kept)) untouched += *key;
  }
  loop.advance(seconds(6));
  EXPECT_EQ(outcome, GetParam().outcome);
  EXPECT_EQ(untouched, GetParam().untouched);
}

INSTANTIATE_TEST_SUITE_P(Keys, CodeEarTest,
                         ::testing::Values(EarRow{"*81", "hold ", ""}, EarRow{"*.8.1", "hold ", ""}, EarRow{"12345#", "", "12345#"},
                                           EarRow{"*8,", "[*8] ", ""}, EarRow{"*5", "[*5] ", ""}, EarRow{"**81", "[*] hold ", ""},
                                           EarRow{"*", "[*] ", ""}, EarRow{"*84,,1100,3#", "transfer {11003} ", ""},
                                           EarRow{"*84,,,", "transfer {} ", ""}, EarRow{"*84110,,,", "transfer {110} ", ""},
                                           EarRow{"*85", "[*85] ", ""}, EarRow{"*81*83", "hold resume ", ""}));

TEST(FeatureSettings, AreRead) {
  const auto shipped = read_feature_settings(ConfigFolder(TANDEM_SOURCE_DIR "/configs", {}));
  ASSERT_TRUE(shipped) << shipped.error().message;
  EXPECT_EQ(shipped->mobile.size(), 7U);
  const auto set = [](const char* text) {
    return read_feature_settings(ConfigFolder(TANDEM_SOURCE_DIR "/configs", {*ConfigFolder::parse_override(text)}));
  };
  EXPECT_EQ(set("features/codes/hold=*1")->mobile[0].code, "*1");
  EXPECT_EQ(set("features/codes/hold=")->mobile.size(), 6U);
  EXPECT_FALSE(set("features/codes/enabled=no")->enabled);
  EXPECT_FALSE(set("features/codes/hold=81"));
  EXPECT_FALSE(set("features/codes/hold=*82")) << "twice the same";
  EXPECT_FALSE(set("features/codes/hold=*123456789"));
  EXPECT_FALSE(set("features/timing/gap=10ms"));
  EXPECT_FALSE(set("features/codes/conference=*85")) << "there is none";
}

class FeatureTest : public MoveTest {
 protected:
  void SetUp() override {
    jane_talks_to_johns_mobile();
    media.sounds_.answer();
  }
};

TEST_F(FeatureTest, OrdinaryKeysGoThrough) {
  EXPECT_TRUE(port_of(near_)->holds_keys_);
  press(near_, "123#");
  EXPECT_EQ(port_of(far_)->digits_, "123#") << "by signalling: sent on from here";
  press_in_media(near_, "45");
  EXPECT_EQ(port_of(far_)->digits_, "123#") << "by the media thread: gone already";
}

TEST_F(FeatureTest, WhatIsNoCodeIsPassedOn) {
  press_in_media(near_, "*5");
  EXPECT_EQ(port_of(far_)->digits_, "*5");
  press_in_media(near_, "*8");
  EXPECT_EQ(port_of(far_)->digits_, "*5") << "it may still become one";
  loop.advance(milliseconds(1500));
  EXPECT_EQ(port_of(far_)->digits_, "*5*8");
  EXPECT_TRUE(port_of(near_)->holds_keys_);
}

TEST_F(FeatureTest, HoldAndResume) {
  press_in_media(near_, "*81");
  EXPECT_EQ(port_of(far_)->digits_, "") << "the far end has not heard it";
  EXPECT_TRUE(port_of(far_)->playing_);
  EXPECT_EQ(port_of(near_)->to_, nullptr);
  EXPECT_EQ(shown()[0].where, "holds");
  calls.offered(far_, sdp("192.0.2.1", {pcmu()}));
  loop.advance(seconds(60));
  EXPECT_EQ(port_of(near_)->to_, nullptr) << "whatever the far end does, and without a limit";
  EXPECT_TRUE(port_of(far_)->playing_);
  press_in_media(near_, "*83");
  EXPECT_TRUE(together(near_, far_));
  EXPECT_TRUE(port_of(far_)->yields_);
  press_in_media(near_, "*83");
  EXPECT_TRUE(together(near_, far_)) << "nothing to resume: nothing happens";
}

TEST_F(FeatureTest, AHeldCallIsTakenUpAtTheDesk) {
  press_in_media(near_, "*81");
  auto leg = leg_from(kJohn, "resume");
  leg.replaces = near_;
  const ChannelId desk = leg.channel;
  ASSERT_TRUE(calls.incoming(sip, std::move(leg)));
  loop.settle();
  EXPECT_TRUE(together(desk, far_));
  EXPECT_EQ(state_of(near_), ChannelState::ended);
}

TEST_F(FeatureTest, ExclusiveHoldIsForItsPhoneAlone) {
  press_in_media(near_, "*82");
  auto leg = leg_from(kJohn, "resume");
  leg.replaces = near_;
  EXPECT_EQ(calls.incoming(sip, std::move(leg)).error().code, ErrorCode::forbidden);
  dialplan.body_ = [](FakeDialplan::Run& run) {
    run.verb("take_mobile_call", Value::array(), [&run](const Result<Value>&) { run.finish(); });
  };
  const ChannelId desk = john_calls("*74");
  EXPECT_EQ(state_of(desk), ChannelState::ended);
  press_in_media(near_, "*83");
  EXPECT_TRUE(together(near_, far_));
}

TEST_F(FeatureTest, HandoffRingsTheDesk) {
  press_in_media(near_, "*74");
  const ChannelId desk = last();
  EXPECT_EQ(sip.out_.back().endpoint, kJohn);
  EXPECT_FALSE(sip.out_.back().answer_at_once) << "it rings";
  EXPECT_TRUE(together(near_, far_)) << "and the mobile goes on until it is answered";
  answer(desk, "192.0.2.9");
  EXPECT_TRUE(together(desk, far_));
  first_packet(desk);
  loop.advance(milliseconds(20));
  EXPECT_EQ(state_of(near_), ChannelState::ended);
}

TEST_F(FeatureTest, HandoffAndTheMobileHangsUpBeforeTheDeskAnswers) {
  press_in_media(near_, "*74");
  const ChannelId desk = last();
  calls.ended(near_, {});
  loop.settle();
  EXPECT_TRUE(port_of(far_)->playing_);
  answer(desk, "192.0.2.9");
  EXPECT_TRUE(together(desk, far_));
}

TEST_F(FeatureTest, TheDeskSendsToTheMobileByKeys) {
  ASSERT_TRUE(calls.pick_up(name_of(near_), ""));
  near_ = last();
  answer(near_, "192.0.2.9");
  press_in_media(near_, "*81");
  EXPECT_EQ(port_of(far_)->digits_, "*8") << "at a desk that begins no code; the 1 goes through by itself";
  press_in_media(near_, "*74");
  EXPECT_EQ(sip.out_.back().endpoint, "pstn");
}

TEST_F(FeatureTest, TransferWithTheRightsOfThePerson) {
  script_dials("user/sam.night");
  sip.place("SEP0011223300B1", {"sip:sam@x"});
  directory.log_in("sam.night", "SEP0011223300B1");
  press_in_media(near_, "*84");
  EXPECT_TRUE(port_of(far_)->playing_);
  press_in_media(near_, "11003#");
  EXPECT_EQ(port_of(far_)->digits_, "");
  EXPECT_EQ(sip.out_.back().endpoint, "SEP0011223300B1");
  ASSERT_EQ(calls.calls(), 1U);
  EXPECT_EQ(calls.all().front()->dialled(), "11003");
  answer(last(), "192.0.2.33");
  EXPECT_TRUE(together(last(), far_));
  EXPECT_EQ(state_of(near_), ChannelState::ended);
}

TEST_F(FeatureTest, TransferInVainComesBack) {
  press_in_media(near_, "*84911#");
  EXPECT_TRUE(together(near_, far_)) << "nobody is sent to an emergency number";
  script_dials("user/sam.night");
  press_in_media(near_, "*8411003#");
  EXPECT_TRUE(together(near_, far_)) << "Sam is nowhere";
  press_in_media(near_, "*81");
  media.sounds_.answer();
  EXPECT_TRUE(port_of(far_)->playing_) << "and codes still work";
}

TEST_F(FeatureTest, Recording) {
  press_in_media(near_, "*86");
  ASSERT_EQ(media.recordings_.size(), 1U);
  press_in_media(near_, "*87");
  EXPECT_EQ(media.recordings_stopped_, 1U);
}

TEST_F(FeatureTest, AStormOfKeys) {
  std::string storm;
  for (int i = 0; i < 500; ++i) storm += "*8*#7**"[i % 7];
  press_in_media(near_, storm);
  loop.advance(seconds(3));
  EXPECT_EQ(state_of(far_), ChannelState::up);
  EXPECT_TRUE(together(near_, far_));
}

TEST_F(FeatureTest, SwitchedOff) {
  FeatureSettings off;
  off.enabled = false;
  calls.configure(off);
  ASSERT_TRUE(calls.pick_up(name_of(near_), ""));
  near_ = last();
  answer(near_, "192.0.2.9");
  EXPECT_FALSE(port_of(near_)->holds_keys_);
}

}  // namespace
}  // namespace tandem::test
