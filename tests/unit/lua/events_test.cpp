// Events in the dialplan: what handlers hear, what scripts tell, and what holds them in check.
#include <fmt/format.h>

#include "tandem/named_event.h"
#include "tandem/records.h"
#include "unit/lua/script_fixture.h"

namespace tandem::test {
namespace {

class EventsTest : public ScriptTest {
 protected:
  /// Calls nothing but makes `text` a dialplan.
  void load_handlers(const std::string& text) { load("context \"phones\" { [\"1\"] = function(call) end }\n" + text); }
  void publish(const std::string& name, const Value& data) {
    events_.publish(NamedEvent{name, data, ""});
    loop_.settle();
  }
  /// What handlers have said by way of events.publish("heard", ...).
  std::vector<std::string> heard_;
  Registration ear_ = static_cast<Events&>(events_).subscribe<NamedEvent>([this](const NamedEvent& event) {
    if (event.name == "heard") heard_.push_back(event.data.dump());
  });
};

TEST_F(EventsTest, AModulesEventReachesTheDialplan) {
  load_handlers("on('queue.joined', function(e) events.publish('heard', {who = e.who, first = e.list[1]}) end)");
  publish("queue.joined", {{"who", "jane"}, {"list", {7}}});
  publish("queue.left", {{"who", "jane"}});
  EXPECT_EQ(heard_, (std::vector<std::string>{R"({"first":7,"who":"jane"})"}));
}

TEST_F(EventsTest, ACallsScriptTellsModulesWhoItIs) {
  std::string told;
  const auto ear = static_cast<Events&>(events_).subscribe<NamedEvent>(
      [&](const NamedEvent& event) { told = fmt::format("{} {} {}", event.name, event.call, event.data.dump()); });
  load_body("events.publish('door.opened', {door = 'front'}) call:now('still here')");
  const auto call = start();
  EXPECT_EQ(told, R"(door.opened C-00000001 {"door":"front"})");
  EXPECT_EQ(arguments_, Value::parse(R"(["still here"])"));
}

TEST_F(EventsTest, ACallsEndIsToldWithItsFacts) {
  load_handlers(
      "on('call.ended', function(e) events.publish('heard', {call = e.call, cause = e.cause, leg = e.legs[1].endpoint}) end)\n"
      "on('call.started', function(e) events.publish('heard', {at = e.start, ended = e['end'] ~= nil}) end)");
  CallRecord record;
  record.call = "C-1";
  record.caller.number = "11001";
  record.legs.push_back({});
  record.legs[0].endpoint = "SEP001122330001";
  events_.publish(CallStarted{record});
  record.disposition = "busy";
  record.ending.cause = Cause::busy;
  events_.publish(CallEnded{record});
  loop_.settle();
  ASSERT_EQ(heard_.size(), 2U);
  EXPECT_NE(heard_[0].find("\"ended\":false"), std::string::npos);
  EXPECT_EQ(heard_[1], R"({"call":"C-1","cause":"busy","leg":"SEP001122330001"})");
}

TEST_F(EventsTest, HandlersAreReplacedAsOneByAReload) {
  load_handlers("on('x', function() events.publish('heard', {v = 1}) end) on('x', function() events.publish('heard', {v = 2}) end)");
  publish("x", Value::object());
  EXPECT_EQ(heard_.size(), 2U);
  EXPECT_NE(load_error("on('x', function() end) nonsense"), "");
  publish("x", Value::object());
  EXPECT_EQ(heard_.size(), 4U) << "a reload that fails changes nothing";
  load_handlers("on('x', function() events.publish('heard', {v = 3}) end)");
  publish("x", Value::object());
  EXPECT_EQ(heard_.size(), 5U);
}

TEST_F(EventsTest, AHandlerIsBoundedAndItsNeighboursGoOn) {
  load_handlers(R"(
    on('x', function() while true do pcall(function() while true do end end) end end)
    on('x', function() error('no') end)
    on('x', function(e) http.get('http://127.0.0.1:1/') end)
    on('x', function() local call = nil; call:dial{} end)
    on('x', function() events.publish('heard', {}) end))");
  publish("x", Value::object());
  publish("x", Value::object());
  EXPECT_EQ(heard_.size(), 2U);
  load_body("call:now('alive')");
  EXPECT_TRUE(start()->end);
}

TEST_F(EventsTest, EventsThatCauseOneAnotherEnd) {
  load_handlers(
      "on('x', function() events.publish('x', {}) events.publish('x', {}) end)\non('x', function() events.publish('heard', {}) end)");
  publish("x", Value::object());
  EXPECT_GE(heard_.size(), 3U);
  EXPECT_LE(heard_.size(), 40U);
}

TEST_F(EventsTest, TooManyAtOnceAreRefused) {
  load_body("for i = 1, 300 do events.publish('x', {n = i}) end");
  const auto call = start();
  EXPECT_NE(call->text().find("256 events are waiting"), std::string::npos) << call->text();
}

TEST_F(EventsTest, MistakesAreSentences) {
  for (const char* body : {"events.publish()", "events.publish('Call Ended', {})", "events.publish('call.ended', {})",
                           "events.publish('x', 'y')", "events.publish('x', {'y'})", "events.publish('x', {f = print})",
                           "events.publish(('x'):rep(100), {})", "on('x', function() end)"}) {
    load_body(body);
    EXPECT_NE(start()->text().find("main.lua:3: "), std::string::npos) << body;
  }
  for (const char* text : {"on('x')", "on('X Y', print)", "events.publish('x', {})", "for i = 1, 300 do on('x', print) end",
                           "for i = 1, 300 do on('x' .. i, print) end"}) {
    EXPECT_NE(load_error(text).find("main.lua:1: "), std::string::npos) << text;
  }
}

TEST_F(EventsTest, NothingIsLeftWhenTheDialplanGoes) {
  load_handlers("on('x', function() events.publish('heard', {}) end)");
  {
    LuaDialplan other{ScriptServices{&loop_, &directory_, &verbs_, &events_, nullptr}};
    ASSERT_TRUE(other.reload().error().code == ErrorCode::unavailable);
    ASSERT_TRUE(other.load(folder_.write("main.lua", "on('x', print) context 'a' { ['1'] = print }")));
    events_.publish(NamedEvent{"x", Value::object(), ""});
  }
  loop_.settle();
  EXPECT_EQ(heard_.size(), 1U);
}

}  // namespace
}  // namespace tandem::test
