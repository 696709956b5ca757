// "mobile test": what would ring for a call that does not exist.
#include "imagined_caller.h"

#include "mobile_office.h"

namespace tandem::test {
namespace {

using testing::HasSubstr;

class MobileTest : public MobileOffice {
 protected:
  Json asked(const std::string& caller, const std::string& line = "11001", const std::string& at = {}, bool in_group = false) {
    auto answer = test_reach(*service_, loop_.clock(), caller, line, at, in_group);
    return answer ? *answer : Json(answer.error().message);
  }
  Json first(const std::string& caller, const std::string& line = "11001", const std::string& at = {}) {
    const auto answer = asked(caller, line, at);
    return answer.is_object() ? answer["destinations"].at(0) : answer;
  }
};

TEST_F(MobileTest, CallersAreFoundHoweverTheyAreNamed) {
  const struct {
    const char *caller, *is;
    int delay;
    const char* shown;
  } rows[] = {
      {"jane.white", "11002 (Jane White), inside", 4000, "+14085551002"},
      {"11002", "11002 (Jane White), inside", 4000, "+14085551002"},
      {"SEP001122330002", "11002 (Jane White), inside", 4000, "+14085551002"},
      {"4085559999", "914085559999, outside", 0, "+14085559999"},
      {"+442079460000", "9011442079460000, outside", 0, "+442079460000"},
      {"private", "a withheld number, outside", 0, ""},
      {"unavailable", "no number, outside", 0, ""},
  };
  for (const auto& row : rows) {
    EXPECT_EQ(asked(row.caller)["caller"], row.is);
    EXPECT_EQ(first(row.caller)["delay_ms"], row.delay) << row.caller;
    EXPECT_EQ(first(row.caller)["shown_number"], row.shown) << row.caller;
  }
  ASSERT_EQ(add("jane.white/mobile", "914085557002"), "");
  EXPECT_EQ(asked("4085557001", "11002")["caller"], "11001 (John Doe), at john.doe/mobile");
  EXPECT_EQ(first("4085557001", "11002")["shown_number"], "+14085551001");
  EXPECT_EQ(asked("4085557001")["caller"], "914085557001, at john.doe/mobile");
  EXPECT_EQ(asked("4085557001")["destinations"][1]["shown_number"], "+14085557001") << "at one's own line the number says more";
  EXPECT_EQ(first("4085557001")["why"], "not rung: the caller is there");
  EXPECT_THAT(asked("nobody at all").get<std::string>(), HasSubstr("is no device, user, extension or number"));
}

TEST_F(MobileTest, LinesToo) {
  for (const auto* line : {"john.doe", "11001", "+14085551001", "4085551001"}) EXPECT_EQ(asked("11002", line)["user"], "john.doe") << line;
  EXPECT_THAT(asked("11002", "19001").get<std::string>(), HasSubstr("is no user, extension or outside number"));
  EXPECT_TRUE(asked("11002", "jane.white")["destinations"].empty());
}

TEST_F(MobileTest, AtAnotherTime) {
  ASSERT_EQ(add("jane.white/mobile", "914085557002", {{"schedule", "Mon-Fri 08:00-18:00"}}), "");
  EXPECT_EQ(first("11001", "11002", "2026-11-03T12:00")["rings"], true);
  EXPECT_EQ(first("11001", "11002", "2026-11-03T19:00")["why"], "not rung: outside its schedule (Mon-Fri 08:00-18:00 America/Los_Angeles)");
  EXPECT_FALSE(asked("11001", "11002", "teatime").is_object());
}

TEST_F(MobileTest, InAGroupAndSwitchedOff) {
  EXPECT_EQ(asked("11002", "11001", {}, true)["destinations"][0]["user_control"], true);
  ASSERT_EQ(wait([&](auto done) { (void)service_->set_mobility("john.doe", false, std::move(done)); }), "");
  EXPECT_EQ(first("11002")["why"], "not rung: Mobile Connect is switched off");
  EXPECT_EQ(asked("11002")["nothing_rings"], "Mobile Connect is switched off");
}

}  // namespace
}  // namespace tandem::test
