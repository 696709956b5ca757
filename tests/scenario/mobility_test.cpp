// Extension Mobility on the wire: logging in by voice and by console, and what calls do then.
#include <gmock/gmock.h>

#include "office.h"

namespace tandem::test {
namespace {

using testing::HasSubstr;

constexpr const char* kOtherDesk = "SEP0011223300A2";  // 19002 while nobody is there

class Mobility : public TwoPhones {
 protected:
  void SetUp() override {
    TwoPhones::SetUp();
    desk_ = std::make_unique<Phone>(*tandem_, kHotDesk, 660);
    desk_->must_enroll();
  }
  void login(const std::string& device, const std::string& user) {
    const auto done = tandem_->console("extmob login " + device + " " + user);
    ASSERT_EQ(done.code, 0) << done.output;
  }
  /// A call that two phones should ring for; the first answers. What each is shown of the caller.
  static std::string caller_of(const SipMessage& invite) { return invite.header("From"); }

  /// Dials a feature code and waits until it is answered.
  static Dialog dial_code(Phone& phone, const std::string& code) {
    auto dialog = phone.call(code, phone.offer());
    phone.hear_of(phone.answered(dialog));
    talk({&phone.audio}, Milliseconds(100));  // nobody types in the very moment of the answer
    return dialog;
  }
  /// Keys as a phone sends them, with the pound key at the end.
  static void press(Phone& phone, const std::string& keys) {
    for (const char key : keys + "#") {
      const auto digit = static_cast<uint8_t>(key == '#' ? 11 : key == '*' ? 10 : key - '0');
      phone.audio.send_event(101, digit, 160, false);
      phone.audio.send_event(101, digit, 800, true);
      phone.audio.skip(1600);
      talk({&phone.audio}, Milliseconds(60));
    }
  }
  /// Waits until `user` is logged in there; empty: until nobody is.
  void expect_at(const std::string& device, const std::string& user) {
    tandem_->ask_until("extmob show sessions", [&](const nlohmann::json& rows) {
      const auto there = std::find_if(rows.begin(), rows.end(), [&](const auto& row) { return row["device"] == device; });
      return there == rows.end() ? user.empty() : (*there)["user"] == user;
    });
  }
  std::unique_ptr<Phone> desk_;
};

TEST_F(Mobility, AfterALoginTheExtensionRingsWhereverThePersonIs) {
  login(kHotDesk, "john.doe");
  auto call = jane_->call("11001", jane_->offer());
  const auto at_own = john_->expect_request("INVITE");
  const auto at_hot = desk_->expect_request("INVITE");
  auto own = john_->accept(at_own), hot = desk_->accept(at_hot);
  john_->respond(own, at_own, 180, "Ringing");
  desk_->hear_of(at_hot);
  desk_->respond(hot, at_hot, 200, "OK", desk_->offer());
  jane_->hear_of(jane_->answered(call));
  desk_->expect_request("ACK");
  john_->respond(john_->expect_request("CANCEL"), 200, "OK");
  john_->respond(own, at_own, 487, "Request Terminated");
  john_->expect_request("ACK");
  expect_tones_both_ways(jane_->audio, desk_->audio, Milliseconds(200));
  jane_->bye(call);
  desk_->respond(hot, desk_->expect_request("BYE"), 200, "OK");
  const auto record = tandem_->ask("cdr show call " + records(1).back().at("call").get<std::string>());
  EXPECT_THAT(record["legs"].dump(), HasSubstr(kHotDesk));
  for (const auto& leg : record["legs"]) {
    if (leg["endpoint"] == kHotDesk) {
      EXPECT_EQ(leg["user"], "john.doe");
    }
  }
  expect_nothing_left();
}

TEST_F(Mobility, CallsFromThereAreThePersonsInNumberNameAndClass) {
  auto refused = desk_->call("94085557777", desk_->offer());
  const auto neutral = desk_->expect_final("INVITE");
  EXPECT_EQ(neutral.status(), 403);
  EXPECT_THAT(neutral.start, HasSubstr("Not permitted while logged out"));
  desk_->ack(refused, neutral);

  login(kHotDesk, "john.doe");
  auto call = desk_->call("11002", desk_->offer());
  const auto invite = jane_->expect_request("INVITE");
  EXPECT_THAT(caller_of(invite), HasSubstr("John Doe"));
  EXPECT_THAT(caller_of(invite), HasSubstr("11001"));
  auto called = jane_->accept(invite);
  jane_->respond(called, invite, 486, "Busy Here");
  desk_->ack(call, desk_->expect_final("INVITE"));

  auto outside = desk_->call("9011442079460000", desk_->offer());
  const auto at_gateway = gateway().expect_request("INVITE");
  EXPECT_THAT(at_gateway.start, HasSubstr("+442079460000"));
  EXPECT_THAT(at_gateway.header("From"), HasSubstr("+14085551001"));
  auto gone = gateway().accept(at_gateway);
  gateway().respond(gone, at_gateway, 404, "Not Found");
  desk_->ack(outside, desk_->expect_final("INVITE"));
}

TEST_F(Mobility, APersonLogsInByVoiceFromAnyPhone) {
  auto code = dial_code(*desk_, "*11");
  press(*desk_, "11001");
  press(*desk_, "719204");
  expect_at(kHotDesk, "john.doe");
  desk_->respond(code, desk_->expect_request("BYE", Milliseconds(10000)), 200, "OK");
  // Keys are a secret: nothing of them is in the record.
  EXPECT_EQ(tandem_->ask("cdr show call " + records(1).back().at("call").get<std::string>()).dump().find("719204"), std::string::npos);

  auto out = dial_code(*desk_, "*12");
  expect_at(kHotDesk, "");
  desk_->respond(out, desk_->expect_request("BYE", Milliseconds(10000)), 200, "OK");
  const auto history = tandem_->ask("extmob show history device " + std::string(kHotDesk));
  ASSERT_EQ(history.size(), 2U);
  EXPECT_EQ(history[1]["door"], "code");
  EXPECT_EQ(history[1]["site"], "hq");
}

TEST_F(Mobility, AutoLogoutMovesThePersonToTheLastPhone) {
  open({"extmobility/service/multiple_login=auto-logout"});
  Phone jane(*tandem_, kJane, 880), desk(*tandem_, kHotDesk, 660), other(*tandem_, kOtherDesk, 770);
  for (auto* phone : {&jane, &desk, &other}) phone->must_enroll();
  login(kHotDesk, "john.doe");
  login(kOtherDesk, "john.doe");
  auto call = jane.call("11001", jane.offer());
  const auto invite = other.expect_request("INVITE");
  EXPECT_TRUE(desk.silent([](const SipMessage& message) { return message.method() == "INVITE"; }, Milliseconds(300)));
  auto called = other.accept(invite);
  other.respond(called, invite, 486, "Busy Here");
  jane.ack(call, jane.expect_final("INVITE"));

  auto outside = desk.call("94085557777", desk.offer());
  const auto refused = desk.expect_final("INVITE");
  EXPECT_EQ(refused.status(), 403) << "neutral again";
  desk.ack(outside, refused);
}

TEST_F(Mobility, EmergencyCallsCarryTheSiteWhoeverIsThere) {
  for (const bool logged_in : {false, true}) {
    if (logged_in) login(kHotDesk, "john.doe");
    auto call = desk_->call("911", desk_->offer());
    const auto invite = gateway().expect_request("INVITE");
    EXPECT_THAT(invite.header("P-Asserted-Identity"), HasSubstr("+14085551000")) << "the site's number, not the person's";
    auto called = gateway().accept(invite);
    gateway().respond(called, invite, 486, "Busy Here");
    desk_->ack(call, desk_->expect_final("INVITE"));
  }
}

TEST_F(Mobility, AnAcknowledgedLoginOutlivesAKill) {
  login(kHotDesk, "john.doe");
  tandem_->kill();
  tandem_->start();
  EXPECT_EQ(tandem_->ask("extmob show sessions").at(0).at("user"), "john.doe");
  const auto refused = tandem_->console("extmob login " + std::string(kOtherDesk) + " john.doe");
  EXPECT_NE(refused.code, 0);
  EXPECT_THAT(refused.output, HasSubstr("User logged in elsewhere"));
}

}  // namespace
}  // namespace tandem::test
