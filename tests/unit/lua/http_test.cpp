// http.* and json.* in scripts: what is asked, what comes back, and what ends it.
#include "unit/lua/script_fixture.h"

namespace tandem::test {
namespace {

using HttpScripts = ScriptTest;

TEST_F(HttpScripts, AnAnswerIsATable) {
  load_body(R"(
    local a = http.get{url = "http://crm/x", headers = {["X-A"] = "b"}, timeout = 1.5, max_size = 100}
    call:now(a.status, a.headers["content-type"], json.decode(a.body).name, a.error == nil))");
  const auto call = start();
  EXPECT_FALSE(call->end) << "it waits";
  EXPECT_EQ(http_.last_.method, "GET");
  EXPECT_EQ(http_.last_.url, "http://crm/x");
  EXPECT_EQ(http_.last_.headers, (HttpHeaders{{"X-A", "b"}}));
  EXPECT_EQ(http_.last_.timeout, std::chrono::milliseconds(1500));
  EXPECT_EQ(http_.last_.max_size, 100U);
  http_.answer(HttpResponse{404, {{"content-type", "text/json"}}, R"({"name": "Smith"})"});
  loop_.settle();
  EXPECT_EQ(arguments_, Value::parse(R"([404, "text/json", "Smith", true])"));
}

TEST_F(HttpScripts, WhatDoesNotAnswerIsAnErrorValue) {
  load_body("local a = http.post{url = 'http://crm/', body = json.encode{a = 1}} call:now(a.status == nil, a.error)");
  auto call = start();
  EXPECT_EQ(http_.last_.body, R"({"a":1})");
  http_.answer(Error{ErrorCode::timeout, "no answer in time"});
  loop_.settle();
  EXPECT_EQ(arguments_, Value::parse(R"([true, "no answer in time"])"));
  http_.refuse_ = true;
  EXPECT_EQ(run("call:now(http.get('http://crm/').error)"), Value::parse(R"(["too many"])"));
}

TEST_F(HttpScripts, TheRequestEndsWithTheCall) {
  load_body("call.vars.before = 'x' http.get('http://crm/') call.vars.after = 'x'");
  auto call = start();
  ASSERT_EQ(http_.waiting_.size(), 1U);
  call->script->abort({});
  EXPECT_TRUE(http_.waiting_.empty());
  EXPECT_FALSE(call->call.variables_.contains("after"));
}

TEST_F(HttpScripts, AnyBytesMayComeBack) {
  load_body("local a = http.get('http://crm/') call:now(#a.body, a.body:byte(1), (json.decode(a.body)))");
  const auto call = start();
  http_.answer(HttpResponse{200, {}, std::string("\xff\0\n", 3)});
  loop_.settle();
  EXPECT_EQ(arguments_, Value::parse("[3, 255, null]"));
}

TEST_F(HttpScripts, MistakesAreSentences) {
  for (const char* body :
       {"http.get()", "http.get{}", "http.get('file:///etc/passwd')", "http.get{url = 'http://x/', timout = 1}",
        "http.get{url = 'http://x/', timeout = 1e9}", "http.get{url = 'http://x/', timeout = 0/0}",
        "http.get{url = 'http://x/', headers = {a = 'b\\r\\nc: d'}}", "http.get{url = 'http://x/', body = 'x'}",
        "http.get{url = 'http://x/', max_size = 1e12 // 1 | 0}", "http.post('http://x/ y')", "http.get(1, 2)",
        "('x'):gsub('x', function() http.get('http://x/') end)", "json.encode(print)", "json.encode()", "json.decode()"}) {
    load_body(body);
    EXPECT_NE(start()->text().find("main.lua:3: "), std::string::npos) << body;
    EXPECT_TRUE(http_.waiting_.empty()) << body;
  }
}

TEST_F(HttpScripts, AUrlsPartsAreEscaped) {
  EXPECT_EQ(run("call:now(http.escape('a-b_c.d~/ ?&=+\\r\\n\\xff'))"), Value::parse(R"(["a-b_c.d~%2F%20%3F%26%3D%2B%0D%0A%FF"])"));
}

TEST_F(HttpScripts, JsonThereAndBack) {
  EXPECT_EQ(run(R"(call:now(json.encode{a = {1, 2.5, "x"}, b = true}, json.decode('[1,{"a":null,"b":[true]}]')))"),
            Value::parse(R"(["{\"a\":[1,2.5,\"x\"],\"b\":true}", [1, {"b": [true]}]])"));
  EXPECT_EQ(run(R"(
    local results = {}
    for i, text in ipairs{"", "{", "[1,]", "nul", ("["):rep(100), "{\"a\":" .. ("x"):rep(65536)} do
      local value, why = json.decode(text)
      results[i] = value == nil and type(why) == "string"
    end
    call:now(results))"),
            Value::parse("[[true, true, true, true, true, true]]"));
}

TEST_F(HttpScripts, JsonIsMetered) {
  load_body("local text = '[' .. ('[],'):rep(20000) .. '1]' local v = json.decode(text) call:now('no')");
  EXPECT_NE(start()->text().find("not enough memory"), std::string::npos);
  load_body("local text = '[' .. ('1,'):rep(30000) .. '1]' while true do pcall(json.decode, text) end");
  EXPECT_NE(start()->text().find("ran too long"), std::string::npos);
}

}  // namespace
}  // namespace tandem::test
