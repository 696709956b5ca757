#include "base/logger.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
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
  LogSettings one(LogLevel level, const std::string& name) const { return {.files = {{.path = file(name), .level = level}}}; }
  LogSettings with_security(LogSettings settings, const std::string& name) const {
    settings.security = LogFile{.name = "security", .path = file(name)};
    return settings;
  }
  std::string folder;
};

TEST_F(LoggerTest, WritesTheDocumentedForm) {
  ASSERT_TRUE(log_open(one(LogLevel::notice, "log")));
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
  ASSERT_TRUE(log_open(one(LogLevel::warning, "log")));
  EXPECT_FALSE(log_detail::enabled(LogLevel::notice));
  ASSERT_TRUE(log_set_level("main", LogLevel::trace));
  EXPECT_EQ(log_set_level("other", LogLevel::trace).error().code, ErrorCode::not_found);
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
  ASSERT_TRUE(log_open(one(LogLevel::notice, "log")));
  const auto failed = log_open(one(LogLevel::error, "none/log"));
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().code, ErrorCode::io);
  EXPECT_THAT(failed.error().message, HasSubstr("none/log"));
  ASSERT_FALSE(log_open(with_security(one(LogLevel::error, "log"), "none/security")));
  kLog.line(LogLevel::notice, "still here");
  log_close();
  EXPECT_EQ(lines("log").size(), 1U);
}

TEST_F(LoggerTest, OpeningAgainFollowsARotation) {
  ASSERT_TRUE(log_open(one(LogLevel::notice, "log")));
  kLog.line(LogLevel::notice, "one");
  std::filesystem::rename(file("log"), file("log.1"));
  ASSERT_TRUE(log_open(one(LogLevel::notice, "log")));
  kLog.line(LogLevel::notice, "two");
  log_close();
  EXPECT_THAT(lines("log.1"), testing::ElementsAre(HasSubstr("one")));
  EXPECT_THAT(lines("log"), testing::ElementsAre(HasSubstr("two")));
}

TEST_F(LoggerTest, SecurityEventsHaveAFileOfTheirOwnAndALimitPerSource) {
  ASSERT_TRUE(log_open(with_security(one(LogLevel::notice, "log"), "security")));
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
  ASSERT_TRUE(log_open(one(LogLevel::notice, "log")));
  log_security({"RequestBadFormat", "SIP", *SocketAddress::parse("192.0.2.67:5062"), "", "no Via"});
  log_close();
  EXPECT_THAT(lines("log"), testing::ElementsAre(HasSubstr("WARNING security SecurityEvent=\"RequestBadFormat\"")));
}

TEST_F(LoggerTest, EachFileHasItsLevelTopicsAndForm) {
  ASSERT_TRUE(log_open({.files = {{.name = "main", .path = file("log"), .level = LogLevel::warning},
                                  {.name = "sip", .path = file("sip"), .level = LogLevel::debug, .topics = {"sip"}},
                                  {.name = "all", .path = file("json"), .level = LogLevel::info, .form = LogForm::json}}}));
  kLog.call(LogLevel::debug, "C-01", "a \"quoted\" \xff line");
  kLog.call(LogLevel::info, "C-01", "a \"quoted\"\n\xff line");
  Log("media").line(LogLevel::error, "broken");
  log_close();
  EXPECT_THAT(lines("log"), testing::ElementsAre(HasSubstr("ERROR media broken")));
  EXPECT_THAT(lines("sip"), testing::ElementsAre(HasSubstr("DEBUG sip [C-01]"), HasSubstr("INFO sip [C-01]")));
  const auto objects = lines("json");
  ASSERT_EQ(objects.size(), 2U);
  const auto first = nlohmann::json::parse(objects[0]);
  EXPECT_EQ(first["level"], "info");
  EXPECT_EQ(first["topic"], "sip");
  EXPECT_EQ(first["call"], "C-01");
  EXPECT_EQ(first["text"], "a \"quoted\"\n\xef\xbf\xbd line");
  EXPECT_TRUE(std::regex_match(first["time"].get<std::string>(), std::regex(R"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z)")));
  EXPECT_FALSE(nlohmann::json::parse(objects[1]).contains("call"));
}

TEST_F(LoggerTest, AFileThatHasGrownMakesRoomAndKeepsSoManyOldOnes) {
  auto settings = one(LogLevel::notice, "log");
  settings.files[0].rotate_bytes = 2000;
  settings.files[0].keep = 2;
  // Written out at the latest when the log closes: each round leaves one file of 3000 bytes and more.
  for (int round = 0; round < 4; ++round) {
    ASSERT_TRUE(log_open(settings));
    kLog.line(LogLevel::notice, "round {} {}", round, std::string(3000, 'x'));
    log_close();
  }
  EXPECT_FALSE(std::filesystem::exists(file("log.3")));
  EXPECT_THAT(lines("log.2"), testing::ElementsAre(HasSubstr("round 2")));
  EXPECT_THAT(lines("log.1"), testing::ElementsAre(HasSubstr("round 3")));
  EXPECT_TRUE(lines("log").empty());
}

TEST_F(LoggerTest, RotatedAndReopenedByOrder) {
  auto settings = one(LogLevel::notice, "log");
  settings.files[0].keep = 1;
  settings.files.push_back({.name = "plain", .path = file("plain")});
  ASSERT_TRUE(log_open(settings));
  kLog.line(LogLevel::notice, "one");
  // Each file has a writer thread of its own, and an order may come before what is still in the queue.
  while (lines("log").empty()) std::this_thread::yield();
  log_rotate();
  while (!std::filesystem::exists(file("log.1"))) std::this_thread::yield();
  kLog.line(LogLevel::notice, "two");
  while (lines("log").empty() || lines("plain").size() < 2) std::this_thread::yield();
  std::filesystem::rename(file("plain"), file("moved"));
  log_reopen();
  while (!std::filesystem::exists(file("plain"))) std::this_thread::yield();
  kLog.line(LogLevel::notice, "three");
  log_close();
  EXPECT_THAT(lines("log.1"), testing::ElementsAre(HasSubstr("one")));
  EXPECT_THAT(lines("log"), testing::ElementsAre(HasSubstr("two"), HasSubstr("three")));
  EXPECT_THAT(lines("moved"), testing::ElementsAre(HasSubstr("one"), HasSubstr("two")));
  EXPECT_THAT(lines("plain"), testing::ElementsAre(HasSubstr("three")));
}

TEST_F(LoggerTest, ATapHearsWhatNoFileWants) {
  ASSERT_TRUE(log_open(one(LogLevel::error, "log")));
  std::vector<std::string> heard;
  log_tap(LogLevel::debug, [&](LogLevel, std::string_view line) { heard.emplace_back(line); });
  kLog.line(LogLevel::trace, "too low");
  kLog.call(LogLevel::debug, "C-02", "heard");
  log_tap(LogLevel::debug, nullptr);
  kLog.line(LogLevel::notice, "nobody");
  EXPECT_THAT(heard, testing::ElementsAre("DEBUG sip [C-02] heard"));
  EXPECT_FALSE(log_detail::enabled(LogLevel::notice));
}

TEST_F(LoggerTest, ManyThreadsNeverBlockNorTearALine) {
  ASSERT_TRUE(log_open(one(LogLevel::notice, "log")));
  {
    std::vector<std::jthread> writers;
    for (int w = 0; w < 4; ++w) {
      writers.emplace_back([w] {
        for (int i = 0; i < 5000; ++i) kLog.line(LogLevel::notice, "writer {} line {} {}", w, i, std::string(50, 'x'));
      });
    }
    ASSERT_TRUE(log_set_level("", LogLevel::notice));
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
