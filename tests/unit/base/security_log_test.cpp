#include "base/security_log.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <regex>

#include "base/escape.h"

namespace tandem {
namespace {

using testing::HasSubstr;

constexpr WallTime kWhen = std::chrono::sys_days(std::chrono::year(2026) / 11 / 20) + std::chrono::milliseconds(45'296'789);

SocketAddress address(std::string_view text) { return *SocketAddress::parse(text); }

TEST(SecurityLine, HasTheFixedGrammar) {
  const SecurityEvent event{"InvalidPassword", "SIP", address("192.0.2.1:5062"), "SEP001122330001", "wrong digest", "TCP"};
  EXPECT_EQ(
      security_line(event, kWhen),
      "SecurityEvent=\"InvalidPassword\",EventTV=\"2026-11-20T12:34:56.789+0000\",Severity=\"Error\",Service=\"SIP\",EventVersion=\"1\","
      "AccountID=\"SEP001122330001\",RemoteAddress=\"IPV4/TCP/192.0.2.1/5062\",Detail=\"wrong digest\"");
  EXPECT_THAT(security_line({"SuccessfulAuth", "SIP", address("[2001:db8::1]:1"), "x", ""}, kWhen),
              testing::AllOf(HasSubstr("Severity=\"Informational\""), HasSubstr("RemoteAddress=\"IPV6/UDP/2001:db8::1/1\"")));
}

TEST(SecurityLine, TextFromOutsideCannotForgeAField) {
  const SecurityEvent event{"InvalidAccountID", "SIP", address("192.0.2.1:5062"),
                            "x\",RemoteAddress=\"IPV4/UDP/203.0.113.9/1\"\nSecurityEvent=\"InvalidPassword", std::string(5000, 'd')};
  const auto line = security_line(event, kWhen);
  EXPECT_EQ(line.find('\n'), std::string::npos);
  EXPECT_EQ(line.find("RemoteAddress=\""), line.rfind("RemoteAddress=\""));
  EXPECT_EQ(line.find("SecurityEvent=\""), line.rfind("SecurityEvent=\""));
  EXPECT_THAT(line, HasSubstr("RemoteAddress=\"IPV4/UDP/192.0.2.1/5062\""));
  EXPECT_LT(line.size(), 1000U);
}

// Whoever adds an event adds it to the table, and says in the document what it means.
TEST(SecurityLine, EveryEventIsKnownAndDescribed) {
  namespace fs = std::filesystem;
  const auto text_of = [](const fs::path& path) {
    std::ifstream in(path);
    return std::string(std::istreambuf_iterator<char>(in), {});
  };
  const std::regex call(R"(log_security\(\{\s*(?:\.event = )?"(\w+)") ");
      const auto kinds = security_event_kinds();
  const auto known = [&](const std::string& name) { return std::ranges::find(kinds, name, &SecurityEventKind::name) != kinds.end(); };
  size_t found = 0;
  for (const char* const folder : {"/core/src", "/modules"}) {
    for (const auto& entry : fs::recursive_directory_iterator(std::string(TANDEM_SOURCE_DIR) + folder)) {
      if (entry.path().extension() != ".cpp") continue;
      const auto text = text_of(entry.path());
      for (std::sregex_iterator it(text.begin(), text.end(), call), end; it != end; ++it, ++found) {
        EXPECT_TRUE(known((*it)[1])) << (*it)[1] << " in " << entry.path();
      }
    }
  }
  EXPECT_GT(found, 3U);
  const auto document = text_of(TANDEM_SOURCE_DIR "/docs/security.md");
  for (const auto& kind : kinds) EXPECT_THAT(document, HasSubstr(fmt::format("`{}`", kind.name)));
}

TEST(Escape, MakesControlCharactersVisible) {
  EXPECT_EQ(escape_line("plain \"text\" \\ Zo\xC3\xAB", 100), "plain \"text\" \\ Zo\xC3\xAB");
  EXPECT_EQ(escape_line(std::string_view("a\nb\r\t\0\x1b[31m\x7f", 12), 100), "a\\nb\\r\\t\\x00\\x1b[31m\\x7f");
  EXPECT_EQ(escape_line("\xC2\x9B"
                        "1m \xFF \xC3",
                        100),
            "\\xc2\\x9b1m \\xff \\xc3");
  EXPECT_EQ(escape_line("abcdef", 3), "abc...");
  EXPECT_EQ(escape_line("ab\xC3\xAB", 3), "ab...");
  EXPECT_EQ(escape_field("a\"b\\", 100), "a\\x22b\\\\");
}

class SecurityLimiterTest : public testing::Test {
 protected:
  size_t admitted(const std::string& remote, int times) {
    size_t count = 0;
    for (int i = 0; i < times; ++i) count += limiter.admit(address(remote)) ? 1 : 0;
    return count;
  }
  std::vector<std::string> turn_after(int ms) {
    now += std::chrono::milliseconds(ms);
    std::vector<std::string> details;
    for (const auto& one : limiter.turn(now)) details.push_back(summary_of(one).detail);
    return details;
  }
  SecurityLimiter limiter;
  Instant now{std::chrono::hours(1)};
};

TEST_F(SecurityLimiterTest, TenASecondAndSourceThenASummary) {
  EXPECT_TRUE(turn_after(0).empty());
  EXPECT_EQ(admitted("192.0.2.1:1", 25), 10U);
  EXPECT_EQ(admitted("192.0.2.1:2", 2), 0U);  // another port is the same source
  EXPECT_EQ(admitted("192.0.2.2:1", 3), 3U);
  EXPECT_TRUE(turn_after(999).empty());
  EXPECT_THAT(turn_after(1), testing::ElementsAre("17 more from 192.0.2.1 left out"));
  EXPECT_EQ(admitted("192.0.2.1:1", 25), 10U);
}

TEST_F(SecurityLimiterTest, AnIpv6NetworkIsOneSource) {
  turn_after(0);
  EXPECT_EQ(admitted("[2001:db8::1]:1", 8), 8U);
  EXPECT_EQ(admitted("[2001:db8::ffff:2]:1", 8), 2U);
  EXPECT_EQ(admitted("[2001:db8:0:1::1]:1", 8), 8U);
  EXPECT_THAT(turn_after(1000), testing::ElementsAre("6 more from 2001:db8::/64 left out"));
}

TEST_F(SecurityLimiterTest, AFloodOfSourcesIsBounded) {
  turn_after(0);
  size_t count = 0;
  for (int i = 0; i < 5000; ++i) count += limiter.admit(*SocketAddress::from(fmt::format("10.0.{}.{}", i / 250, i % 250), 1)) ? 1 : 0;
  EXPECT_EQ(count, 1000U);
  const auto details = turn_after(1000);
  EXPECT_EQ(details.size(), 25U);  // the 24 of the table that were too late, and all others in one
  EXPECT_EQ(details.back(), "3976 more from other sources left out");
}

}  // namespace
}  // namespace tandem
