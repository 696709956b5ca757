// Policies: what a module asks of the dialplan and what comes back, and sessions as the dialplan sees them.
#include <fmt/format.h>
#include <gmock/gmock.h>

#include "tandem/named_event.h"
#include "tandem/sessions.h"
#include "unit/lua/script_fixture.h"

namespace tandem::test {
namespace {

using testing::HasSubstr;

class PolicyTest : public ScriptTest {
 protected:
  void load_policy(const std::string& text) { load("context \"phones\" { [\"1\"] = function(call) end }\n" + text); }
  Result<Value> ask(const Value& question = {{"site", "annex"}}) { return dialplan_.ask("login", question); }
};

TEST_F(PolicyTest, AnswersWithWhatTheFunctionReturns) {
  load_policy("policy('login', function(q) if q.site == 'annex' then return {profile = 'visitor'} end end)");
  EXPECT_EQ(*ask(), Value::parse(R"({"profile": "visitor"})"));
  EXPECT_EQ(*ask({{"site", "hq"}}), Value());
  load_policy("policy('login', function(q) return 'Not at ' .. q.site end)");
  EXPECT_EQ(*ask(), Value("Not at annex"));
}

TEST_F(PolicyTest, ThatIsNotThereIsNotFound) {
  load_policy("");
  EXPECT_EQ(ask().error().code, ErrorCode::not_found);
}

TEST_F(PolicyTest, ThatFailsWaitsOrRunsForeverIsAnError) {
  for (const char* body : {"error('no')", "while true do end", "return function() end", "local x = q.a.b"}) {
    load_policy(fmt::format("policy('login', function(q) {} end)", body));
    EXPECT_EQ(ask().error().code == ErrorCode::not_found, false) << body;
    EXPECT_FALSE(ask()) << body;
  }
}

TEST_F(PolicyTest, OneFunctionAName) {
  EXPECT_THAT(load_error("context 'phones' { ['1'] = function() end }\npolicy('login', print)\npolicy('login', print)"),
              HasSubstr("main.lua:2"));
}

TEST_F(PolicyTest, SessionsAreEvents) {
  std::vector<std::string> heard;
  const auto ear = static_cast<Events&>(events_).subscribe<NamedEvent>([&](const NamedEvent& event) {
    if (event.name == "heard") heard.push_back(event.data.dump());
  });
  load_policy(
      "on('session.ended', function(e) events.publish('heard', {text = e.device .. ' ' .. e.user .. ' ' .. e.why}) end)\n"
      "on('device.profile_changed', function(e) events.publish('heard', {text = e.device .. ' carries ' .. e.profile}) end)");
  const LoginSession session{.device = "A1", .user = "john.doe", .profile = "john-8841", .version = 3, .since = {}};
  events_.publish(SessionEnded{session, "idle", false});
  events_.publish(DeviceProfileChanged{"A1", "john-8841", "john.doe", "", 4});
  loop_.settle();
  ASSERT_EQ(heard.size(), 2U);
  EXPECT_THAT(heard[0], HasSubstr("A1 john.doe idle"));
  EXPECT_THAT(heard[1], HasSubstr("A1 carries john-8841"));
}

}  // namespace
}  // namespace tandem::test
