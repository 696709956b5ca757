// A caller from outside who is somebody of the office: what the called side is shown, and what the record says.
#include "call_fixture.h"

namespace tandem::test {
namespace {

class Known final : public RemoteDestinations {
 public:
  ReachPlan plan(const ReachQuestion& /*question*/) override { return {}; }
  std::optional<RemoteMatch> match(std::string_view number) override {
    if (number != "914085557001") return std::nullopt;
    return RemoteMatch{user_, user_ + "/mobile", true, may_call_in_};
  }
  std::vector<MoveTarget> may_move_to(std::string_view /*user*/) override { return {}; }
  Result<Registration> occupy(std::string_view /*id*/) override { return Registration(); }
  milliseconds pickup_wait(std::string_view /*user*/) override { return {}; }
  std::string office_number(std::string_view number) override { return number == "914085557001" ? "11001" : ""; }
  std::string user_ = "john.doe";
  bool may_call_in_ = true;
};

class RecogniseTest : public CallTest {
 protected:
  RecogniseTest() {
    calls.set_remote_destinations([this] { return there_ ? &known_ : nullptr; });
  }
  /// What the verb says to a call that comes in by a trunk; and the call's record.
  std::string ask(const Value& args, const Party& caller, const char* verb = "recognise") {
    dialplan.body_ = [args, verb, this](FakeDialplan::Run& run) {
      run.verb(verb, args, [&run, this](const Result<Value>&) {
        shown_ = run.call().caller_identity();
        at_ = run.call().from_destination();
        sent_on_ = run.call().diversions().size();
        run.finish();
      });
    };
    IncomingLeg leg = leg_from("pstn", "4085551002");
    leg.is_device = device_;
    if (device_) leg.endpoint = kJohn;
    leg.context = "pstn";
    leg.caller = caller;
    leg.diversions = {Diversion{{"+14155550000", "", false}, "unconditional"}};
    const auto channel = leg.channel;
    EXPECT_TRUE(calls.incoming(sip, std::move(leg)));
    loop.settle();
    calls.ended(channel, {});
    loop.settle();
    return dialplan.heard_.empty() ? "nothing" : dialplan.heard_.back();
  }

  Known known_;
  bool there_ = true, device_ = false;
  Party shown_;
  std::string at_;
  size_t sent_on_ = 0;
};

TEST_F(RecogniseTest, IsShownWithExtensionAndName) {
  EXPECT_EQ(ask(Value::array(), {"914085557001", "WIRELESS CALLER", false}), "\"john.doe\"");
  EXPECT_EQ(shown_.number, "11001");
  EXPECT_EQ(shown_.name, "John Doe");
  EXPECT_EQ(at_, "john.doe/mobile");
  EXPECT_EQ(sent_on_, 1u);
  EXPECT_EQ(record().legs.at(0).user, "john.doe");
  EXPECT_EQ(record().legs.at(0).destination, "john.doe/mobile");
  EXPECT_TRUE(decided("the caller is john.doe, at john.doe/mobile"));
}

TEST_F(RecogniseTest, StrangersStayAsTheyAre) {
  EXPECT_EQ(ask(Value::array(), {"914085559999", "A Stranger", false}), "null");
  EXPECT_EQ(shown_.number, "914085559999");
  EXPECT_EQ(shown_.name, "A Stranger");
  EXPECT_EQ(at_, "");
  EXPECT_EQ(record().legs.at(0).user, "");
}

TEST_F(RecogniseTest, AWithheldNumberIsNobodys) { EXPECT_EQ(ask(Value::array(), {"914085557001", "", true}), "null"); }

TEST_F(RecogniseTest, NorOneThatMayNotCallIn) {
  known_.may_call_in_ = false;
  EXPECT_EQ(ask(Value::array(), {"914085557001", "", false}), "null");
}

TEST_F(RecogniseTest, NorOneWhoseOwnerIsGone) {
  known_.user_ = "no.body";
  EXPECT_EQ(ask(Value::array(), {"914085557001", "", false}), "null");
}

TEST_F(RecogniseTest, APhoneIsWhoItIs) {
  device_ = true;
  EXPECT_EQ(ask(Value::array(), {"914085557001", "", false}), "null");
  EXPECT_EQ(at_, "");
}

TEST_F(RecogniseTest, WithoutAModuleNobodyIsKnown) {
  there_ = false;
  EXPECT_EQ(ask(Value::array(), {"914085557001", "", false}), "null");
}

TEST_F(RecogniseTest, ANumberCanBeAskedAboutWithoutSayingThatItIsTheCaller) {
  EXPECT_EQ(ask(Value::array({"914085557001"}), {"914085559999", "A Stranger", false}), "\"john.doe\"");
  EXPECT_EQ(shown_.number, "914085559999");
  EXPECT_EQ(at_, "");
}

TEST_F(RecogniseTest, NonsenseIsRefusedWithASentence) {
  EXPECT_EQ(ask(Value::array({true}), {"1", "", false}), "recognise: takes a number, as text, or nothing");
}

TEST_F(RecogniseTest, AMobilesOfficeNumber) {
  EXPECT_EQ(ask(Value::array({"914085557001"}), {"1", "", false}, "office_number"), "\"11001\"");
}

TEST_F(RecogniseTest, AStrangersNumberHasNone) {
  EXPECT_EQ(ask(Value::array({"914085559999"}), {"1", "", false}, "office_number"), "null");
}

}  // namespace
}  // namespace tandem::test
