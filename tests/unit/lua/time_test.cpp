// Time as scripts see it: the loop's clock, the site's zone, and what a trace pretends.
#include "unit/lua/script_fixture.h"

namespace tandem::test {
namespace {

class Times : public ScriptTest {
 protected:
  std::string trace(const std::string& at) {
    std::string steps;
    const auto rows = dialplan_.trace("SEP001122330001", "1", at);
    if (!rows) return rows.error().message;
    for (const auto& row : *rows) {
      if (row["what"] == "log") steps += row["detail"].get<std::string>();
    }
    return steps;
  }
};

TEST_F(Times, AreOfTheLoopsClock) {
  loop_.advance(std::chrono::hours(9));  // the fake clock begins on Monday, 2026-11-02, at 01:00 UTC
  EXPECT_EQ(
      run("local t = time.now('Etc/UTC') call:now(t.year, t.month, t.day, t.hour, t.min, t.sec, t.weekday, t.zone, t.epoch == os.time())"),
      Value::parse(R"([2026, 11, 2, 10, 0, 0, "Mon", "Etc/UTC", true])"));
  EXPECT_EQ(run("call:now(time.within('Mon 09:00-11:00', 'Etc/UTC'), time.within('Mon 09:00-11:00', 'Europe/Berlin'))"),
            Value::parse("[true, false]"));
  EXPECT_EQ(run("call:now(os.date('!%Y-%m-%d %H'), os.time{year = 2026, month = 1, day = 2, hour = 3} ~= nil)"),
            Value::parse(R"(["2026-11-02 10", true])"));
}

TEST_F(Times, MistakesAreSentences) {
  load_body("time.within('Mon-Fri 8-18')");
  EXPECT_NE(start()->text().find("main.lua:3: time.within: \"8-18\" is no date"), std::string::npos);
  load_body("time.now('Mars/Base')");
  EXPECT_NE(start()->text().find("there is no time zone \"Mars/Base\""), std::string::npos);
}

TEST_F(Times, ATraceIsAtItsTimeInTheZoneOfTheSite) {
  load_body("call:log(time.within('12-24 18:00-19:00') and 'closed' or 'open', time.now().hour, os.date('!%d %H:%M'))");
  EXPECT_EQ(trace("2026-12-24T18:30"), "closed 18 25 02:30");
  EXPECT_EQ(trace("2026-12-24T19:30"), "open 19 25 03:30");
  EXPECT_EQ(trace(""), "open 17 02 01:00") << "now, in California";
  EXPECT_NE(trace("teatime").find("is no time"), std::string::npos);
}

}  // namespace
}  // namespace tandem::test
