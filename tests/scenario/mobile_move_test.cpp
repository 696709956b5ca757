// Calls that move between desk and mobile, on the wire: Jane talks to John, who goes on elsewhere; her stream must not show it.
#include <fmt/format.h>
#include <gmock/gmock.h>

#include <regex>

#include "office.h"

namespace tandem::test {
namespace {

using testing::HasSubstr;

class MobileMoves : public TwoPhones {
 protected:
  void SetUp() override {
    open({"mobileconnect/people/mobility=yes", "mobileconnect/destination john.doe/mobile/too_soon=0s",
          "mobileconnect/people/pickup_wait=" + wait_});
    john_ = std::make_unique<Phone>(*tandem_, kJohn, 440);
    jane_ = std::make_unique<Phone>(*tandem_, kJane, 880);
    mobile_audio_.tone = 600;
    john_->must_enroll();
    jane_->must_enroll();
    jane_talks_to_john();
  }
  void jane_talks_to_john() {
    talk_ = converse(*jane_, *john_, "11001");
    expect_tones_both_ways(jane_->audio, john_->audio, Milliseconds(200));
    jane_->audio.forget();
  }
  /// The name of John's leg at `endpoint`, as the console has it.
  std::string channel(const std::string& endpoint) {
    for (const auto& row : tandem_->ask("core show channels")) {
      if (row["endpoint"] == endpoint && row["state"] == "up") return row["channel"];
    }
    return "none";
  }
  void rings_at_the_mobile() {
    mobile_invite_ = gateway().expect_request("INVITE");
    mobile_ = gateway().accept(mobile_invite_);
    gateway().respond(mobile_, mobile_invite_, 180, "Ringing");
  }
  void answers_at_the_mobile() {
    mobile_audio_.remote = Sdp::parse(mobile_invite_.body).rtp;
    gateway().respond(mobile_, mobile_invite_, 200, "OK", make_sdp(mobile_audio_.port(), {0}, 101));
    gateway().expect_request("ACK");
  }
  void to_the_mobile() {
    const auto sent = tandem_->console("mobile send " + channel(kJohn) + " mobile");
    ASSERT_EQ(sent.code, 0) << sent.output;
    rings_at_the_mobile();
    talk({&jane_->audio, &john_->audio}, Milliseconds(100));
    answers_at_the_mobile();
    talk({&jane_->audio, &john_->audio, &mobile_audio_}, Milliseconds(300));
    john_->respond(talk_.called, john_->expect_request("BYE"), 200, "OK");
    expect_heard(600);
  }
  void press_at_the_mobile(const std::string& keys) {
    for (const char key : keys) {
      const auto digit = static_cast<uint8_t>(key == '*' ? 10 : key == '#' ? 11 : key - '0');
      mobile_audio_.send_event(101, digit, 160, false);
      mobile_audio_.send_event(101, digit, 800, true);
      mobile_audio_.skip(1600);
      talk({&jane_->audio}, Milliseconds(60));
    }
  }
  void hangs_up_at_the_mobile() {
    mobile_.invite = mobile_invite_;
    gateway().send(gateway().in_dialog(mobile_, "BYE"));
    gateway().expect(200, "BYE");
  }
  /// What Jane has heard in the last 160 ms.
  void expect_heard(double hertz) {
    const auto& heard = jane_->audio.heard();
    ASSERT_GT(heard.size(), 1280U);
    EXPECT_NEAR(measure(std::span(heard).last(1280)).hertz, hertz, 10);
  }
  /// One stream from the beginning, whoever was heard in it, and no key that was a code.
  void expect_one_stream() {
    const auto& packets = jane_->audio.packets();
    for (size_t i = 1; i < packets.size(); ++i) {
      ASSERT_EQ(packets[i].ssrc, packets[0].ssrc);
      ASSERT_EQ(packets[i].sequence, static_cast<uint16_t>(packets[i - 1].sequence + 1)) << "packet " << i;
      ASSERT_GT(static_cast<int32_t>(packets[i].timestamp - packets[i - 1].timestamp), 0) << "packet " << i;
      ASSERT_EQ(packets[i].payload_type, 0);
    }
    EXPECT_TRUE(jane_->silent([](const auto& m) { return m.method() == "INVITE" || m.method() == "UPDATE"; }, Milliseconds(1)))
        << "she is not even asked";
  }
  void jane_hangs_up(SipPeer& at, Dialog& dialog) {
    jane_->send(jane_->in_dialog(talk_.caller, "BYE"));
    at.respond(dialog, at.expect_request("BYE"), 200, "OK");
    jane_->expect(200, "BYE");
    expect_nothing_left();
  }

  std::string wait_ = "10s";
  Conversation talk_;
  RtpEnd mobile_audio_;
  SipMessage mobile_invite_;
  Dialog mobile_;
};

TEST_F(MobileMoves, ToTheMobileAndBackByItsKeys) {
  to_the_mobile();
  EXPECT_THAT(mobile_invite_.start, HasSubstr("+14085557001"));
  EXPECT_THAT(mobile_invite_.header("From") + mobile_invite_.header("P-Asserted-Identity"), HasSubstr("4085551002"))
      << "the mobile is shown Jane, as the world outside knows her";
  press_at_the_mobile("*74");
  const SipMessage invite = john_->expect_request("INVITE");
  Dialog desk = john_->accept(invite);
  john_->respond(desk, invite, 180, "Ringing");
  talk({&jane_->audio, &mobile_audio_}, Milliseconds(200));
  expect_heard(600);
  john_->hear_of(invite);
  john_->respond(desk, invite, 200, "OK", john_->offer());
  john_->expect_request("ACK");
  talk({&jane_->audio, &john_->audio, &mobile_audio_}, Milliseconds(300));
  gateway().respond(mobile_, gateway().expect_request("BYE"), 200, "OK");
  expect_heard(440);
  expect_one_stream();
  jane_hangs_up(*john_, desk);
  const auto told = decisions(1);
  EXPECT_THAT(told, HasSubstr("sent to mobile"));
  EXPECT_THAT(told, HasSubstr("handoff"));
}

TEST_F(MobileMoves, TheMobileHangsUpAndTheDeskResumes) {
  to_the_mobile();
  SipMessage subscribe = john_->make_request("SUBSCRIBE", john_->uri(kJohn));
  subscribe.add("Event", "dialog");
  ASSERT_EQ(john_->transact(subscribe).status() / 100, 2);
  hangs_up_at_the_mobile();
  mobile_audio_.tone = 0;
  const size_t before = jane_->audio.heard().size();
  talk({&jane_->audio}, Milliseconds(500));
  const std::span<const int16_t> music = std::span(jane_->audio.heard()).subspan(before);
  ASSERT_GT(music.size(), 2000U);
  EXPECT_GT(measure(music).amplitude, 200) << "she hears music";
  EXPECT_LT(amplitude_at(music, 8000, 600), 500);

  // The lamp of John's own line: on hold, with a name.
  std::smatch name;
  const std::regex named("call-id=\"([^\"]+)\" local-tag=\"([^\"]+)\" remote-tag=\"([^\"]+)\"");
  std::string body;
  for (int i = 0; i < 10 && name.empty(); ++i) {
    const SipMessage notify = john_->expect_request("NOTIFY");
    john_->respond(notify, 200, "OK");
    body = notify.body;
    if (body.find("+sip.rendering") != std::string::npos) std::regex_search(body, name, named);
  }
  ASSERT_EQ(name.size(), 4U) << body;
  const std::string replaces = fmt::format("{};to-tag={};from-tag={}", name[1].str(), name[3].str(), name[2].str());
  Dialog resumed = john_->call("11001", john_->offer(), {{"Replaces", replaces}, {"Require", "replaces"}});
  john_->hear_of(john_->answered(resumed));
  talk({&jane_->audio, &john_->audio}, Milliseconds(400));
  expect_heard(440);
  expect_one_stream();
  EXPECT_TRUE(tandem_->ask("mobile show calls").is_array());
  jane_->send(jane_->in_dialog(talk_.caller, "BYE"));
  john_->respond(resumed, john_->expect_request("BYE"), 200, "OK");
  jane_->expect(200, "BYE");
  EXPECT_THAT(decisions(1), HasSubstr("desk pickup"));
}

TEST_F(MobileMoves, OrDialsACode) {
  to_the_mobile();
  hangs_up_at_the_mobile();
  Dialog code = john_->call("*74", john_->offer());
  john_->hear_of(john_->answered(code));
  talk({&jane_->audio, &john_->audio}, Milliseconds(400));
  expect_heard(440);
  expect_one_stream();
  jane_hangs_up(*john_, code);
}

TEST_F(MobileMoves, NobodyElseMayResume) {
  to_the_mobile();
  Phone desk(*tandem_, kHotDesk);
  desk.must_enroll();
  const std::string replaces =
      fmt::format("{};to-tag={};from-tag={}", talk_.caller.call_id, talk_.caller.remote_tag, talk_.caller.local_tag);
  Dialog refused = desk.call("11001", desk.offer(), {{"Replaces", replaces}});
  const SipMessage answer = desk.expect_final("INVITE");
  EXPECT_EQ(answer.status(), 403);
  desk.ack(refused, answer);
  jane_hangs_up(gateway(), mobile_);
}

TEST_F(MobileMoves, HoldAndResumeAndKeysForABank) {
  to_the_mobile();
  press_at_the_mobile("*81");
  mobile_audio_.tone = 0;
  talk({&jane_->audio}, Milliseconds(400));
  EXPECT_GT(measure(std::span(jane_->audio.heard()).last(2400)).amplitude, 200);
  press_at_the_mobile("*83");
  mobile_audio_.tone = 600;
  talk({&jane_->audio, &mobile_audio_}, Milliseconds(300));
  expect_heard(600);
  expect_one_stream();
  press_at_the_mobile("5");
  talk({&jane_->audio, &mobile_audio_}, Milliseconds(100));
  EXPECT_TRUE(std::any_of(jane_->audio.packets().begin(), jane_->audio.packets().end(),
                          [](const RtpPacket& p) { return p.payload_type == 101 && !p.payload.empty() && p.payload[0] == 5; }));
  jane_hangs_up(gateway(), mobile_);
}

TEST_F(MobileMoves, ARefusedMoveChangesNothing) {
  ASSERT_EQ(tandem_->console("mobile send " + channel(kJohn) + " mobile").code, 0);
  mobile_invite_ = gateway().expect_request("INVITE");
  mobile_ = gateway().accept(mobile_invite_);
  gateway().respond(mobile_, mobile_invite_, 486, "Busy Here");
  gateway().expect_request("ACK");
  talk({&jane_->audio, &john_->audio}, Milliseconds(800));  // two short tones tell John
  expect_tones_both_ways(jane_->audio, john_->audio);
  jane_hangs_up(*john_, talk_.called);
}

class ShortWait : public MobileMoves {
 protected:
  ShortWait() { wait_ = "300ms"; }
};

TEST_F(ShortWait, NobodyPicksUp) {
  to_the_mobile();
  hangs_up_at_the_mobile();
  jane_->respond(talk_.caller, jane_->expect_request("BYE"), 200, "OK");
  expect_nothing_left();
  EXPECT_THAT(decisions(1), HasSubstr("nobody took it up"));
}

TEST_F(MobileMoves, AStopInTheMiddleOfTheWindowReleasesTheFarEnd) {
  to_the_mobile();
  hangs_up_at_the_mobile();
  tandem_->stop();
  jane_->expect_request("BYE");
}

}  // namespace
}  // namespace tandem::test
