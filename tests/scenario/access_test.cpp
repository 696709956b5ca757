// Voice access on the wire: one's own office line from a mobile, by PIN, with one's own class and number.
#include <gmock/gmock.h>

#include "office.h"

namespace tandem::test {
namespace {

using testing::HasSubstr;

constexpr const char* kJanesPin = "284615";

class VoiceAccess : public TwoPhones {
 protected:
  static void press(RtpEnd& audio, const std::string& keys) {
    for (const char key : keys) {
      const auto code = static_cast<uint8_t>(key == '*' ? 10 : key == '#' ? 11 : key - '0');
      audio.send_event(101, code, 160, false);
      audio.send_event(101, code, 800, true);
      audio.skip(1600);
      talk({&audio}, Milliseconds(40));
    }
  }
  /// A mobile calls the office; answered, and sound flows.
  Dialog call_in(const std::string& number, const std::string& from) {
    mobile_.tone = 0;
    auto call = gateway().invite(number, make_sdp(mobile_.port(), {0, 8}, 101),
                                 {{"P-Asserted-Identity", "<sip:" + from + "@" + gateway().local().to_string() + ">"}});
    mobile_.remote = Sdp::parse(gateway().answered(call).body).rtp;
    talk({&mobile_}, Milliseconds(200));
    return call;
  }
  template <class Done>
  bool talk_until(Done done) {
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    while (!done()) {
      if (std::chrono::steady_clock::now() > end) return false;
      talk({&mobile_}, Milliseconds(100));
    }
    return true;
  }
  /// The next request of that method, while the mobile's sound goes on.
  SipMessage next(SipPeer& peer, const std::string& method) {
    std::optional<SipMessage> found;
    const auto wanted = [&](const SipMessage& m) { return m.start.starts_with(method + " "); };
    EXPECT_TRUE(talk_until([&] { return (found = peer.receive(wanted, Milliseconds(0))).has_value(); })) << method;
    return found.value_or(SipMessage());
  }
  RtpEnd mobile_;
};

TEST_F(VoiceAccess, KeysAloneReachAColleagueAsOneself) {
  auto call = call_in("5001", "+14085550000");
  press(mobile_, "11002#" + std::string(kJanesPin) + "#11001#");
  const auto invite = next(*john_, "INVITE");
  EXPECT_THAT(invite.header("From"), HasSubstr("11002")) << "as Jane";
  auto called = john_->accept(invite);
  john_->hear_of(invite);
  john_->respond(called, invite, 200, "OK", john_->offer());
  next(*john_, "ACK");
  mobile_.tone = 700;
  expect_tones_both_ways(mobile_, john_->audio);
  gateway().bye(call);
  john_->respond(called, john_->expect_request("BYE"), 200, "OK");
  const auto history = tandem_->ask_until("cdr history jane.white", [](const nlohmann::json& rows) { return !rows.empty(); });
  EXPECT_EQ(history[0].at("kind"), "placed");
  expect_nothing_left();
}

TEST_F(VoiceAccess, ACallOutLeavesWithOnesOwnNumberAndClass) {
  auto call = call_in("5001", "+14085550000");
  press(mobile_, "11002#" + std::string(kJanesPin) + "#94089717272#");
  const auto out = next(gateway(), "INVITE");
  EXPECT_THAT(out.start, HasSubstr("+14089717272"));
  EXPECT_THAT(out.text(), HasSubstr("+14085551002")) << "her office number";
  auto leg = gateway().accept(out);
  gateway().respond(leg, out, 486, "Busy Here");
  gateway().expect_request("ACK");
  gateway().respond(call, next(gateway(), "BYE"), 200, "OK");

  auto far = call_in("5001", "+14085550000");
  press(mobile_, "11002#" + std::string(kJanesPin) + "#9011442079460000#");
  gateway().respond(far, next(gateway(), "BYE"), 200, "OK");
  EXPECT_THAT(decisions(2), HasSubstr("hangup forbidden")) << "she may not call abroad, from wherever";
  expect_nothing_left();
}

TEST_F(VoiceAccess, AWrongPinOpensNothing) {
  auto call = call_in("5001", "+14085550000");
  for (size_t tries = 1; tries <= 3; ++tries) {
    press(mobile_, "11002#111111#");
    ASSERT_TRUE(talk_until([&] { return tandem_->ask("extmob show history user jane.white").size() >= tries; }));
  }
  gateway().respond(call, next(gateway(), "BYE"), 200, "OK");
  const auto rows = tandem_->ask("extmob show history user jane.white");
  EXPECT_THAT(rows.dump(), HasSubstr("voice"));
  EXPECT_THAT(rows.dump(), HasSubstr("pstn/"));
  EXPECT_EQ(rows.dump().find("111111"), std::string::npos);
  EXPECT_EQ(tandem_->log().find("111111"), std::string::npos);
  expect_nothing_left();
}

}  // namespace
}  // namespace tandem::test
