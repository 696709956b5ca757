// A line whose person has calls sent on, or does not want to be disturbed.
#include "call_fixture.h"
#include "support/fake_line_book.h"
#include "support/fake_remote_destinations.h"

namespace tandem::test {
namespace {

class DialForwardTest : public CallTest {
 protected:
  DialForwardTest() {
    calls.set_lines(&lines);
    calls.set_remote_destinations([this] { return &remote; });
    sip.place("pstn", {"gw"});
    sip.place(kDesk, {"sip:desk@c"});
    dialplan.routes_["19001"] = {Value::array({"sip/SEP0011223300A1"}), std::nullopt};
    dialplan.routes_["11001"] = {Value::array({"user/john.doe"}), std::nullopt};
    dialplan.routes_["11002"] = {Value::array({"user/jane.white"}), std::nullopt};
    dialplan.routes_["9123"] = {Value::array({"sip/pstn/+123"}), Party{"+14085551002", "", false}};
    script_dials("user/jane.white");
  }
  LineSettings& jane() { return lines.lines_["jane.white"]; }
  std::string heard() const { return dialplan.heard_.empty() ? "nothing yet" : dialplan.heard_.back(); }
  void fails(size_t index, Cause cause) {
    calls.ended(out(index), {cause, ""});
    loop.settle();
  }

  FakeLineBook lines;
  FakeRemoteDestinations remote;
};

TEST_F(DialForwardTest, All) {
  jane().forward_all = "19001";
  john_calls();
  ASSERT_EQ(sip.out_.size(), 1u) << "her own phone does not ring";
  EXPECT_EQ(sip.out_[0].endpoint, kDesk);
  ASSERT_EQ(sip.out_[0].diversions.size(), 1u);
  EXPECT_EQ(sip.out_[0].diversions[0].from.number, "11002");
  EXPECT_EQ(sip.out_[0].diversions[0].reason, "unconditional");
  EXPECT_EQ(dialplan.asked_, std::vector<std::string>{"jane.white 19001"}) << "with her rights, at no phone";
  EXPECT_TRUE(remote.asked_.empty()) << "her line does not ring, so her mobile does not either";
}

TEST_F(DialForwardTest, OutsideThePersonIsShown) {
  jane().forward_all = "9123";
  john_calls();
  ASSERT_EQ(sip.out_.size(), 1u);
  EXPECT_EQ(sip.out_[0].number, "+123");
  EXPECT_EQ(sip.out_[0].caller.number, "+14085551002");
}

TEST_F(DialForwardTest, WhatSheMayNotDialIsNotFollowedAndSheRings) {
  jane().forward_all = "9011";
  const ChannelId john = john_calls();
  ASSERT_EQ(sip.out_.size(), 1u);
  EXPECT_EQ(sip.out_[0].endpoint, kJane);
  calls.ended(john, {});
  loop.settle();
  EXPECT_TRUE(decided("not redirected to 9011: not permitted"));
}

TEST_F(DialForwardTest, TwoWhoForwardToOneAnother) {
  sip.place(kJohn, {"sip:john@a"});
  sip.place("SEP0011223300B1", {"sip:annex@a"});
  jane().forward_all = "11001";
  lines.lines_["john.doe"].forward_all = "11002";
  auto leg = leg_from("SEP0011223300B1", "+14085551002");
  ASSERT_TRUE(calls.incoming(sip, leg));
  loop.settle();
  ASSERT_EQ(sip.out_.size(), 1u);
  EXPECT_EQ(sip.out_[0].endpoint, kJohn) << "the second one rings";
  calls.ended(leg.channel, {});
  loop.settle();
  EXPECT_TRUE(decided("sent the call on itself"));
}

TEST_F(DialForwardTest, ToOneself) {
  jane().forward_all = "11002";
  john_calls("+14085551002");
  ASSERT_EQ(sip.out_.size(), 1u);
  EXPECT_EQ(sip.out_[0].endpoint, kJane);
}

TEST_F(DialForwardTest, Busy) {
  jane().forward_busy = "19001";
  john_calls();
  EXPECT_EQ(sip.out_[0].endpoint, kJane);
  fails(0, Cause::busy);
  ASSERT_EQ(sip.out_.size(), 2u);
  EXPECT_EQ(sip.out_[1].endpoint, kDesk);
  EXPECT_EQ(sip.out_[1].diversions[0].reason, "user-busy");
  EXPECT_EQ(heard(), "nothing yet");
  fails(1, Cause::no_answer);
  EXPECT_EQ(heard(), "\"no-answer\"") << "what they say there";
}

TEST_F(DialForwardTest, DecliningIsNotBeingBusy) {
  jane().forward_busy = "19001";
  john_calls();
  fails(0, Cause::rejected);
  EXPECT_EQ(sip.out_.size(), 1u);
  EXPECT_EQ(heard(), "\"rejected\"");
}

TEST_F(DialForwardTest, NoAnswer) {
  jane().forward_no_answer = "19001";
  john_calls();
  calls.ringing(out(0));
  loop.advance(seconds(30));
  EXPECT_EQ(sip.told(out(0)), "originate hangup");
  ASSERT_EQ(sip.out_.size(), 2u);
  EXPECT_EQ(sip.out_[1].endpoint, kDesk);
  EXPECT_EQ(heard(), "nothing yet");
  loop.advance(seconds(30));
  EXPECT_EQ(heard(), "\"no-answer\"");
  EXPECT_EQ(sip.out_.size(), 2u) << "once";
}

TEST_F(DialForwardTest, Unregistered) {
  sip.place(kJane, {});
  jane().forward_unregistered = "19001";
  john_calls();
  ASSERT_EQ(sip.out_.size(), 1u);
  EXPECT_EQ(sip.out_[0].endpoint, kDesk);
  EXPECT_EQ(sip.out_[0].diversions[0].reason, "unavailable");
}

TEST_F(DialForwardTest, AMobileThatRingsIsBetterThanForwardingTheUnregistered) {
  sip.place(kJane, {});
  jane().forward_unregistered = "19001";
  remote.plans_["jane.white"].legs = {{"jane.white/mobile", "9123", milliseconds(0)}};
  john_calls();
  ASSERT_EQ(sip.out_.size(), 1u);
  EXPECT_EQ(sip.out_[0].endpoint, "pstn");
}

TEST_F(DialForwardTest, DoNotDisturbIsBusyAndNoMobileRings) {
  jane().dnd = DoNotDisturb::reject;
  remote.plans_["jane.white"].legs = {{"jane.white/mobile", "9123", milliseconds(0)}};
  john_calls();
  EXPECT_TRUE(sip.out_.empty());
  EXPECT_EQ(heard(), "\"busy\"");
  EXPECT_TRUE(remote.asked_.empty());
  EXPECT_TRUE(decided("user/jane.white: do not disturb (reject)"));
}

TEST_F(DialForwardTest, DoNotDisturbForwardsAsBusyDoes) {
  jane().dnd = DoNotDisturb::reject;
  jane().forward_busy = "19001";
  john_calls();
  ASSERT_EQ(sip.out_.size(), 1u);
  EXPECT_EQ(sip.out_[0].endpoint, kDesk);
  EXPECT_EQ(sip.out_[0].diversions[0].reason, "do-not-disturb");
}

TEST_F(DialForwardTest, SilentPhonesAreAskedToMakeNoNoise) {
  jane().dnd = DoNotDisturb::silent;
  john_calls();
  ASSERT_EQ(sip.out_.size(), 1u);
  ASSERT_EQ(sip.out_[0].headers.size(), 1u);
  EXPECT_EQ(sip.out_[0].headers[0].name, "Alert-Info");
  EXPECT_NE(sip.out_[0].headers[0].value.find("silent"), std::string::npos);
}

TEST_F(DialForwardTest, DoNotDisturbAtOneOfTwoPhones) {
  directory.log_in("jane.white", kDesk);
  lines.phones_[kDesk] = DoNotDisturb::reject;
  john_calls();
  ASSERT_EQ(sip.out_.size(), 1u);
  EXPECT_EQ(sip.out_[0].endpoint, kJane);
  fails(0, Cause::no_answer);
  EXPECT_EQ(heard(), "\"busy\"");
}

TEST_F(DialForwardTest, DoNotDisturbAtTheOnlyPhone) {
  lines.phones_[kJane] = DoNotDisturb::reject;
  remote.plans_["jane.white"].legs = {{"jane.white/mobile", "9123", milliseconds(0)}};
  john_calls();
  EXPECT_TRUE(sip.out_.empty());
  EXPECT_EQ(heard(), "\"busy\"");
}

TEST_F(DialForwardTest, AMemberOfAGroupIsNotSentOn) {
  jane().forward_all = "19001";
  script_dials(Value{{"list", {"user/jane.white"}}, {"group", true}});
  john_calls();
  ASSERT_EQ(sip.out_.size(), 1u);
  EXPECT_EQ(sip.out_[0].endpoint, kJane);
}

TEST_F(DialForwardTest, EmergencyKnowsNoForwarding) {
  jane().forward_all = "19001";
  jane().dnd = DoNotDisturb::reject;
  script_dials(Value{{"list", {"user/jane.white"}}, {"emergency", true}});
  john_calls();
  ASSERT_EQ(sip.out_.size(), 1u);
  EXPECT_EQ(sip.out_[0].endpoint, kJane);
}

class LineVerbTest : public DialForwardTest {
 protected:
  /// What the script hears of call:line.
  Value set(const Value& change, const char* from = kJohn) {
    dialplan.body_ = [change](FakeScript& run) {
      run.verb("line", change.is_null() ? Value::array() : Value::array({change}), [&run](const auto&) { run.finish(); });
    };
    auto leg = leg_from(from, "*72");
    EXPECT_TRUE(calls.incoming(sip, leg));
    loop.settle();
    return Value::parse(heard(), nullptr, false);
  }
};

TEST_F(LineVerbTest, SetsAndAsks) {
  const Value now = set({{"forward_all", "11002"}});
  EXPECT_EQ(now["done"], true);
  EXPECT_EQ(now["forward_all"], "11002");
  EXPECT_EQ(lines.lines_["john.doe"].forward_all, "11002");
  EXPECT_EQ(set(Value())["forward_all"], "11002");
  EXPECT_EQ(set({{"forward_all", false}})["forward_all"], "");
}

TEST_F(LineVerbTest, DoNotDisturbIsSetAsAtThePhone) {
  EXPECT_EQ(set({{"dnd", "reject"}})["done"], true);
  EXPECT_EQ(lines.phones_[kJohn], DoNotDisturb::reject);
}

TEST_F(LineVerbTest, Refusals) {
  const Value refused = set({{"forward_all", "9011"}});
  EXPECT_EQ(refused["done"], false);
  EXPECT_EQ(refused["why"], "9011: not permitted");
  EXPECT_EQ(set({{"forward_all", "911"}})["done"], false);
  EXPECT_EQ(set({{"forward_all", "11002"}}, kDesk)["why"], "nobody is logged in");
  EXPECT_TRUE(set({{"forwards", "11002"}}).is_discarded()) << "an error in the script";
  EXPECT_NE(heard().find("a line has no setting \"forwards\""), std::string::npos);
  set({{"dnd", "maybe"}});
  EXPECT_NE(heard().find("\"off\", \"silent\" or \"reject\""), std::string::npos);
}

}  // namespace
}  // namespace tandem::test
