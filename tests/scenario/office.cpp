#include "office.h"

#include <algorithm>
#include <filesystem>
#include <fstream>

namespace tandem::test {

void Office::open(const std::vector<std::string>& overrides, const std::string& more_directory) {
  namespace fs = std::filesystem;
  tandem_.reset();
  gateway_ = std::make_unique<SipPeer>(SocketAddress(), "pstn");
  std::vector<std::string> all{"sip/pstn/address=" + gateway_->local().to_string()};
  // Most tests are about what is busy or not answered: nobody takes a message then, unless a test asks for it.
  const auto about_boxes = [](const std::string& value) { return value.starts_with("voicemail/boxes/enabled="); };
  if (std::none_of(overrides.begin(), overrides.end(), about_boxes)) all.emplace_back("voicemail/boxes/enabled=no");
  // And that John's mobile and home ring too, only where a test asks for Mobile Connect: the gateway is the far end of most calls.
  const auto about_mobiles = [](const std::string& value) { return value.starts_with("mobileconnect/"); };
  if (std::none_of(overrides.begin(), overrides.end(), about_mobiles)) {
    for (const char* name : {"mobile", "home"}) all.push_back(std::string("mobileconnect/destination john.doe/") + name + "/ring=no");
  }
  all.insert(all.end(), overrides.begin(), overrides.end());
  std::string configs;
  if (!more_directory.empty()) {
    other_office_ = std::make_unique<TemporaryFolder>();
    configs = other_office_->path() + "/configs";
    fs::copy(TANDEM_SOURCE_DIR "/configs", configs);
    fs::create_directory_symlink(TANDEM_SOURCE_DIR "/dialplan", other_office_->path() + "/dialplan");
    std::ofstream(configs + "/directory.ini", std::ios::app) << more_directory;
  }
  tandem_ = std::make_unique<TandemProcess>(all, configs);
  gateway_->aim(tandem_->sip());
}

nlohmann::json Office::records(size_t count) {
  return tandem_->ask_until("cdr show", [&](const nlohmann::json& rows) {
    return rows.size() >= count && std::none_of(rows.begin(), rows.end(), [](const auto& row) { return row.at("disposition") == "open"; });
  });
}

std::string Office::decisions(size_t count) {
  return tandem_->ask("cdr show call " + records(count).back().at("call").get<std::string>()).at("decisions").dump();
}

void Office::expect_nothing_left() {
  const auto none = [](const nlohmann::json& rows) { return rows.empty(); };
  EXPECT_TRUE(tandem_->ask_until("core show calls", none).empty());
  EXPECT_TRUE(tandem_->ask_until("core show channels", none).empty());
  tandem_->ask_until("core show objects", [](const nlohmann::json& held) { return held["legs"] == 0 && held["coroutines"] == 0; });
  EXPECT_EQ(tandem_->ask("sip show objects").at("sessions"), 0);
}

Conversation converse(Phone& from, Phone& to, const std::string& number) {
  Conversation made;
  made.caller = from.call(number, from.offer());
  made.invite = to.expect_request("INVITE");
  to.hear_of(made.invite);
  made.called = to.accept(made.invite);
  to.respond(made.called, made.invite, 180, "Ringing");
  from.expect(180, "INVITE");
  to.respond(made.called, made.invite, 200, "OK", to.offer());
  made.answer = from.answered(made.caller);
  from.hear_of(made.answer);
  to.expect_request("ACK");
  return made;
}

void expect_tones_both_ways(RtpEnd& one, RtpEnd& two, Milliseconds how_long) {
  one.forget();
  two.forget();
  talk({&one, &two}, how_long);
  for (const auto& [ear, voice] : {std::pair{&one, &two}, std::pair{&two, &one}}) {
    const Measured heard = measure(ear->heard());
    EXPECT_NEAR(heard.hertz, voice->tone, 10);
    EXPECT_GT(heard.amplitude, 4000);
    EXPECT_GT(heard.purity, 0.9);
    // A lost packet or two on a loaded machine is no news; half of them is.
    EXPECT_GE(static_cast<long>(ear->heard().size()), how_long.count() * 8 * 3 / 4);
  }
}

}  // namespace tandem::test
