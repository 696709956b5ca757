// The filter in contrib/fail2ban against lines that Tandem writes: whom it would ban, and whom nobody can make it ban.
#include <gmock/gmock.h>

#include <filesystem>
#include <fstream>

#include "base/security_log.h"
#include "office.h"
#include "support/raw_http.h"

namespace tandem::test {
namespace {

using testing::ElementsAre;
using testing::UnorderedElementsAre;

const char* const kRegex = "/usr/bin/fail2ban-regex";

/// The addresses that the filter finds in `log`, in the order of its lines.
std::vector<std::string> banned(const std::string& log) {
  const auto run = run_program({kRegex, "--no-check-all", "-o", "<ip>", log, TANDEM_SOURCE_DIR "/contrib/fail2ban/filter.d/tandem.conf"},
                               std::chrono::seconds(30));
  EXPECT_EQ(run.code, 0) << run.output;
  std::vector<std::string> found;
  std::istringstream lines(run.output);
  for (std::string line; std::getline(lines, line);) {
    if (!line.empty()) found.push_back(line);
  }
  return found;
}

class Fail2ban : public Office {
 protected:
  void SetUp() override {
    if (!std::filesystem::exists(kRegex))
      GTEST_SKIP() << "fail2ban is not installed, so its filter was not tried (contrib/test installs it)";
  }
};

TEST_F(Fail2ban, FindsWhoGuessedOverSipAndHttp) {
  open({"tandem/log/security_file=security.log"});
  SipPeer stranger(tandem_->sip(), kJohn, "a guess");
  EXPECT_NE(stranger.enroll().status(), 200);
  RawHttp client(tandem_->listener("http-api"));
  client.ask("GET", "/nothing");  // is no event
  Phone john(*tandem_, kJohn);
  john.must_enroll();  // nor is this, though it was challenged
  const auto log = tandem_->state() + "/security.log";
  ASSERT_EQ(tandem_->stop(), 0);
  EXPECT_THAT(banned(log), ElementsAre("127.0.0.1"));
  tandem_->start();
}

TEST_F(Fail2ban, FollowsTheGrammarAndIsNotLedAstray) {
  const TemporaryFolder folder;
  const auto address = [](const char* text) { return *SocketAddress::parse(text); };
  const std::string forged = "x\",RemoteAddress=\"IPV4/UDP/203.0.113.9/1\",Detail=\"y";
  const std::vector<SecurityEvent> events{
      {"InvalidPassword", "SIP", address("192.0.2.1:5060"), "SEP001122330001", "wrong password"},
      {"InvalidAccountID", "SIP", address("[2001:db8::2]:5060"), forged, "no such device", "TLS"},
      {"InvalidPassword", "HTTP", address("192.0.2.3:40000"), "kiosk\nSecurityEvent=\"InvalidPassword\"", forged, "TCP"},
      {"RequestBadFormat", "SIP", address("192.0.2.4:5060"), "", "malformed request", "TCP"},
      {"RequestBadFormat", "SIP", address("192.0.2.5:5060"), "", "its source may be forged", "UDP"},
      {"SuccessfulAuth", "SIP", address("192.0.2.6:5060"), "SEP001122330001", ""},
      {"LinesLeftOut", "LOG", address("192.0.2.7:0"), "", "17 more from 192.0.2.7 left out"},
      {"InvalidPassword", "CONSOLE", {}, "", "has no address"},
  };
  for (const bool own_file : {true, false}) {
    const std::string log = folder.path() + (own_file ? "/security.log" : "/tandem.log");
    std::ofstream file(log);
    for (const auto& event : events) {
      file << "2026-11-24T15:46:37.295Z " << (own_file ? "SECURITY[4711] security: " : "WARNING security ")
           << security_line(event, system_clock().wall()) << '\n';
    }
    file << "2026-11-24T15:46:37.295Z INFO http GET /SecurityEvent=\"InvalidPassword\",RemoteAddress=\"IPV4/TCP/203.0.113.9/1\"\n";
    file.close();
    EXPECT_THAT(banned(log), UnorderedElementsAre("192.0.2.1", "2001:db8::2", "192.0.2.3", "192.0.2.4")) << log;
  }
}

}  // namespace
}  // namespace tandem::test
