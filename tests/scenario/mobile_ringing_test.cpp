// A desk and a mobile that ring together, what people set for their lines, and calls that the office begins: Jane's line on the wire.
#include <fmt/format.h>

#include "office.h"
#include "support/raw_http.h"

namespace tandem::test {
namespace {

constexpr auto kMobile = "+14085557002";

bool is_invite(const SipMessage& message) { return message.method() == "INVITE"; }

class MobileRinging : public Office {
 protected:
  void SetUp() override {
    open({"mobileconnect/people/mobility=yes"});
    john_ = std::make_unique<Phone>(*tandem_, kJohn, 440);
    jane_ = std::make_unique<Phone>(*tandem_, kJane, 880);
    john_->must_enroll();
    mobile_.tone = 1200;
  }
  void desk_is_there() { jane_->must_enroll(); }
  /// Jane's mobile, which rings with the desk at once.
  void has_mobile(const std::string& more = "too_soon 0s") {
    tandem_->ask("mobile add destination jane.white/mobile 914085557002 delay_inside 0s delay_outside 0s " + more);
  }
  /// John calls; the desk rings.
  void john_calls() {
    caller_ = john_->call("11002", john_->offer());
    at_desk_ = jane_->expect_request("INVITE");
    desk_ = jane_->accept(at_desk_);
    jane_->respond(desk_, at_desk_, 180, "Ringing");
    john_->expect(180, "INVITE");
  }
  /// The mobile rings too, by `status`.
  void mobile_rings(int status = 180, const std::string& sdp = {}) {
    at_mobile_ = gateway().expect_request("INVITE");
    outside_ = gateway().accept(at_mobile_);
    gateway().respond(outside_, at_mobile_, status, "Ringing", sdp);
  }
  void mobile_answers() {
    mobile_.remote = Sdp::parse(at_mobile_.body).rtp;
    gateway().respond(outside_, at_mobile_, 200, "OK", make_sdp(mobile_.port()));
    gateway().expect_request("ACK");
  }
  void desk_answers() {
    jane_->hear_of(at_desk_);
    jane_->respond(desk_, at_desk_, 200, "OK", jane_->offer());
    john_->hear_of(john_->answered(caller_));
    jane_->expect_request("ACK");
  }
  /// Who is cancelled, and whether the phone is told that somebody else has answered.
  static void expect_cancelled(SipPeer& peer, const Dialog& dialog, const SipMessage& invite, bool elsewhere) {
    const SipMessage cancel = peer.expect_request("CANCEL");
    const std::string reason = cancel.header("Reason");
    EXPECT_EQ(reason.find("cause=200") != std::string::npos, elsewhere) << reason;
    EXPECT_EQ(reason.find("Call completed elsewhere") != std::string::npos, elsewhere) << reason;
    peer.respond(cancel, 200, "OK");
    peer.respond(dialog, invite, 487, "Request Terminated");
    peer.expect_request("ACK");
  }
  void expect_mobile_hung_up() { gateway().respond(outside_, gateway().expect_request("BYE"), 200, "OK"); }
  void hang_up_at_desk() {
    john_->bye(caller_);
    jane_->respond(desk_, jane_->expect_request("BYE"), 200, "OK");
  }
  int refused() {
    const auto response = john_->expect_final("INVITE");
    john_->ack(caller_, response);
    return response.status();
  }
  bool said(const std::string& part, size_t calls = 1) {
    const std::string all = decisions(calls);
    return all.find(part) != std::string::npos ? true : (ADD_FAILURE() << all, false);
  }
  /// Dials a code and hears it out.
  void dial_code(Phone& phone, const std::string& code) {
    auto dialog = phone.call(code, phone.offer());
    phone.answered(dialog);
    phone.respond(dialog, phone.expect_request("BYE", std::chrono::seconds(15)), 200, "OK");
  }

  std::unique_ptr<Phone> john_, jane_;
  RtpEnd mobile_;
  Dialog caller_, desk_, outside_;
  SipMessage at_desk_, at_mobile_;
};

TEST_F(MobileRinging, AnsweredAtTheMobile) {
  desk_is_there();
  has_mobile();
  john_calls();
  mobile_rings();
  EXPECT_EQ(user_of(at_mobile_.uri()), kMobile);
  EXPECT_EQ(user_of(uri_of(at_mobile_.header("From"))), "+14085551001") << "who calls, by the outside number";
  EXPECT_NE(at_mobile_.header("Diversion").find("+14085551002"), std::string::npos) << at_mobile_.header("Diversion");
  EXPECT_NE(at_mobile_.header("Diversion").find("reason=follow-me"), std::string::npos);
  mobile_answers();
  const SipMessage answer = john_->answered(caller_);
  EXPECT_NE(answer.header("P-Asserted-Identity").find("11002"), std::string::npos) << "it is Jane, wherever she is";
  EXPECT_EQ(answer.text().find("5557002"), std::string::npos) << "her private number is nobody's business";
  john_->hear_of(answer);
  expect_cancelled(*jane_, desk_, at_desk_, true);
  expect_tones_both_ways(john_->audio, mobile_);
  john_->bye(caller_);
  expect_mobile_hung_up();
  said("ring jane.white/mobile at pstn");
  expect_nothing_left();
}

TEST_F(MobileRinging, AnsweredAtTheDesk) {
  desk_is_there();
  has_mobile();
  john_calls();
  mobile_rings();
  desk_answers();
  expect_cancelled(gateway(), outside_, at_mobile_, true);
  expect_tones_both_ways(john_->audio, jane_->audio);
  hang_up_at_desk();
  expect_nothing_left();
}

TEST_F(MobileRinging, AMachineThatAnswersTooSoonIsDropped) {
  desk_is_there();
  has_mobile("too_soon 8s");
  john_calls();
  mobile_rings();
  mobile_answers();
  expect_mobile_hung_up();
  EXPECT_TRUE(john_->silent([](const auto& m) { return m.status() >= 200; }, Milliseconds(100)));
  desk_answers();
  hang_up_at_desk();
  said("too soon (8.0 s)");
  expect_nothing_left();
}

TEST_F(MobileRinging, AnAnnouncementOfTheNetworkIsNotForTheCaller) {
  desk_is_there();
  has_mobile();
  john_calls();
  mobile_rings(183, make_sdp(mobile_.port()));
  EXPECT_TRUE(john_->silent([](const auto& m) { return m.status() == 183; }, Milliseconds(200)));
  john_->cancel(caller_);
  EXPECT_EQ(refused(), 487);
  expect_cancelled(*jane_, desk_, at_desk_, false);
  expect_cancelled(gateway(), outside_, at_mobile_, false);
  expect_nothing_left();
}

TEST_F(MobileRinging, BothAnswerInTheSameBreath) {
  desk_is_there();
  has_mobile();
  john_calls();
  mobile_rings();
  mobile_.remote = Sdp::parse(at_mobile_.body).rtp;
  jane_->hear_of(at_desk_);
  jane_->respond(desk_, at_desk_, 200, "OK", jane_->offer());
  gateway().respond(outside_, at_mobile_, 200, "OK", make_sdp(mobile_.port()));
  john_->hear_of(john_->answered(caller_));
  jane_->expect_request("ACK");
  gateway().expect_request("ACK");
  // Whoever was a moment later is hung up on; the other one talks.
  const auto lost = gateway().receive([](const auto& m) { return m.method() == "BYE"; }, Milliseconds(1500));
  if (lost) {
    gateway().respond(outside_, *lost, 200, "OK");
    expect_tones_both_ways(john_->audio, jane_->audio);
    hang_up_at_desk();
  } else {
    jane_->respond(desk_, jane_->expect_request("BYE"), 200, "OK");
    expect_tones_both_ways(john_->audio, mobile_);
    john_->bye(caller_);
    expect_mobile_hung_up();
  }
  expect_nothing_left();
}

TEST_F(MobileRinging, ABusyDeskIsNoReasonToRingTheMobile) {
  desk_is_there();
  has_mobile();
  caller_ = john_->call("11002", john_->offer());
  const auto invite = jane_->expect_request("INVITE");
  jane_->respond(invite, 486, "Busy Here");
  EXPECT_EQ(refused(), 486);
  EXPECT_TRUE(gateway().silent(is_invite, Milliseconds(200)));
  expect_nothing_left();
}

TEST_F(MobileRinging, WithoutADeskTheMobileRings) {
  has_mobile();
  caller_ = john_->call("11002", john_->offer());
  mobile_rings();
  john_->expect(180, "INVITE");
  gateway().respond(outside_, at_mobile_, 486, "Busy Here");
  gateway().expect_request("ACK");
  EXPECT_EQ(refused(), 486);
  expect_nothing_left();
}

TEST_F(MobileRinging, AKeySaysThatItIsAPerson) {
  desk_is_there();
  has_mobile("too_soon 0s user_control on");
  john_calls();
  mobile_rings();
  mobile_answers();
  EXPECT_TRUE(john_->silent([](const auto& m) { return m.status() >= 200; }, Milliseconds(200)));
  const auto press = [&](char key) {
    SipMessage info = gateway().in_dialog(outside_, "INFO");
    info.set("Content-Type", "application/dtmf-relay");
    info.body = fmt::format("Signal={}\r\nDuration=160\r\n", key);
    gateway().send(info);
    EXPECT_EQ(gateway().expect_final("INFO").status(), 200);
  };
  press('5');
  EXPECT_TRUE(john_->silent([](const auto& m) { return m.status() >= 200; }, Milliseconds(200)));
  press('1');
  john_->hear_of(john_->answered(caller_));
  expect_cancelled(*jane_, desk_, at_desk_, true);
  expect_tones_both_ways(john_->audio, mobile_);
  john_->bye(caller_);
  expect_mobile_hung_up();
  said("takes the call by key");
  expect_nothing_left();
}

TEST_F(MobileRinging, AMobileThatAnswersAndHangsUpWhileItIsAsked) {
  desk_is_there();
  has_mobile("too_soon 0s user_control on");
  john_calls();
  mobile_rings();
  mobile_answers();
  gateway().bye(outside_);
  desk_answers();
  hang_up_at_desk();
  expect_nothing_left();
}

TEST_F(MobileRinging, DoNotDisturbByCode) {
  desk_is_there();
  has_mobile();
  dial_code(*jane_, "*78");
  EXPECT_EQ(tandem_->ask("line show 11002").at("dnd"), "reject");
  caller_ = john_->call("11002", john_->offer());
  EXPECT_EQ(refused(), 486);
  EXPECT_TRUE(gateway().silent(is_invite, Milliseconds(100)));
  EXPECT_TRUE(jane_->silent(is_invite, Milliseconds(100)));
  said("user/jane.white: do not disturb (reject)", 2);
  dial_code(*jane_, "*79");
  EXPECT_EQ(tandem_->ask("line show jane.white").at("dnd"), "off");
  john_calls();
  john_->cancel(caller_);
  EXPECT_EQ(refused(), 487);
  expect_cancelled(*jane_, desk_, at_desk_, false);
  mobile_rings();
  expect_cancelled(gateway(), outside_, at_mobile_, false);
  expect_nothing_left();
}

TEST_F(MobileRinging, ForwardedByCode) {
  desk_is_there();
  has_mobile();
  dial_code(*jane_, "*72914085559876");
  caller_ = john_->call("11002", john_->offer());
  const auto invite = gateway().expect_request("INVITE");
  EXPECT_EQ(user_of(invite.uri()), "+14085559876");
  EXPECT_NE(invite.header("Diversion").find("reason=unconditional"), std::string::npos) << invite.header("Diversion");
  gateway().respond(gateway().accept(invite), invite, 486, "Busy Here");
  gateway().expect_request("ACK");
  EXPECT_EQ(refused(), 486);
  EXPECT_TRUE(jane_->silent(is_invite, Milliseconds(100)));
  tandem_->ask("line set 11002 forward_all off");
  EXPECT_EQ(tandem_->ask("line show 11002").at("forward_all"), "");
  expect_nothing_left();
}

TEST_F(MobileRinging, TheOfficeCallsTheMobileAndThenTheTarget) {
  has_mobile();
  RawHttp http(tandem_->listener("http-api"));
  const auto answer = http.ask("POST", "/api/v1/users/jane.white/callback",
                               "Authorization: Basic aG90ZWwta2lvc2s6a2lvc2stZGVtbw==\r\nContent-Type: application/json\r\n",
                               R"({"first": "mobile", "to": "11001"})");
  EXPECT_EQ(answer.status, 202) << answer.body;
  mobile_rings();
  EXPECT_EQ(user_of(at_mobile_.uri()), kMobile);
  EXPECT_EQ(user_of(uri_of(at_mobile_.header("From"))), "+14085551002") << "Jane's own number in the office calls her";
  EXPECT_TRUE(john_->silent(is_invite, Milliseconds(100)));
  mobile_answers();
  const auto invite = john_->expect_request("INVITE");
  EXPECT_NE(invite.header("From").find("11002"), std::string::npos) << "John sees Jane's extension";
  john_->hear_of(invite);
  auto called = john_->accept(invite);
  john_->respond(called, invite, 200, "OK", john_->offer());
  john_->expect_request("ACK");
  expect_tones_both_ways(john_->audio, mobile_);
  john_->bye(called);
  expect_mobile_hung_up();
  expect_nothing_left();
}

}  // namespace
}  // namespace tandem::test
