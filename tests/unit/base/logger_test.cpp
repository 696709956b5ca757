#include "base/logger.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <regex>
#include <thread>

namespace tandem {
namespace {

using testing::HasSubstr;

constexpr Log kLog("sip");

class LoggerTest : public testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = testing::TempDir() + "tandem-log-XXXXXX";
    ASSERT_NE(::mkdtemp(pattern.data()), nullptr);
    folder = pattern;
  }
  void TearDown() override {
    log_close();
    std::filesystem::remove_all(folder);
  }
  std::string file(const std::string& name) const { return folder + "/" + name; }
  std::vector<std::string> lines(const std::string& name) const {
    std::vector<std::string> all;
    std::ifstream in(file(name));
    for (std::string line; std::getline(in, line);) all.push_back(line);
    return all;
  }
  std::string folder;
};

TEST_F(LoggerTest, WritesTheDocumentedForm) {
  ASSERT_TRUE(log_open({LogLevel::notice, file("log"), ""}));
  kLog.line(LogLevel::info, "not {}", "shown");
  kLog.line(LogLevel::notice, "up on {}", 5060);
  kLog.call(LogLevel::error, "C-000001f3", "broken\nby {}", "\x1b[2J");
  log_close();
  const auto all = lines("log");
  ASSERT_EQ(all.size(), 2U);
  EXPECT_TRUE(std::regex_match(all[0], std::regex(R"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z NOTICE sip up on 5060)"))) << all[0];
  EXPECT_TRUE(std::regex_match(all[1], std::regex(R"(\S+Z ERROR sip \[C-000001f3\] broken\\nby \\x1b\[2J)"))) << all[1];
}

TEST_F(LoggerTest, TheLevelMayChangeAndArgumentsAreFormattedOnlyIfItIsOn) {
  ASSERT_TRUE(log_open({LogLevel::warning, file("log"), ""}));
  EXPECT_FALSE(log_detail::enabled(LogLevel::notice));
  log_set_level(LogLevel::trace);
  EXPECT_TRUE(log_detail::enabled(LogLevel::trace));
  kLog.line(LogLevel::trace, "seen");
  log_close();
  EXPECT_FALSE(log_detail::enabled(LogLevel::notice));
  EXPECT_THAT(lines("log"), testing::ElementsAre(HasSubstr("Z TRACE sip seen")));
}

TEST_F(LoggerTest, BeforeItIsOpenedWarningsGoToStderr) {
  testing::internal::CaptureStderr();
  kLog.line(LogLevel::notice, "hidden");
  kLog.line(LogLevel::warning, "early");
  EXPECT_TRUE(std::regex_match(testing::internal::GetCapturedStderr(), std::regex(R"(\S+\.\d{3}Z WARNING sip early\n)")));
}

TEST_F(LoggerTest, AFileThatCannotBeOpenedIsNamedAndChangesNothing) {
  ASSERT_TRUE(log_open({LogLevel::notice, file("log"), ""}));
  const auto failed = log_open({LogLevel::error, file("none/log"), ""});
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().code, ErrorCode::io);
  EXPECT_THAT(failed.error().message, HasSubstr("none/log"));
  ASSERT_FALSE(log_open({LogLevel::error, file("log"), file("none/security")}));
  kLog.line(LogLevel::notice, "still here");
  log_close();
  EXPECT_EQ(lines("log").size(), 1U);
}

TEST_F(LoggerTest, OpeningAgainFollowsARotation) {
  ASSERT_TRUE(log_open({LogLevel::notice, file("log"), ""}));
  kLog.line(LogLevel::notice, "one");
  std::filesystem::rename(file("log"), file("log.1"));
  ASSERT_TRUE(log_open({LogLevel::notice, file("log"), ""}));
  kLog.line(LogLevel::notice, "two");
  log_close();
  EXPECT_THAT(lines("log.1"), testing::ElementsAre(HasSubstr("one")));
  EXPECT_THAT(lines("log"), testing::ElementsAre(HasSubstr("two")));
}

TEST_F(LoggerTest, SecurityEventsHaveAFileOfTheirOwnAndALimitPerSource) {
  ASSERT_TRUE(log_open({LogLevel::notice, file("log"), file("security")}));
  const auto remote = *SocketAddress::parse("192.0.2.66:5062");
  for (int i = 0; i < 10'000; ++i) log_security({"InvalidPassword", "SIP", remote, "john", "wrong digest"});
  log_close();
  EXPECT_TRUE(lines("log").empty());
  const auto all = lines("security");
  ASSERT_GE(all.size(), 11U);
  EXPECT_TRUE(std::regex_search(all[0], std::regex(R"(^\S+Z SECURITY\[\d+\] security: SecurityEvent="InvalidPassword",EventTV=)")))
      << all[0];
  EXPECT_THAT(all, testing::Contains(HasSubstr("more from 192.0.2.66 left out")));  // a slow run has several
  EXPECT_LT(all.size(), 1000U);
}

TEST_F(LoggerTest, WithoutASecurityFileEventsGoToTheLog) {
  ASSERT_TRUE(log_open({LogLevel::notice, file("log"), ""}));
  log_security({"RequestBadFormat", "SIP", *SocketAddress::parse("192.0.2.67:5062"), "", "no Via"});
  log_close();
  EXPECT_THAT(lines("log"), testing::ElementsAre(HasSubstr("WARNING security SecurityEvent=\"RequestBadFormat\"")));
}

TEST_F(LoggerTest, ManyThreadsNeverBlockNorTearALine) {
  ASSERT_TRUE(log_open({LogLevel::notice, file("log"), ""}));
  {
    std::vector<std::jthread> writers;
    for (int w = 0; w < 4; ++w) {
      writers.emplace_back([w] {
        for (int i = 0; i < 5000; ++i) kLog.line(LogLevel::notice, "writer {} line {} {}", w, i, std::string(50, 'x'));
      });
    }
    log_set_level(LogLevel::notice);
  }
  log_close();
  // Either every line came through, or the log itself says how many did not.
  size_t written = 0;
  size_t lost = 0;
  const std::regex form(R"(\S+Z NOTICE sip writer \d line \d+ x{50})");
  const std::regex loss(R"(\S+Z WARNING log (\d+) lines were lost here, the queue was full)");
  for (const auto& line : lines("log")) {
    std::smatch match;
    if (std::regex_match(line, match, loss)) {
      lost += std::stoul(match[1]);
    } else {
      ASSERT_TRUE(std::regex_match(line, form)) << line;
      ++written;
    }
  }
  EXPECT_EQ(written + lost, 20'000U);
}

}  // namespace
}  // namespace tandem
