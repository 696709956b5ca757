// Calls that the office begins: the first one answers, then the dialplan runs for them.
#include "call_fixture.h"
#include "support/fake_remote_destinations.h"

namespace tandem::test {
namespace {

class CallbackTest : public CallTest {
 protected:
  CallbackTest() {
    calls.set_remote_destinations([this] { return &remote; });
    sip.place(kJohn, {"sip:john@192.0.2.1"});
    sip.place("pstn", {"gw"});
    dialplan.routes_["914085557001"] = {Value::array({"sip/pstn/+14085557001"}), Party{"+14085551001", "", false}};
    dialplan.routes_["11001"] = {Value::array({"user/john.doe"}), std::nullopt};
    dialplan.routes_["11002"] = {Value::array({"user/jane.white"}), std::nullopt};
    order_.user = "john.doe";
    order_.first.id = "john.doe/mobile";
    order_.first.number = "914085557001";
    order_.second = "11002";
    dialplan.body_ = [this](FakeScript& run) {
      user_ = run.call().occupant().user ? run.call().occupant().user->id : "";
      run.verb("dial", Value::array({"user/jane.white"}), [&run](const auto&) { run.finish(); });
    };
  }
  void begin() {
    const auto call = calls.call_back(order_);
    ASSERT_TRUE(call) << call.error().message;
    loop.settle();
    ASSERT_EQ(sip.out_.size(), 1u);
  }
  void answers(size_t index) {
    calls.answered(out(index), sdp("192.0.2.80"));
    loop.settle();
  }

  FakeRemoteDestinations remote;
  CallbackOrder order_;
  std::string user_;
};

TEST_F(CallbackTest, TheMobileFirstThenTheTarget) {
  begin();
  EXPECT_EQ(sip.out_[0].number, "+14085557001");
  EXPECT_EQ(sip.out_[0].caller.number, "+14085551001") << "the office calls";
  EXPECT_EQ(remote.in_calls_["john.doe/mobile"], 1);
  calls.ringing(out(0));
  loop.advance(milliseconds(2000));
  answers(0);
  EXPECT_EQ(user_, "john.doe");
  ASSERT_EQ(sip.out_.size(), 2u);
  EXPECT_EQ(sip.out_[1].endpoint, kJane);
  EXPECT_EQ(sip.out_[1].caller.number, "11001") << "Jane sees John";
  calls.ringing(out(1));
  loop.settle();
  answers(1);
  EXPECT_EQ(port_of(out(0))->to_, port_of(out(1)));
  EXPECT_EQ(port_of(out(1))->to_, port_of(out(0)));
  calls.ended(out(0), {Cause::normal, ""});
  loop.settle();
  EXPECT_EQ(sip.told(out(1)), "originate hangup");
  EXPECT_EQ(record().disposition, "answered");
  EXPECT_EQ(record().legs[0].destination, "john.doe/mobile");
  EXPECT_EQ(record().legs[0].user, "john.doe");
  EXPECT_EQ(remote.in_calls_["john.doe/mobile"], 0);
}

TEST_F(CallbackTest, AMachineDoesNotRingTheTarget) {
  begin();
  calls.ringing(out(0));
  loop.advance(milliseconds(700));
  answers(0);
  EXPECT_EQ(sip.told(out(0)), "originate hangup");
  EXPECT_EQ(sip.out_.size(), 1u);
  EXPECT_TRUE(decided("answered after 0.7 s, too soon (1.5 s)"));
}

TEST_F(CallbackTest, ByKeyWhereThatIsWanted) {
  order_.first.control = UserControl{};
  begin();
  calls.ringing(out(0));
  loop.advance(milliseconds(2000));
  answers(0);
  EXPECT_EQ(sip.out_.size(), 1u);
  calls.digit(out(0), '1');
  loop.settle();
  EXPECT_EQ(sip.out_.size(), 2u);
}

TEST_F(CallbackTest, NobodyPressesAKey) {
  order_.first.control = UserControl{};
  begin();
  loop.advance(milliseconds(2000));
  answers(0);
  loop.advance(seconds(10));
  EXPECT_EQ(sip.told(out(0)), "originate hangup");
  EXPECT_EQ(sip.out_.size(), 1u);
}

TEST_F(CallbackTest, NobodyAnswers) {
  order_.first.too_late = milliseconds(19'000);
  begin();
  loop.advance(milliseconds(19'000));
  EXPECT_EQ(sip.told(out(0)), "originate hangup");
  EXPECT_EQ(record().disposition, "no-answer");
}

TEST_F(CallbackTest, ItIsBusy) {
  begin();
  calls.ended(out(0), {Cause::busy, "Busy Here", 486});
  loop.settle();
  EXPECT_EQ(record().disposition, "busy");
}

TEST_F(CallbackTest, AtOnesOwnPhone) {
  order_.first = {"", "11001"};
  begin();
  EXPECT_EQ(sip.out_[0].endpoint, kJohn);
}

TEST_F(CallbackTest, WhatMayNotBe) {
  const auto refused = [&](const char* first, const char* second, const char* user = "john.doe") {
    CallbackOrder order;
    order.user = user;
    order.first.number = first;
    order.second = second;
    const auto call = calls.call_back(order);
    EXPECT_FALSE(call);
    return call ? ErrorCode::io : call.error().code;
  };
  EXPECT_EQ(refused("914085557001", "9011", "john.doe"), ErrorCode::forbidden);
  EXPECT_EQ(refused("9011", "11002"), ErrorCode::forbidden);
  EXPECT_EQ(refused("914085557001", "911"), ErrorCode::forbidden);
  EXPECT_EQ(refused("911", "11002"), ErrorCode::forbidden);
  EXPECT_EQ(refused("11002", "11001"), ErrorCode::forbidden) << "somebody else's phone";
  EXPECT_EQ(refused("914085557001", "11002", "nobody"), ErrorCode::not_found);
  sip.place(kJohn, {});
  EXPECT_EQ(refused("11001", "11002"), ErrorCode::unavailable);
  remote.in_calls_["john.doe/mobile"] = 6;
  EXPECT_EQ(calls.call_back(order_).error().code, ErrorCode::exhausted);
  EXPECT_TRUE(sip.out_.empty());
  EXPECT_EQ(calls.calls(), 0u);
}

}  // namespace
}  // namespace tandem::test
