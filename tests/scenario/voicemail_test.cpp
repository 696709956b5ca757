// Voice messages on the wire: left with a tone, heard as that tone, lamps at two phones, callers who hang up early.
#include <gmock/gmock.h>

#include <filesystem>
#include <fstream>

#include "office.h"
#include "support/raw_http.h"
#include "support/smtp_server.h"

namespace tandem::test {
namespace {

using nlohmann::json;
using testing::HasSubstr;

// hotel-kiosk:kiosk-demo
constexpr const char* kBasic = "Authorization: Basic aG90ZWwta2lvc2s6a2lvc2stZGVtbw==\r\n";
constexpr const char* kJanesPin = "284615";
constexpr const char* kJohnsPin = "719204";

/// Every prompt of sounds/en.txt as a moment of silence: what is said is not tested here, and nobody waits for it.
void make_silent_prompts(const std::string& folder) {
  std::filesystem::create_directories(folder + "/prompts");
  std::ifstream texts(TANDEM_SOURCE_DIR "/sounds/en.txt");
  for (std::string line; std::getline(texts, line);) {
    if (line.empty() || line[0] == '#') continue;
    std::ofstream wave(folder + "/prompts/" + line.substr(0, line.find(':')) + ".wav", std::ios::binary);
    const unsigned char head[] = {'R', 'I', 'F', 'F', 100, 0, 0,   0,  'W', 'A', 'V', 'E', 'f', 'm', 't', ' ', 16,  0,   0,  0, 1, 0,
                                  1,   0,   64,  31,  0,   0, 128, 62, 0,   0,   2,   0,   16,  0,   'd', 'a', 't', 'a', 64, 1, 0, 0};
    wave.write(reinterpret_cast<const char*>(head), sizeof head);
    wave << std::string(320, '\0');
  }
}

class VoicemailOnTheWire : public TwoPhones {
 protected:
  void SetUp() override { start({}); }
  void start(std::vector<std::string> more) {
    make_silent_prompts(sounds_.path());
    more.insert(more.end(), {"voicemail/boxes/enabled=yes", "voicemail/boxes/min_length=1s", "voicemail/boxes/min_free=0",
                             "rtp/rtp/sounds=" + sounds_.path()});
    open(more);
    john_ = std::make_unique<Phone>(*tandem_, kJohn, 0);
    jane_ = std::make_unique<Phone>(*tandem_, kJane, 0);
    john_->must_enroll();
    jane_->must_enroll();
    hers_ = {jane_.get()};
  }
  /// Keys, as a phone sends them, a while apart.
  static void press(Phone& phone, const std::string& keys) {
    for (const char key : keys) {
      const auto code = static_cast<uint8_t>(key == '*' ? 10 : key == '#' ? 11 : key - '0');
      phone.audio.send_event(101, code, 160, false);
      phone.audio.send_event(101, code, 800, true);
      phone.audio.skip(1600);
      talk({&phone.audio}, Milliseconds(40));
    }
  }
  /// Plays and listens until `done`; false when it never was.
  template <class Done>
  static bool talk_until(Phone& phone, Done done, Milliseconds limit = Milliseconds(20'000)) {
    const auto end = std::chrono::steady_clock::now() + limit;
    while (!done()) {
      if (std::chrono::steady_clock::now() > end) return false;
      talk({&phone.audio}, Milliseconds(100));
    }
    return true;
  }
  /// Whether the last `how_long` of what this phone hears is that tone.
  static bool hears(const Phone& phone, double hertz, Milliseconds how_long = Milliseconds(300)) {
    const auto& heard = phone.audio.heard();
    const auto count = static_cast<size_t>(how_long.count()) * 8;
    if (heard.size() < count) return false;
    return amplitude_at(std::span(heard).last(count), 8000, hertz) > 3000;
  }
  /// John calls Jane, who is busy; returns when the beep is over.
  Dialog reach_the_beep() {
    auto call = john_->call("11002", john_->offer());
    for (Phone* const phone : hers_) {
      const auto invite = phone->expect_request("INVITE");
      phone->respond(phone->accept(invite), invite, 486, "Busy Here");
    }
    john_->hear_of(john_->answered(call));
    EXPECT_TRUE(talk_until(*john_, [this] { return hears(*john_, 1000, Milliseconds(100)); })) << "the beep";
    talk({&john_->audio}, Milliseconds(300));
    return call;
  }
  /// A message of two seconds of 440 Hz.
  void leave_a_message() {
    auto call = reach_the_beep();
    john_->audio.tone = 440;
    talk({&john_->audio}, Milliseconds(2000));
    john_->audio.tone = 0;
    john_->bye(call);
    tandem_->ask_until("voicemail show messages jane.white", [](const json& rows) { return !rows.empty(); });
  }
  /// Listens until the server has hung up.
  void until_the_server_hangs_up(Phone& phone, Dialog& dialog) {
    std::optional<SipMessage> bye;
    const auto is_bye = [](const SipMessage& m) { return m.start.starts_with("BYE "); };
    ASSERT_TRUE(talk_until(phone, [&] { return (bye = phone.receive(is_bye, Milliseconds(0))).has_value(); }));
    phone.respond(dialog, *bye, 200, "OK");
  }
  /// Calls a number and keys in what is asked for, one answer at a time.
  Dialog listen(Phone& phone, const std::string& number, const std::vector<std::string>& keys) {
    auto call = phone.call(number, phone.offer());
    phone.hear_of(phone.answered(call));
    talk({&phone.audio}, Milliseconds(200));  // nobody presses a key in the millisecond of the answer
    for (const auto& answer : keys) press(phone, answer);
    return call;
  }
  json messages(const std::string& user = "jane.white") { return tandem_->ask("voicemail show messages " + user); }
  HttpAnswer rest(const std::string& method, const std::string& path, const std::string& body = {}, const std::string& more = {}) {
    RawHttp http(tandem_->listener("http-api"));
    return http.ask(method, path, kBasic + more, body);
  }
  TemporaryFolder sounds_;
  std::vector<Phone*> hers_;  ///< where Jane is
};

TEST_F(VoicemailOnTheWire, AMessageIsLeftAndHeard) {
  auto leaving = reach_the_beep();
  john_->audio.tone = 440;
  talk({&john_->audio}, Milliseconds(1500));
  john_->audio.tone = 0;
  press(*john_, "#1");
  until_the_server_hangs_up(*john_, leaving);
  ASSERT_EQ(messages().size(), 1u) << "in the box before the caller was told goodbye";
  EXPECT_EQ(messages()[0].at("state"), "new");
  EXPECT_EQ(messages()[0].at("number"), "11001");
  EXPECT_EQ(messages()[0].at("name"), "John Doe");
  EXPECT_NEAR(messages()[0].at("seconds").get<double>(), 1.9, 0.5);

  auto listening = listen(*jane_, "*97", {std::string(kJanesPin) + "#", "1"});
  EXPECT_TRUE(talk_until(*jane_, [this] { return hears(*jane_, 440); })) << "her message";
  press(*jane_, "9");
  ASSERT_TRUE(talk_until(*jane_, [this] { return messages()[0].at("state") == "saved"; }));
  jane_->audio.forget();
  press(*jane_, "2");
  EXPECT_TRUE(talk_until(*jane_, [this] { return hears(*jane_, 440); })) << "among the old ones";
  press(*jane_, "7");
  ASSERT_TRUE(talk_until(*jane_, [this] { return messages().empty(); }));
  press(*jane_, "*");
  until_the_server_hangs_up(*jane_, listening);
  const auto record = tandem_->ask("cdr show call " + records(2)[0].at("call").get<std::string>());
  EXPECT_THAT(record.at("decisions").dump(), HasSubstr("a message for jane.white"));
  expect_nothing_left();
}

TEST_F(VoicemailOnTheWire, WhoHangsUpEarlyHasLeftNothingAndWhoSpokeHas) {
  auto brief = reach_the_beep();
  john_->bye(brief);
  leave_a_message();
  EXPECT_EQ(messages().size(), 1u);
  EXPECT_EQ(tandem_->ask("voicemail status").at("left_by_hanging_up"), 2);
  EXPECT_EQ(tandem_->ask("voicemail status").at("too_short"), 1);
  expect_nothing_left();
}

TEST_F(VoicemailOnTheWire, WithoutAPinNobodyListens) {
  leave_a_message();
  auto stranger = listen(*john_, "*98", {});
  for (size_t tries = 1; tries <= 3; ++tries) {
    press(*john_, "11002#" + std::string(kJohnsPin) + "#");
    const auto tried = [&] { return tandem_->ask("extmob show history user jane.white").size() >= tries; };
    ASSERT_TRUE(talk_until(*john_, tried)) << tries;
  }
  until_the_server_hangs_up(*john_, stranger);
  EXPECT_EQ(messages()[0].at("state"), "new");
  const std::string pin = std::string(kJanesPin) + "#";
  auto owner = listen(*jane_, "*97", {pin, pin, pin});
  until_the_server_hangs_up(*jane_, owner);
  EXPECT_EQ(messages()[0].at("state"), "new") << "three wrong PINs have locked her";
}

TEST_F(VoicemailOnTheWire, TheLampIsLitAtEveryPhoneWhereThePersonIs) {
  Phone desk(*tandem_, kHotDesk);
  desk.must_enroll();
  ASSERT_EQ(tandem_->console("extmob login " + std::string(kHotDesk) + " jane.white").code, 0);
  const auto subscribe = [](Phone& phone, const std::string& number) {
    const auto answer = phone.transact(phone.make_request("SUBSCRIBE", phone.uri(number)).add("Event", "message-summary"));
    EXPECT_EQ(answer.status(), 200) << answer.start;
  };
  const auto lamp = [](Phone& phone, const std::string& line) {
    return phone.receive(
        [&](const SipMessage& m) {
          if (!m.start.starts_with("NOTIFY ")) return false;
          phone.respond(m, 200, "OK");
          return m.body.find(line) != std::string::npos;
        },
        kPatience);
  };
  subscribe(*jane_, "11002");
  subscribe(desk, "11002");
  EXPECT_TRUE(lamp(*jane_, "Messages-Waiting: no"));
  EXPECT_TRUE(lamp(desk, "Messages-Waiting: no"));
  hers_.push_back(&desk);
  leave_a_message();
  for (auto* const phone : hers_) {
    const auto lit = lamp(*phone, "Messages-Waiting: yes");
    ASSERT_TRUE(lit);
    EXPECT_THAT(lit->body, HasSubstr("Voice-Message: 1/0 (0/0)"));
    EXPECT_THAT(lit->body, HasSubstr("Message-Account: sip:*97@"));
  }
  const auto id = std::to_string(messages()[0].at("id").get<int64_t>());
  EXPECT_EQ(rest("PATCH", "/api/v1/users/jane.white/messages/" + id, R"({"state": "heard"})").status, 200);
  EXPECT_TRUE(lamp(*jane_, "Voice-Message: 0/1 (0/0)"));
  EXPECT_TRUE(lamp(desk, "Messages-Waiting: no"));
}

TEST_F(VoicemailOnTheWire, TheApiListsPlaysMarksAndDeletes) {
  leave_a_message();
  const std::string box = "/api/v1/users/jane.white/messages";
  EXPECT_EQ(RawHttp(tandem_->listener("http-api")).ask("GET", box).status, 401);
  const auto listed = json::parse(rest("GET", box).body);
  EXPECT_EQ(listed.at("new"), 1);
  const auto& message = listed.at("messages").at(0);
  const auto sound = rest("GET", message.at("audio").get<std::string>());
  EXPECT_EQ(sound.status, 200);
  EXPECT_EQ(sound.header("content-type"), "audio/wav");
  EXPECT_THAT(sound.body, testing::StartsWith("RIFF"));
  EXPECT_EQ(rest("GET", message.at("audio").get<std::string>(), {}, "Range: bytes=0-99\r\n").status, 206);
  const std::string one = box + "/" + std::to_string(message.at("id").get<int64_t>());
  EXPECT_EQ(rest("PATCH", one, R"({"state": "lost"})").status, 400);
  EXPECT_EQ(rest("PATCH", one, R"({"state": "saved"})").status, 200);
  EXPECT_EQ(rest("POST", one + "/forward", R"({"to": "john.doe"})").status, 200);
  EXPECT_EQ(rest("POST", one + "/forward", R"({"to": "sam.night"})").status, 404) << "Sam has no mailbox";
  EXPECT_EQ(messages("john.doe").size(), 1u);
  EXPECT_EQ(rest("GET", "/api/v1/users/john.doe/messages/" + std::to_string(message.at("id").get<int64_t>())).status, 404)
      << "somebody else's";
  EXPECT_EQ(rest("DELETE", one).status, 200);
  EXPECT_EQ(rest("DELETE", one).status, 404);
  EXPECT_EQ(rest("GET", "/api/v1/users/sam.night/messages").status, 404);
  EXPECT_TRUE(messages().empty());
}

TEST_F(VoicemailOnTheWire, WhatTheMailboxTookWasMissedAndIsInTheHistory) {
  leave_a_message();
  auto call = converse(*john_, *jane_, "11002");
  john_->bye(call.caller);
  jane_->respond(call.called, jane_->expect_request("BYE"), 200, "OK");
  records(2);
  const auto kinds = [this](const std::string& user, const std::string& query = {}) {
    std::vector<std::string> found;
    const auto answer = json::parse(rest("GET", "/api/v1/users/" + user + "/calls" + query).body);
    for (const auto& entry : answer.at("calls")) found.push_back(entry.at("kind"));
    return found;
  };
  EXPECT_THAT(kinds("jane.white"), testing::ElementsAre("received", "missed"));
  EXPECT_THAT(kinds("john.doe"), testing::ElementsAre("placed", "placed"));
  EXPECT_THAT(kinds("jane.white", "?kind=missed"), testing::ElementsAre("missed"));
  EXPECT_EQ(rest("GET", "/api/v1/users/jane.white/calls?kind=lost").status, 400);
  EXPECT_EQ(rest("GET", "/api/v1/users/jane.white/calls?before=today").status, 400);
  EXPECT_EQ(rest("GET", "/api/v1/users/nobody/calls").status, 404);
  EXPECT_EQ(RawHttp(tandem_->listener("http-api")).ask("GET", "/api/v1/users/jane.white/calls").status, 401);
  EXPECT_EQ(tandem_->ask("cdr history jane.white missed")[0].at("name"), "John Doe");
}

TEST_F(VoicemailOnTheWire, SamHasNoMailboxAndAFullOneSaysSo) {
  start({"voicemail/boxes/max_messages=1"});
  Phone sam(*tandem_, kHotDesk);
  sam.must_enroll();
  ASSERT_EQ(tandem_->console("extmob login " + std::string(kHotDesk) + " sam.night sam-ward").code, 0);
  auto call = john_->call("11003", john_->offer());
  const auto invite = sam.expect_request("INVITE");
  sam.respond(invite, 486, "Busy Here");
  john_->ack(call, john_->expect(486, "INVITE"));
  leave_a_message();
  auto late = john_->call("11002", john_->offer());
  const auto again = jane_->expect_request("INVITE");
  jane_->respond(again, 486, "Busy Here");
  john_->hear_of(john_->answered(late));
  until_the_server_hangs_up(*john_, late);
  EXPECT_EQ(messages().size(), 1u);
  EXPECT_EQ(tandem_->ask("voicemail status").at("box_full"), 1);
}

TEST_F(VoicemailOnTheWire, AMessageThatIsBeingLeftOutlivesACrash) {
  auto call = reach_the_beep();
  john_->audio.tone = 440;
  talk({&john_->audio}, Milliseconds(2500));
  tandem_->kill();
  tandem_->start();
  ASSERT_EQ(messages().size(), 1u);
  EXPECT_GT(messages()[0].at("seconds").get<double>(), 1.0);
  EXPECT_EQ(tandem_->ask("voicemail status").at("recovered_at_start"), 1);
}

TEST_F(VoicemailOnTheWire, AMessageGoesOutByMailToo) {
  SmtpServer server;
  start({"voicemail/mail/server=" + server.url(), "directory/user jane.white/email=jane@office.example"});
  leave_a_message();
  tandem_->ask_until("voicemail show mail", [](const json& rows) { return rows.empty(); });
  ASSERT_EQ(server.mails().size(), 1u);
  EXPECT_EQ(server.mails()[0].to, "jane@office.example");
  EXPECT_THAT(server.mails()[0].data, HasSubstr("From: John Doe (11001)"));
  EXPECT_THAT(server.mails()[0].data, HasSubstr("audio/wav"));
}

TEST_F(VoicemailOnTheWire, OnesOwnGreetingIsHeard) {
  auto call = listen(*jane_, "*97", {std::string(kJanesPin) + "#", "3", "2", "1"});
  ASSERT_TRUE(talk_until(*jane_, [this] { return hears(*jane_, 1000, Milliseconds(100)); })) << "the beep";
  talk({&jane_->audio}, Milliseconds(300));
  jane_->audio.tone = 600;
  talk({&jane_->audio}, Milliseconds(1500));
  jane_->audio.tone = 0;
  press(*jane_, "#");
  EXPECT_TRUE(talk_until(*jane_, [this] { return hears(*jane_, 600); })) << "played back";
  press(*jane_, "1");
  ASSERT_TRUE(talk_until(*jane_, [this] { return rest("GET", "/api/v1/users/jane.white/greetings/busy/audio").status == 200; }));
  jane_->bye(call);
  auto caller = john_->call("11002", john_->offer());
  const auto invite = jane_->expect_request("INVITE");
  jane_->respond(invite, 486, "Busy Here");
  john_->hear_of(john_->answered(caller));
  EXPECT_TRUE(talk_until(*john_, [this] { return hears(*john_, 600); }));
  john_->bye(caller);
  expect_nothing_left();
}

}  // namespace
}  // namespace tandem::test
