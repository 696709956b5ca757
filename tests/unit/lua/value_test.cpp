// What crosses between Lua and the verbs.
#include <climits>

#include "unit/lua/script_fixture.h"

namespace tandem::test {
namespace {

using Values = ScriptTest;

TEST_F(Values, TablesBecomeArraysObjectsOrBoth) {
  EXPECT_EQ(run("call:now({}, {1, 2}, {a = 1}, {'x', b = true})"), Value::parse(R"([[], [1, 2], {"a": 1}, {"list": ["x"], "b": true}])"));
  EXPECT_EQ(run("call:now { 'user/john.doe', {'sip/pstn/+1', delay = 4}, timeout = 30 }"),
            Value::parse(R"([{"list": ["user/john.doe", {"list": ["sip/pstn/+1"], "delay": 4}], "timeout": 30}])"));
}

TEST_F(Values, NumbersKeepTheirKind) {
  const auto numbers = run("call:now(1, 1.5, -7, math.maxinteger, 4.0)");
  EXPECT_TRUE(numbers[0].is_number_integer());
  EXPECT_TRUE(numbers[4].is_number_float());
  EXPECT_EQ(numbers, Value::parse("[1, 1.5, -7, 9223372036854775807, 4.0]"));
}

TEST_F(Values, NilStaysInItsPlace) { EXPECT_EQ(run("call:now(nil, 1, nil)"), Value::parse("[null, 1, null]")); }

TEST_F(Values, ResultsComeBack) {
  load_body("local v = call:later() call:now(v.a[2], v.a[3].b, #v.a, v.n, math.type(v.big), math.type(v.f), v.t)");
  const auto call = start();
  auto value = Value::parse(R"({"a": [1, "two", {"b": "deep"}], "n": null, "f": 2.0, "t": true})");
  value["big"] = ULLONG_MAX;
  done_(value);
  loop_.settle();
  EXPECT_EQ(arguments_, Value::parse(R"(["two", "deep", 3, null, "float", "float", true])"));
}

TEST_F(Values, AResultNestedWithoutEndIsCut) {
  load_body("local v, n = call:later(), 0 while v do v = v[1] n = n + 1 end call:now(n)");
  const auto call = start();
  Value deep = 1;
  for (int i = 0; i < 1000; ++i) deep = Value::array({deep});
  done_(deep);
  loop_.settle();
  EXPECT_EQ(arguments_, Value::parse("[16]"));
}

TEST_F(Values, WhatCannotCrossIsRefused) {
  const std::pair<const char*, const char*> bad[] = {
      {"print", "a function cannot"},
      {"call", "a userdata cannot"},
      {"{function() end}", "a function cannot"},
      {"0/0", "not finite"},
      {"1/0", "not finite"},
      {"'\\xff\\xfe'", "not UTF-8"},
      {"{['\\xff'] = 1}", "not UTF-8"},
      {"{[2] = 'x'}", "without gaps"},
      {"{[1.5] = 'x'}", "without gaps"},
      {"{[true] = 'x'}", "without gaps"},
      {"{[-1] = 'x', 'a'}", "without gaps"},
      {"{'a', list = 1}", "a field \"list\""},
      {"('x'):rep(60000), ('x'):rep(60000)", "bytes of text"},
  };
  for (const auto& [expression, why] : bad) {
    load_body(std::string("call:now(") + expression + ")");
    EXPECT_NE(start()->text().find(why), std::string::npos) << expression << ": " << start()->text();
  }
}

TEST_F(Values, BigAndCircularTablesAreRefused) {
  load_body("local t = {} t.t = t call:now(t)");
  EXPECT_NE(start()->text().find("nested deeper"), std::string::npos);
  load_body("local t = {} for i = 1, 3000 do t[i] = i end call:now(t)");
  EXPECT_NE(start()->text().find("more than 2000 values"), std::string::npos);
  load_body("local t = {} for i = 1, 100 do t[i] = {} for j = 1, 100 do t[i][j] = j end end call:now(t)");
  EXPECT_NE(start()->text().find("more than 2000 values"), std::string::npos);
}

TEST_F(Values, MetatablesAreNotLookedAt) {
  EXPECT_EQ(run("call:now(setmetatable({}, {__index = function() error('no') end, __len = function() return 100 end, __pairs = error}))"),
            Value::parse("[[]]"));
}

}  // namespace
}  // namespace tandem::test
