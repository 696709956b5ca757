// The admin's own tests: what passes, what fails and where, and what they may not do.
#include "lua/test_runner.h"

#include "call/caller_verbs.h"
#include "unit/lua/script_fixture.h"

namespace tandem::test {
namespace {

class DialplanTests : public ScriptTest {
 protected:
  DialplanTests() {
    add_verb("dial", [](Call&, const Value&, VerbDone) -> std::unique_ptr<Operation> {
      ADD_FAILURE() << "a test started a verb";
      return nullptr;
    });
    main_ = folder_.write("main.lua", R"(local policy = require "lib.policy"
context "phones" {
  ["1"] = function(call)
    local first = call:dial{"user/john.doe", {"sip/desk", delay = 4}}
    if first == "busy" then first = call:dial("user/jane.white") end
    call.vars.first = first
    if time.within("Sat-Sun") then call:hangup("no-answer", "Closed") end
  end,
  ["2"] = function(call) call:queue("sales") call:log(http.get("http://crm/").status) call:hangup("busy") end,
  ["3"] = function(call) error("broken") end,
  ["4"] = function(call) call.vars.alert = call:header("alert-info") end,
})");
    folder_.write("lib/policy.lua", "return { double = function(x) return 2 * x end }");
  }
  DialplanTestFile run_file(const std::string& text) {
    const auto file = std::filesystem::path(folder_.write("tests/t.lua", text)).parent_path() / "tests/t.lua";
    auto reports = run_dialplan_tests(ScriptServices{&loop_, &directory_, &verbs_, nullptr, nullptr}, main_, {file.string()});
    EXPECT_TRUE(reports) << reports.error().message;
    return reports ? reports->at(0) : DialplanTestFile{};
  }
  /// The failure of a test with this body, which begins on line 2.
  std::string failure(const std::string& body) {
    const auto report = run_file("test('t', function()\n" + body + "\nend)");
    EXPECT_EQ(report.error, "");
    return report.tests.empty() ? "no test" : report.tests[0].failure;
  }

  std::string main_;
};

TEST_F(DialplanTests, SimulatesCalls) {
  EXPECT_EQ(failure(R"(
    local call = simulate{from = "SEP001122330001", to = "1", at = "Sat 12:00", answers = {dial = {"busy", "no-answer"}}}
    expect(call.rung, {"user/john.doe", "sip/desk", "user/jane.white"})
    expect(call.ending, "no-answer")
    expect(call.text, "Closed")
    expect(call.vars, {first = "no-answer"})
    expect(call.steps[1].at, "main.lua:4")
    expect(call.extension, "1")
    expect(simulate{from = "john.doe", to = "1", at = "Mon 12:00"}.ending, nil)
    expect(simulate{from = "john.doe", to = "4", headers = {["Alert-Info"] = "x"}}.vars, {alert = "x"})
    expect(simulate{from = "john.doe", to = "none"}.matched, false))"),
            "");
}

TEST_F(DialplanTests, AnswersAreValuesListsAndFunctions) {
  EXPECT_EQ(failure(R"(
    local asked
    local call = simulate{from = "john.doe", to = "2", answers = {
      queue = function(name) asked = name return "left" end,
      ["http.get"] = {status = 200, body = "x"},
    }}
    expect(asked, "sales")
    expect(call.ending, "busy")
    expect(call.steps[3].detail, "200"))"),
            "");
}

TEST_F(DialplanTests, PolicyFunctionsAreTestedAsTheyStand) {
  EXPECT_NE(failure("expect(require('lib.policy').double(2), 4)").find("only be used while"), std::string::npos)
      << "at the head of the file, not in a test";
  const auto report = run_file("local policy = require 'lib.policy'\ntest('doubles', function() expect(policy.double(2), 4) end)");
  ASSERT_EQ(report.tests.size(), 1U);
  EXPECT_EQ(report.tests[0].failure, "");
  EXPECT_EQ(report.tests[0].place, "tests/t.lua:2");
}

TEST_F(DialplanTests, AFailureSaysWhereAndWhat) {
  EXPECT_EQ(failure("expect({1, 'a'}, {1, 'b'})"), "tests/t.lua:2: expected [1,\"b\"], got [1,\"a\"]");
  EXPECT_EQ(failure("expect(nil, 'busy', 'ending')"), "tests/t.lua:2: ending: expected \"busy\", got nil");
  EXPECT_EQ(failure("expect('1', 1)"), "tests/t.lua:2: expected 1, got \"1\"");
  EXPECT_EQ(failure("error('own words')"), "tests/t.lua:2: own words");
}

TEST_F(DialplanTests, AScriptThatFailsFailsItsTest) {
  EXPECT_EQ(failure("simulate{from = 'john.doe', to = '3'}"), "tests/t.lua:2: the script failed: main.lua:10: broken");
  EXPECT_EQ(failure("expect(simulate{from = 'john.doe', to = '3', may_fail = true}.error, 'main.lua:10: broken')"), "");
  EXPECT_NE(failure("simulate{from = 'john.doe', to = '2'}").find("no verb or field \"queue\""), std::string::npos);
}

TEST_F(DialplanTests, MistakesInATestAreItsOwn) {
  for (const char* body :
       {"simulate()", "simulate{}", "simulate{from = 'nobody', to = '1'}", "simulate{from = 'john.doe', to = '1', user = 'x'}",
        "simulate{from = 'john.doe', to = '1', at = 'teatime'}", "simulate{from = 'john.doe', to = '1', answers = 1}",
        "simulate{from = 'john.doe', to = '1', answers = {dial = function() error('x') end}}",
        "simulate{from = 'john.doe', to = '1', answers = {dial = function() while true do end end}}", "expect()", "while true do end",
        "test('x', print)", "http.get('http://x/')", "io.open('x')"}) {
    EXPECT_EQ(failure(body).find("tests/t.lua:2: "), 0U) << body << "\n" << failure(body);
  }
  EXPECT_NE(run_file("nonsense").error.find("tests/t.lua:1: "), std::string::npos);
  EXPECT_NE(run_file("simulate{}").error.find("only inside a test"), std::string::npos);
}

TEST_F(DialplanTests, TheSampleOfficePasses) {
  const auto caller_verbs = register_caller_verbs(verbs_, {&directory_, nullptr});
  const auto reports = run_dialplan_tests(ScriptServices{&loop_, &directory_, &verbs_, nullptr, nullptr},
                                          TANDEM_SOURCE_DIR "/dialplan/main.lua", {TANDEM_SOURCE_DIR "/dialplan/tests/office_test.lua"});
  ASSERT_TRUE(reports) << reports.error().message;
  EXPECT_GE(reports->at(0).tests.size(), 5U);
  for (const auto& test : reports->at(0).tests) EXPECT_EQ(test.failure, "") << test.name;
}

}  // namespace
}  // namespace tandem::test
