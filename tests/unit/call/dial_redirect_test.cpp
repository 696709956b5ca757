// A called phone sends the call on: what is dialled instead, and where that ends.
#include "call_fixture.h"

namespace tandem::test {
namespace {

class DialRedirectTest : public CallTest {
 protected:
  void SetUp() override {
    sip.place("pstn", {"gw"});
    sip.place(kDesk, {"sip:desk@c"});
    script_dials("user/jane.white");
    john_calls();
  }
  static NumberRoute to(const char* target) { return {Value::array({target}), std::nullopt}; }
  void sent_on(ChannelId channel, std::vector<std::string> numbers) {
    calls.redirected(channel, {std::move(numbers), "user-busy"});
    calls.ended(channel, {Cause::none, "Moved Temporarily", 302});
    loop.settle();
  }
  std::string heard() const { return dialplan.heard_.empty() ? "nothing yet" : dialplan.heard_.back(); }
};

TEST_F(DialRedirectTest, RingsWhatThePhoneWouldDial) {
  dialplan.routes_["19001"] = to("sip/SEP0011223300A1");
  const ChannelId jane = out();
  sent_on(jane, {"19001"});
  EXPECT_EQ(dialplan.asked_, std::vector<std::string>{std::string(kJane) + " 19001"}) << "with that phone's rights";
  ASSERT_EQ(sip.out_.size(), 2u);
  EXPECT_EQ(sip.out_[1].endpoint, kDesk);
  ASSERT_EQ(sip.out_[1].diversions.size(), 1u);
  EXPECT_EQ(sip.out_[1].diversions[0].from.number, "11002");
  EXPECT_EQ(sip.out_[1].diversions[0].reason, "user-busy");
  EXPECT_EQ(sip.out_[1].caller.number, "11001");
  EXPECT_EQ(heard(), "nothing yet") << "the first leg's end is no failure";
  calls.answered(out(1), sdp("192.0.2.3"));
  calls.ended(out(1), {Cause::normal, ""});
  loop.settle();
  EXPECT_EQ(heard(), "\"answered\"");
}

TEST_F(DialRedirectTest, TheFirstNumberThatMayBeDialledCounts) {
  dialplan.routes_["19001"] = to("sip/SEP0011223300A1");
  sent_on(out(), {"900", "19001", "19002"});
  ASSERT_EQ(sip.out_.size(), 2u);
  EXPECT_EQ(sip.out_[1].endpoint, kDesk);
  EXPECT_EQ(dialplan.asked_.size(), 2u);
}

TEST_F(DialRedirectTest, OutsideTheRedirectingPartyIsShown) {
  dialplan.routes_["9123"] = to("sip/pstn/+123");
  dialplan.routes_["9123"].shown_as = Party{"+14085551002", "", false};
  sent_on(out(), {"9123"});
  ASSERT_EQ(sip.out_.size(), 2u);
  EXPECT_EQ(sip.out_[1].number, "+123");
  EXPECT_EQ(sip.out_[1].caller.number, "+14085551002");
}

TEST_F(DialRedirectTest, WhatMayNotBeDialledIsNot) {
  sent_on(out(), {"9011441"});
  EXPECT_EQ(sip.out_.size(), 1u);
  EXPECT_EQ(heard(), "\"unavailable\"");
}

TEST_F(DialRedirectTest, EmergencyIsNotForSendingOn) {
  dialplan.routes_["911"] = {Value::array({{{"list", {"sip/pstn/911"}}, {"emergency", true}}}), std::nullopt};
  sent_on(out(), {"911"});
  EXPECT_EQ(sip.out_.size(), 1u);
}

TEST_F(DialRedirectTest, WhatWasDialledIsACircle) {
  dialplan.routes_["11002"] = to("user/jane.white");
  sent_on(out(), {"11002"});  // what was dialled
  EXPECT_EQ(sip.out_.size(), 1u);
  EXPECT_EQ(heard(), "\"unavailable\"");
}

TEST_F(DialRedirectTest, TwoPhonesThatSendToOneAnotherStop) {
  dialplan.routes_["19001"] = to("sip/SEP0011223300A1");
  dialplan.routes_["7"] = to("user/jane.white");  // Jane by another number
  sent_on(out(), {"19001"});
  ASSERT_EQ(sip.out_.size(), 2u);
  sent_on(out(1), {"7"});
  EXPECT_EQ(sip.out_.size(), 2u) << "Jane's phone has sent it on already";
  EXPECT_EQ(heard(), "\"unavailable\"");
}

}  // namespace
}  // namespace tandem::test
