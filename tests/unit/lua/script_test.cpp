// Scripts and verbs: at once, later, failing, aborted in the middle; what a script sees of its call.
#include "unit/lua/script_fixture.h"

namespace tandem::test {
namespace {

using Scripts = ScriptTest;

TEST_F(Scripts, AVerbThatEndsAtOnceDoesNotYield) {
  EXPECT_EQ(run("local r = call:now('a', 2, true) call:now(r, number)"), Value::parse(R"([["a", 2, true], "1"])"));
}

TEST_F(Scripts, AVerbThatWaitsParksTheScript) {
  load_body("local r = call:later('x') call:now('after ' .. r)");
  const auto call = start();
  EXPECT_FALSE(call->end);
  EXPECT_EQ(operations_, 1);
  EXPECT_EQ(verbs_.find("later")->uses, 1U);
  done_(Value("done"));
  EXPECT_EQ(operations_, 1) << "the operation must not die inside its own callback";
  loop_.settle();
  EXPECT_EQ(arguments_, Value::parse(R"(["after done"])"));
  EXPECT_EQ(operations_, 0);
  EXPECT_EQ(verbs_.find("later")->uses, 0U);
  ASSERT_TRUE(call->end);
  EXPECT_TRUE(call->end->matched);
  EXPECT_FALSE(call->end->ending);
}

TEST_F(Scripts, AVerbThatFailsRaisesItsSentence) {
  load_body("call:fail('the trunk is down')");
  const auto call = start();
  EXPECT_EQ(call->cause(), Cause::temporary_failure);
  EXPECT_EQ(call->text(), "main.lua:3: the trunk is down");

  load_body("local ok, why = pcall(call.later, call)\ncall:now(ok, why)");
  const auto later = start();
  done_(Error{ErrorCode::timeout, "nobody answered"});
  loop_.settle();
  EXPECT_EQ(arguments_, Value::parse(R"([false, "nobody answered"])"));
}

TEST_F(Scripts, AnUnknownVerbIsNamedWithTheNearest) {
  add_verb("dial", [](Call&, const Value&, VerbDone done) -> std::unique_ptr<Operation> {
    done(Value());
    return nullptr;
  });
  load_body("\ncall:dail('x')");
  EXPECT_EQ(start()->text(), "main.lua:4: there is no verb or field \"dail\" of a call; did you mean \"dial\"?");
  load_body("call:quite_something_else()");
  EXPECT_EQ(start()->text(), "main.lua:3: there is no verb or field \"quite_something_else\" of a call");
}

TEST_F(Scripts, AVerbThatIsUnloadedIsMissedAtTheCall) {
  load_body("call:now()\nlocal f = call.now\ncall:later()\nf(call)");
  const auto call = start();
  registered_.clear();
  done_(Value());
  loop_.settle();
  EXPECT_EQ(call->text().find("main.lua:6: there is no verb or field \"now\""), 0U) << call->text();
}

TEST_F(Scripts, ADotInsteadOfAColonIsExplained) {
  load_body("call.now('x')");
  EXPECT_NE(start()->text().find("with a colon"), std::string::npos);
}

TEST_F(Scripts, AVerbThatNeitherEndsNorWaitsIsAnError) {
  add_verb("broken", [](Call&, const Value&, VerbDone) -> std::unique_ptr<Operation> { return nullptr; });
  load_body("call:broken()");
  EXPECT_NE(start()->text().find("without a result"), std::string::npos);
}

TEST_F(Scripts, DoneTwiceOrLateIsIgnored) {
  load_body("call:later() call:later() call:now('end')");
  const auto call = start();
  VerbDone first = std::move(done_);
  first(Value(1));
  first(Value(2));
  loop_.settle();
  EXPECT_EQ(operations_, 1);
  first(Value(3));
  loop_.settle();
  EXPECT_EQ(operations_, 1) << "the second later() is still waiting";
  done_(Value());
  loop_.settle();
  EXPECT_TRUE(call->end);
}

TEST_F(Scripts, AbortStopsTheVerbAndLetsTheScriptCloseUp) {
  load_body(R"(
    local guard <close> = setmetatable({}, {__close = function() call.vars.closed = "yes" end})
    local ok, why = pcall(function() call:later() end)
    call.vars.why = why
    local again, still = pcall(function() call:now() end)
    call.vars.still = still
    call:now("must not be reached"))");
  const auto call = start();
  ASSERT_EQ(operations_, 1);
  arguments_ = Value();
  call->script->abort({Cause::normal, ""});
  EXPECT_EQ(operations_, 0);
  EXPECT_EQ(call->call.variables_["closed"], "yes");
  EXPECT_NE(call->call.variables_["why"].find("the call has ended (normal)"), std::string::npos);
  EXPECT_NE(call->call.variables_["still"].find("the call has ended"), std::string::npos);
  EXPECT_EQ(arguments_, Value());
  done_(Value());
  loop_.settle();
  call->script.reset();
  loop_.settle();
  EXPECT_FALSE(call->end) << "an aborted script does not report";
}

TEST_F(Scripts, AbortClosesUpWhereNobodyCatches) {
  load_body(R"(
    local guard <close> = setmetatable({}, {__close = function() call.vars.closed = "yes" end})
    local loops <close> = setmetatable({}, {__close = function() while true do end end})
    local verbs <close> = setmetatable({}, {__close = function() call:now("no") end})
    call.vars.before = "yes"
    call:later()
    call.vars.after = "yes")");
  const auto call = start();
  arguments_ = Value();
  call->script->abort({});
  EXPECT_EQ(operations_, 0);
  EXPECT_EQ(arguments_, Value());
  EXPECT_EQ(call->call.variables_["before"], "yes");
  EXPECT_FALSE(call->call.variables_.contains("after"));
  done_(Value());
  call->script.reset();
  loop_.settle();
  EXPECT_FALSE(call->end);
  EXPECT_EQ(run("call:now('alive')"), Value::parse(R"(["alive"])"));
}

TEST_F(Scripts, AbortOfAScriptThatWillNotCloseUpEnds) {
  load_body(R"(
    local guard <close> = setmetatable({}, {__close = function() while true do end end})
    while true do pcall(call.later, call) end)");
  const auto call = start();
  call->script->abort({});
  EXPECT_EQ(operations_, 0);
}

TEST_F(Scripts, DroppingTheScriptStopsTheVerb) {
  load_body("call:later() call:now('no')");
  auto call = start();
  done_(Value());
  call->script.reset();  // between done and the deferred resume
  EXPECT_EQ(operations_, 0);
  arguments_ = Value();
  loop_.settle();
  EXPECT_EQ(arguments_, Value());
}

TEST_F(Scripts, AVerbMayEndItsOwnCall) {
  ScriptedCall* current = nullptr;
  add_verb("end_call", [&](Call&, const Value&, VerbDone done) -> std::unique_ptr<Operation> {
    current->script->abort({});
    current->script.reset();
    done(Value());
    return nullptr;
  });
  load_body(
      "local g <close> = setmetatable({}, {__close = function() return call.id end})\ncall:later()\npcall(call.end_call, "
      "call)\ncall:now('no')");
  const auto call = start();
  current = call.get();
  arguments_ = Value();
  done_(Value());
  loop_.settle();
  EXPECT_EQ(arguments_, Value());
  EXPECT_FALSE(call->end);
}

TEST_F(Scripts, HangupNeverReturns) {
  load_body(R"(
    local guard <close> = setmetatable({}, {__close = function() call.vars.closed = "yes" end})
    pcall(function() pcall(call.hangup, call, "busy", "Line is engaged") end)
    call:now("no"))");
  const auto call = start();
  EXPECT_EQ(call->cause(), Cause::busy);
  EXPECT_EQ(call->text(), "Line is engaged");
  EXPECT_EQ(arguments_, Value());
  EXPECT_EQ(call->call.variables_["closed"], "yes");
}

TEST_F(Scripts, HangupWhereTheScriptCannotYieldEndsItToo) {
  load_body(R"(
    while true do
      pcall(table.sort, {3, 2, 1}, function() pcall(call.hangup, call, "rejected") return true end)
      pcall(string.gsub, "abc", ".", function() call:hangup(17) end)
    end)");
  EXPECT_EQ(start()->cause(), Cause::rejected);
}

TEST_F(Scripts, HangupChecksItsArguments) {
  load_body("call:hangup('no such thing')");
  EXPECT_EQ(start()->text(), "main.lua:3: hangup: there is no cause \"no such thing\"");
  load_body("call:hangup('busy', 'a\\r\\nVia: evil')");
  EXPECT_NE(start()->text().find("cannot be shown"), std::string::npos);
  load_body("call:hangup()");
  EXPECT_EQ(start()->cause(), Cause::normal);
  load_body("call:hangup(21)");
  EXPECT_EQ(start()->cause(), Cause::rejected);
}

TEST_F(Scripts, WhatAScriptSeesOfItsCall) {
  load_body(
      "call:now(call.id, call.dialled, call.context, call.class, call.user, call.device, call.caller.number, call.caller.restricted)");
  auto made = std::make_unique<ScriptedCall>();
  made->call.dialled_ = "1";
  made->call.device_ = directory_.device("SEP001122330001");
  made->call.occupant_ = directory_.occupant(*made->call.device_);
  made->call.identity_ = {"11001", "John Doe", false};
  const auto call = start(std::move(made));
  EXPECT_EQ(arguments_, Value::parse(R"(["C-00000001", "1", "phones", "international",
    {"id": "john.doe", "name": "John Doe", "extension": "11001", "class": "international", "did": "+14085551001", "mailbox": true},
    {"name": "SEP001122330001", "site": "hq", "owner": "john.doe", "label": "Desk "}, "11001", false])"));
}

TEST_F(Scripts, HeadersAreReadAsTheyCame) {
  load_body("call:now(call:header('Alert-Info'), call:header('none'), #call:header('Bytes'))");
  auto made = std::make_unique<ScriptedCall>();
  made->call.dialled_ = "1";
  made->call.headers_ = {{"Alert-Info", "<urn:x>"}, {"Bytes", std::string(10000, '\xff')}};
  start(std::move(made));
  EXPECT_EQ(arguments_, Value::parse(R"(["<urn:x>", null, 4096])"));
  for (const char* body : {"call:header()", "call:header('')", "call:header({})", "call:header('a\\nb')"}) {
    load_body(body);
    EXPECT_EQ(start()->text().find("main.lua:3: "), 0U) << body;
  }
}

TEST_F(Scripts, ATrunkCallHasNoDeviceNoUserNoClass) {
  EXPECT_EQ(run("call:now(call.device == nil, call.user == nil, call.class == nil)"), Value::parse("[true, true, true]"));
}

TEST_F(Scripts, CallerAndVariablesAreWritten) {
  load_body(R"(
    call.caller.number = "914085557001"
    call.caller.name = nil
    call.caller.restricted = true
    call.vars.colour = "blue"
    call.vars.gone = "x" call.vars.gone = nil
    call.vars.count = 12
    call:now(call.vars.colour, call.vars.none))");
  auto made = std::make_unique<ScriptedCall>();
  made->call.dialled_ = "1";
  made->call.identity_ = {"1", "Somebody", false};
  const auto call = start(std::move(made));
  EXPECT_EQ(call->call.identity_.number, "914085557001");
  EXPECT_EQ(call->call.identity_.name, "");
  EXPECT_TRUE(call->call.identity_.restricted);
  EXPECT_EQ(call->call.variables_, (std::map<std::string, std::string, std::less<>>{{"colour", "blue"}, {"count", "12"}}));
}

TEST_F(Scripts, CallerAndVariablesAreBounded) {
  for (const char* body :
       {"call.caller.number = 'a\\nb'", "call.caller.name = ('x'):rep(1000)", "call.caller.name = '\\xff'", "call.caller.colour = 'x'",
        "call.vars.x = ('x'):rep(5000)", "call.vars.x = {}", "call.vars[('k'):rep(100)] = 'x'", "call.vars[1] = 'x'", "call.id = 'x'",
        "for i = 1, 1000 do call.vars['k' .. i] = 'x' end"}) {
    load_body(body);
    const auto call = start();
    EXPECT_EQ(call->cause(), Cause::temporary_failure) << body;
    EXPECT_LE(call->call.variables_.size(), 100U);
  }
}

TEST_F(Scripts, ACallKeptByAnotherScriptIsDead) {
  load("local kept\ncontext \"phones\" { [\"1\"] = function(call) kept = call call:later() end,\n[\"2\"] = function() kept:hangup() end }");
  const auto first = start("1");
  const auto second = start("2");
  EXPECT_NE(second->text().find("another script's"), std::string::npos) << second->text();
  EXPECT_FALSE(first->end);
}

TEST_F(Scripts, VerbsAreRefusedWhereTheScriptCannotWait) {
  load_body("string.gsub('x', '.', function() call:later() end)");
  EXPECT_NE(start()->text().find("not inside table.sort"), std::string::npos);
  EXPECT_EQ(operations_, 0);
}

TEST_F(Scripts, NothingFits) {
  load_body("");
  EXPECT_FALSE(start("2")->end->matched);
  EXPECT_FALSE(start("1", "nowhere")->end->matched);
}

TEST_F(Scripts, WithoutADialplanThereIsNoCall) {
  FakeCall call("phones", "1");
  const auto started = dialplan_.start(call, [](ScriptEnd) { FAIL(); });
  ASSERT_FALSE(started);
  EXPECT_EQ(started.error().code, ErrorCode::unavailable);
}

TEST_F(Scripts, ACallMadeInsideAnotherScriptsVerbRunsAfterIt) {
  std::unique_ptr<ScriptedCall> inner;
  bool ran_inside = false;
  add_verb("spawn", [&](Call&, const Value&, VerbDone done) -> std::unique_ptr<Operation> {
    inner = std::make_unique<ScriptedCall>();
    inner->call.dialled_ = "2";
    auto script = dialplan_.start(inner->call, [&](ScriptEnd end) { inner->end = std::move(end); });
    inner->script = std::move(*script);
    ran_inside = !inner->call.variables_.empty();
    done(Value());
    return nullptr;
  });
  load("context \"phones\" { [\"1\"] = function(call) call:spawn() end, [\"2\"] = function(call) call.vars.ran = 'yes' end }");
  start("1");
  EXPECT_FALSE(ran_inside);
  EXPECT_EQ(inner->call.variables_["ran"], "yes");
  EXPECT_TRUE(inner->end);
}

TEST_F(Scripts, TheDirectoryAnswersWithoutSecrets) {
  EXPECT_EQ(
      run("call:now(directory.number('11001'), directory.number('19001'), directory.number('5000'), directory.number('1'))"),
      Value::parse(
          R"([{"kind": "user", "number": "11001", "owner": "john.doe"}, {"kind": "device", "number": "19001", "owner": "SEP0011223300A1"},
                             {"kind": "service", "number": "5000", "owner": "voice-access"}, null])"));
  EXPECT_EQ(run("call:now(directory.site('hq'), directory.user('nobody'), directory.device('SEP0011223300A1'))"),
            Value::parse(R"([{"id": "hq", "location": "100 Main Street", "callback": "+14085551000", "zone": "America/Los_Angeles"}, null,
                             {"name": "SEP0011223300A1", "site": "hq", "extension": "19001", "label": "Desk 19001"}])"));
}

}  // namespace
}  // namespace tandem::test
