// Attacks on the sandbox. Each must end its own call with a sentence, soon, and leave the next call unharmed.
#include <ctime>

#include "unit/lua/script_fixture.h"

namespace tandem::test {
namespace {

std::chrono::milliseconds cpu() {
  timespec t{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
  return std::chrono::milliseconds(t.tv_sec * 1000 + t.tv_nsec / 1'000'000);
}

// Generous, because sanitizers and the tearing down of deep stacks cost too; the attacks take seconds or for ever without bounds.
constexpr std::chrono::milliseconds kSoon{250};

class Sandbox : public ScriptTest {
 protected:
  std::string attack(const std::string& body) {
    load_body(body);
    const auto before = cpu();
    const auto call = start();
    EXPECT_LT((cpu() - before).count(), kSoon.count()) << body;
    EXPECT_TRUE(call->end) << body;
    EXPECT_EQ(call->cause(), Cause::temporary_failure) << body;
    const std::string sentence = call->text();
    EXPECT_EQ(run("call:now('alive')"), Value::parse(R"(["alive"])"));
    return sentence;
  }
};

struct Attack {
  const char* name;
  const char* body;
  const char* sentence;
};

void PrintTo(const Attack& attack, std::ostream* out) { *out << attack.name; }

class SandboxAttack : public Sandbox, public testing::WithParamInterface<Attack> {};

TEST_P(SandboxAttack, EndsItsCall) {
  const auto sentence = attack(GetParam().body);
  EXPECT_NE(sentence.find(GetParam().sentence), std::string::npos) << sentence;
}

constexpr char kTooLong[] = "ran too long";
constexpr char kMemory[] = "not enough memory";

const Attack kLoops[] = {
    {"loop", "while true do end", kTooLong},
    {"loop_says_where", "\n\nwhile true do end", "main.lua:5: the script ran too long"},
    {"loop_in_pcall", "while true do pcall(function() while true do end end) end", kTooLong},
    {"loop_in_sort", "table.sort({3, 2, 1}, function() while true do end end)", kTooLong},
    {"loop_in_gsub", "string.gsub('abc', '.', function() while true do end end)", kTooLong},
    {"loop_in_gmatch", "while true do for w in ('a b c'):gmatch('%a') do end end", kTooLong},
    {"loop_in_index", "local t = setmetatable({}, {__index = function() while true do end end}) return t.x", kTooLong},
    {"loop_in_tostring", "tostring(setmetatable({}, {__tostring = function() while true do end end}))", kTooLong},
    {"loop_in_log", "call:log(setmetatable({}, {__tostring = function() while true do end end}))", kTooLong},
    {"loop_in_pairs", "for k in pairs(setmetatable({}, {__pairs = function() return function() return 1 end end})) do end", kTooLong},
    {"loop_in_xpcall_handler", "xpcall(error, function() while true do end end)", kTooLong},
    {"loop_in_xpcall_of_loop", "xpcall(function() while true do end end, function() while true do end end)", kTooLong},
    {"loop_in_close", "do local x <close> = setmetatable({}, {__close = function() while true do end end}) end", kTooLong},
    {"loop_and_loop_in_close", "local x <close> = setmetatable({}, {__close = function() while true do end end}) while true do end",
     kTooLong},
    {"close_and_handler_in_sort",
     "table.sort({3, 2, 1}, function() local x <close> = setmetatable({}, {__close = function() while true do end end}) "
     "xpcall(function() while true do end end, function() while true do end end) end)",
     kTooLong},
    {"error_then_loop_in_close", "local x <close> = setmetatable({}, {__close = function() while true do end end}) error('first')",
     "first"},
    {"raise_and_catch", "while true do pcall(error, 'x') end", kTooLong},
    {"pcall_of_pcall", "local function f() pcall(f) return f() end while true do pcall(f) end", ""},
    {"pcall_chain", "while true do pcall(pcall, pcall, pcall, pcall, error) end", kTooLong},
    {"recursion", "local function f() return 1 + f() end f()", ""},
    {"tail_recursion", "local function f() return f() end f()", kTooLong},
    {"metatable_chain", "local t = setmetatable({}, {}) getmetatable(t).__index = t return t.x", ""},
    {"concat_metamethod", "return setmetatable({}, {__concat = function() while true do end end}) .. 'x'", kTooLong},
    {"verbs_at_once", "while true do call:now() end", kTooLong},
    {"logging", "while true do call:log('again') end", kTooLong},
    {"directory", "while true do directory.user('x') end", kTooLong},
    {"select", "while true do select('#', ('x'):byte(1, 100)) end", kTooLong},
};
INSTANTIATE_TEST_SUITE_P(Loops, SandboxAttack, testing::ValuesIn(kLoops), [](const auto& attack) { return attack.param.name; });

const Attack kMemoryEaters[] = {
    {"endless_table", "local t = {} while true do t[#t + 1] = #t end", kMemory},
    {"endless_table_in_pcall", "while true do pcall(function() local t = {} while true do t[#t + 1] = {} end end) end", ""},
    {"doubling_string", "local s = 'x' while true do s = s .. s end", kMemory},
    {"doubling_string_in_pcall", "while true do pcall(function() local s = 'x' while true do s = s .. s end end) end", ""},
    {"keys_of_long_strings", "local s = 'x' for i = 1, 16 do s = s .. s end local t = {} while true do t[s .. #t] = nil end", ""},
    {"comparing_long_strings", "local s = 'x' for i = 1, 16 do s = s .. s end local a, b = s .. 'a', s .. 'b' while a < b do end",
     kTooLong},
    {"closures", "local f while true do local g = f f = function() return g end end", kMemory},
    {"rep", "return ('x'):rep(1e9)", "string.rep"},
    {"rep_of_number", "return (1):rep(1)", ""},
    {"rep_of_nothing", "return (''):rep(1e9)", kTooLong},
    {"rep_of_nothing_with_separator", "return (''):rep(1e9, ',')", "string.rep"},
    {"rep_in_loop", "while true do local s = ('x'):rep(60000) end", ""},
    {"upper_in_loop", "local s = ('x'):rep(60000) while true do s:upper() end", ""},
    {"format_in_loop", "local s = ('x'):rep(60000) while true do ('%s'):format(s) end", ""},
    {"format_too_long", "local s = ('x'):rep(60000) return ('%s%s%s'):format(s, s, s)", "bytes of text"},
    {"concat", "local t = {} for i = 1, 5000 do t[i] = 'xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx' end return table.concat(t)", "table.concat"},
    {"concat_range", "return table.concat({}, ',', 1, 1e9)", "a range of more"},
    {"concat_len", "return table.concat(setmetatable({}, {__len = function() return 1e9 end}))", "__len"},
    {"move", "return table.move({}, 1, 1e8, 2)", "a range of more"},
    {"move_overflow", "return table.move({}, math.mininteger, math.maxinteger, 1)", "a range of more"},
    {"unpack", "return table.unpack({}, 1, 1e6)", "a range of more"},
    {"insert_at_front", "local t = {} while true do table.insert(t, 1, 1) end", ""},
    {"insert_with_len", "local t = setmetatable({}, {__len = function() return 1e9 end}) table.insert(t, 1, 1)", "__len"},
    {"sort_with_len", "table.sort(setmetatable({}, {__len = function() return 1e9 end}))", "__len"},
    {"sort_of_long_strings", "local s, t = ('x'):rep(60000), {} for i = 1, 4000 do t[i] = s end table.sort(t)", kTooLong},
    {"byte", "return ('x'):rep(60000):byte(1, -1)", "string.byte"},
    {"date", "return os.date(('%c'):rep(1000))", "os.date"},
};
INSTANTIATE_TEST_SUITE_P(Memory, SandboxAttack, testing::ValuesIn(kMemoryEaters), [](const auto& attack) { return attack.param.name; });

const Attack kPatterns[] = {
    {"three_quantifiers", "return ('a'):rep(1024):find('.-.-.-b')", kTooLong},
    {"stars", "return ('a'):rep(40):find('^a*a*a*a*a*a*a*a*b')", kTooLong},
    {"unanchored", "return ('a'):rep(60000):find('a*b')", kTooLong},
    {"match", "return ('a'):rep(4000):match('(.-)(.-)(.-)b')", kTooLong},
    {"gsub", "return ('a'):rep(4000):gsub('a*a*b', '')", kTooLong},
    {"gmatch", "for w in ('a'):rep(4000):gmatch('a*a*b') do end", kTooLong},
    {"in_pcall", "while true do pcall(string.find, ('a'):rep(1024), '.-.-.-b') end", kTooLong},
    {"balanced", "return ('('):rep(60000):find('%b()')", kTooLong},
    {"back_reference", "return ('a'):rep(4000):find('(a*)(a*)%1%2b')", kTooLong},
    {"gsub_result", "return ('a'):rep(1000):gsub('a', ('b'):rep(1000))", "string.gsub"},
    {"long_pattern", "return ('a'):match(('a'):rep(2000))", "longer than 1000"},
    {"sets", "return ('a'):find('[' .. ('%a'):rep(30000) .. ']')", "longer than 1000"},
    {"many_items", "return ('a'):match(('a'):rep(300))", "too complex"},
};
INSTANTIATE_TEST_SUITE_P(Patterns, SandboxAttack, testing::ValuesIn(kPatterns), [](const auto& attack) { return attack.param.name; });

TEST_F(Sandbox, PlainFindIsLinear) {
  load_body("local s = ('a'):rep(60000) call:now(s:find(('a'):rep(3000) .. 'b', 1, true))");
  const auto call = start();
  EXPECT_FALSE(call->end->ending);
}

TEST_F(Sandbox, WhatIsNotThere) {
  for (const char* name :
       {"io",         "debug",        "coroutine",   "load",        "loadstring",   "loadfile",  "dofile",    "collectgarbage",
        "package",    "utf8",         "warn",        "os.execute",  "os.exit",      "os.getenv", "os.remove", "os.rename",
        "os.tmpname", "os.setlocale", "string.dump", "string.pack", "string.unpack"}) {
    EXPECT_EQ(run(std::string("call:now(") + name + " == nil)"), Value::parse("[true]")) << name;
  }
  EXPECT_EQ(run("call:now(type(os.time()), type(os.clock()), os.date('!%Y', 0))"), Value::parse(R"(["number", "number", "1970"])"));
}

TEST_F(Sandbox, NoFinalizersAndNoWayIntoSharedTables) {
  EXPECT_NE(attack("setmetatable({}, {__gc = function() end})").find("__gc"), std::string::npos);
  EXPECT_EQ(run("call:now(getmetatable(''), getmetatable(call), getmetatable(call.vars), getmetatable(_G))"),
            Value::parse("[false, false, false, false]"));
  // What one dialplan does to its own library is not seen by the next, nor by the methods of strings.
  EXPECT_EQ(run("string.upper = nil call:now(('a'):upper())"), Value::parse(R"(["A"])"));
  EXPECT_EQ(run("call:now(string.upper('a'))"), Value::parse(R"(["A"])"));
}

TEST_F(Sandbox, AForgottenLocalIsAnErrorInACall) {
  EXPECT_EQ(attack("counter = 1"), "main.lua:3: 'counter' is not declared: write \"local counter\" (globals would be shared by all calls)");
}

TEST_F(Sandbox, XpcallIsStillXpcall) {
  EXPECT_EQ(run("call:now(xpcall(function(a) return a, 2 end, print, 1))"), Value::parse("[true, 1, 2]"));
  EXPECT_EQ(run("call:now(xpcall(error, function(e) return 'seen ' .. e end, 'it'))"), Value::parse(R"([false, "seen it"])"));
  load_body("call:now(xpcall(function() return call:later() end, print))");
  const auto call = start();
  done_(Value(7));
  loop_.settle();
  EXPECT_EQ(arguments_, Value::parse("[true, 7]"));
}

TEST_F(Sandbox, ATrippedScriptIsDroppedWithoutRunningItsCloseHandlers) {
  load_body("local x <close> = setmetatable({}, {__close = function() call.vars.closed = 'yes' end}) while true do end");
  const auto call = start();
  EXPECT_TRUE(call->call.variables_.empty());
}

TEST_F(Sandbox, AnErrorClosesWhatIsOpen) {
  load_body(
      "local x <close> = setmetatable({}, {__close = function() call.vars.closed = 'yes' pcall(call.later, call) end}) error('oops')");
  const auto call = start();
  EXPECT_EQ(call->text(), "main.lua:3: oops");
  EXPECT_EQ(call->call.variables_["closed"], "yes");
  EXPECT_EQ(operations_, 0) << "a script that has ended starts nothing";
}

TEST_F(Sandbox, ErrorsOfAnyKindHaveASentence) {
  EXPECT_EQ(attack("error({})"), "an error that is a table value");
  EXPECT_EQ(attack("error()"), "an error that is a nil value");
  EXPECT_EQ(attack("error(setmetatable({}, {__tostring = function() while true do end end}))"), "an error that is a table value");
  EXPECT_EQ(attack("local x = nil; x.y = 1"), "main.lua:3: attempt to index a nil value (local 'x')");
  EXPECT_LE(attack("error(('x'):rep(10000))").size(), 400U);
}

TEST_F(Sandbox, TheAllowanceIsFreshAfterEachWait) {
  load_body("for i = 1, 20 do for j = 1, 40000 do end call:later() end call:now('through')");
  const auto call = start();
  for (int i = 0; i < 20; ++i) {
    done_(Value());
    loop_.settle();
  }
  EXPECT_EQ(arguments_, Value::parse(R"(["through"])"));
}

TEST_F(Sandbox, ManyParkedScriptsAndOneThatIsStopped) {
  load(
      "context \"phones\" { [\"1\"] = function(call) call:later() end, [\"2\"] = function() local t = {} while true do t[#t + 1] = {} end "
      "end }");
  std::vector<std::unique_ptr<ScriptedCall>> parked;
  for (int i = 0; i < 500; ++i) parked.push_back(start("1"));
  EXPECT_EQ(start("2")->cause(), Cause::temporary_failure);
  done_(Value());
  loop_.settle();
  EXPECT_TRUE(parked.back()->end);
  EXPECT_EQ(operations_, 499);
  parked.clear();
  EXPECT_EQ(operations_, 0);
}

}  // namespace
}  // namespace tandem::test
