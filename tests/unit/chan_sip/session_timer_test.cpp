#include "session_timer.h"

#include <gtest/gtest.h>

#include "capabilities.h"
#include "parsed.h"
#include "support/fake_loop.h"

namespace tandem::test {
namespace {

using std::chrono::seconds;

constexpr const char* kRequest = "INVITE sip:1@2 SIP/2.0";

TEST(SessionTerms, OfARequest) {
  struct Row {
    const char* headers;
    bool too_short;
    int interval;
    bool ours;
  };
  const SessionTimerSettings settings;  // 30 min, 90 s
  for (const Row& row :
       {Row{"", false, 0, false}, Row{"Supported: timer\r\n", false, 1800, true},
        Row{"Supported: timer\r\nSession-Expires: 600\r\n", false, 600, true},
        Row{"Supported: timer\r\nSession-Expires: 600;refresher=uac\r\n", false, 600, false},
        Row{"Supported: timer\r\nx: 600;refresher=uas\r\n", false, 600, true},
        Row{"Session-Expires: 600;refresher=uac\r\n", false, 600, true}, Row{"Supported: timer\r\nSession-Expires: 89\r\n", true, 0, false},
        Row{"Require: timer\r\nSession-Expires: 0\r\n", true, 0, false}, Row{"Session-Expires: 60\r\n", false, 90, true},
        Row{"Supported: timer\r\nSession-Expires: 90\r\n", false, 90, true},
        Row{"Supported: timer\r\nSession-Expires: 99999\r\nMin-SE: 3600\r\n", false, 3600, true},
        Row{"Supported: timer\r\nSession-Expires: 4294967295\r\n", false, 1800, true},
        Row{"Supported: timer\r\nMin-SE: 7200\r\n", false, 7200, true}}) {
    const Parsed parsed(kRequest, row.headers);
    const auto answer = answer_terms(parsed.sip(), settings);
    EXPECT_EQ(answer.too_short, row.too_short) << row.headers;
    if (row.too_short) continue;
    EXPECT_EQ(answer.terms.interval, seconds(row.interval)) << row.headers;
    EXPECT_EQ(answer.terms.ours, row.ours) << row.headers;
  }
  const Parsed parsed(kRequest, "Supported: timer\r\nSession-Expires: 600\r\n");
  EXPECT_EQ(answer_terms(parsed.sip(), {seconds(0), seconds(90)}).terms.interval, seconds(0)) << "we want none";
}

TEST(SessionTerms, OfAResponse) {
  const auto agreed = [](const std::string& headers) { return agreed_terms(Parsed("SIP/2.0 200 OK", headers).sip()); };
  EXPECT_EQ(agreed("").interval, seconds(0));
  EXPECT_TRUE(agreed("Session-Expires: 600;refresher=uac\r\n").ours);
  EXPECT_FALSE(agreed("Session-Expires: 600;refresher=uas\r\n").ours);
  EXPECT_EQ(agreed("Session-Expires: 1\r\n").interval, seconds(90)) << "nobody makes us refresh every moment";
}

TEST(SessionTerms, AreWritten) {
  EXPECT_EQ(terms_lines({}), "");
  EXPECT_EQ(terms_lines({false, {seconds(600), true}, true}), "Session-Expires: 600;refresher=uas\r\n");
  EXPECT_EQ(terms_lines({false, {seconds(600), false}, true}), "Session-Expires: 600;refresher=uac\r\nRequire: timer\r\n");
  EXPECT_EQ(asking_lines(seconds(600), seconds(90), "uac"), "Session-Expires: 600;refresher=uac\r\nMin-SE: 90\r\n");
}

TEST(SessionTimer, RefreshesAtHalfAndGivesUpAtTheEnd) {
  FakeLoop loop;
  SessionTimer timer(loop);
  int refreshed = 0, expired = 0;
  const auto start = [&](bool ours) {
    timer.start(
        {seconds(100), ours}, [&] { ++refreshed; }, [&] { ++expired; });
  };
  start(true);
  loop.advance(seconds(49));
  EXPECT_EQ(refreshed, 0);
  loop.advance(seconds(2));
  EXPECT_EQ(refreshed, 1);
  start(true);  // it was answered
  loop.advance(seconds(60));
  EXPECT_EQ(refreshed, 2);
  EXPECT_EQ(expired, 0);
  loop.advance(seconds(41));
  EXPECT_EQ(expired, 1);
  start(false);
  loop.advance(seconds(67));
  EXPECT_EQ(expired, 1);
  loop.advance(seconds(2));
  EXPECT_EQ(expired, 2) << "a little before the end";
  EXPECT_EQ(refreshed, 2);
  start(false);
  timer.stop();
  loop.advance(seconds(200));
  EXPECT_EQ(expired, 2);
}

TEST(Capabilities, WhatIsRequiredAndUnknownIsNamed) {
  const auto unknown = [](const std::string& headers) { return unsupported_by_us(Parsed(kRequest, headers).sip()); };
  EXPECT_EQ(unknown(""), "");
  EXPECT_EQ(unknown("Require: 100rel, Timer\r\n"), "");
  EXPECT_EQ(unknown("Require: 100rel, sparkles\r\nProxy-Require: timer\r\n"), "sparkles, timer");
  EXPECT_EQ(unknown("Require: time\r\n"), "time");
}

}  // namespace
}  // namespace tandem::test
