// What call:dial{...} can say, and the sentences for what it cannot.
#include "call/target.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace tandem::test {
namespace {

using std::chrono::milliseconds;

Value json(const char* text) { return Value::parse(text); }

DialRequest good(const char* text) {
  auto request = parse_dial(json(text));
  EXPECT_TRUE(request) << text << ": " << (request ? "" : request.error().message);
  return request ? *request : DialRequest{};
}

std::string bad(const Value& args) {
  const auto request = parse_dial(args);
  if (request) return "accepted: " + args.dump();
  EXPECT_EQ(request.error().code, ErrorCode::invalid);
  EXPECT_TRUE(request.error().message.starts_with("dial: ")) << "the author must know which verb complains: " << request.error().message;
  return request.error().message;
}
std::string bad(const char* text) { return bad(json(text)); }

TEST(DialTarget, OneTarget) {
  const auto request = good(R"(["user/john.doe"])");
  ASSERT_EQ(request.targets.size(), 1u);
  EXPECT_EQ(request.targets[0].text, "user/john.doe");
  EXPECT_EQ(request.targets[0].scheme, "user");
  EXPECT_EQ(request.targets[0].endpoint, "john.doe");
  EXPECT_EQ(request.targets[0].number, "");
  EXPECT_EQ(request.targets[0].delay, milliseconds(0));
  EXPECT_EQ(request.timeout, milliseconds(30000));
  EXPECT_FALSE(request.emergency);
}

TEST(DialTarget, TrunkAndNumber) {
  const auto request = good(R"(["sip/pstn/+14085551234"])");
  EXPECT_EQ(request.targets[0].scheme, "sip");
  EXPECT_EQ(request.targets[0].endpoint, "pstn");
  EXPECT_EQ(request.targets[0].number, "+14085551234");
  EXPECT_EQ(good(R"(["sip/pstn/1/2"])").targets[0].number, "1/2") << "what follows the trunk is the gateway's business";
}

TEST(DialTarget, Lists) {
  const auto list = good(R"([["user/a", ["sip/b"], "sip/c/1"]])");
  ASSERT_EQ(list.targets.size(), 3u);
  EXPECT_EQ(list.targets[1].endpoint, "b");
  const auto table =
      good(R"([{"list": ["user/a", {"list": ["sip/b"], "delay": 2.5}], "timeout": 12, "emergency": true, "location": "hq"}])");
  ASSERT_EQ(table.targets.size(), 2u);
  EXPECT_EQ(table.targets[1].delay, milliseconds(2500));
  EXPECT_EQ(table.timeout, milliseconds(12000));
  EXPECT_TRUE(table.emergency);
  EXPECT_EQ(table.location, "hq");
}

TEST(DialTarget, NoTarget) {
  for (const char* text : {"[]", R"(["user/a", "user/b"])", "{}", R"("user/a")", "7"}) {
    EXPECT_NE(bad(text).find("one argument"), std::string::npos) << text;
  }
  for (const char* text :
       {"[[]]", "[{}]", "[null]", "[7]", "[true]", R"([{"list": []}])", R"([{"list": "user/a"}])", R"([{"timeout": 3}])"}) {
    EXPECT_NE(bad(text).find("no target"), std::string::npos) << text << ": " << bad(text);
  }
}

TEST(DialTarget, EmptyParts) {
  for (const char* text : {R"([""])", R"(["john"])", R"(["/"])", R"(["//"])", R"(["/john"])", R"(["user/"])", R"(["sip//"])",
                           R"(["sip//1"])", R"(["sip/pstn/"])", R"(["user/john/1"])"}) {
    EXPECT_NE(bad(text).find("is no target"), std::string::npos) << text << ": " << bad(text);
  }
}

TEST(DialTarget, TargetsOfOtherTypes) {
  for (const char* text : {"[[7]]", "[[null]]", R"([[["a/b", "c/d"]]])", "[[[]]]", "[[{}]]", R"([[{"delay": 1}]])", R"([[{"list": [7]}]])",
                           R"([[{"list": ["a/b", "c/d"], "delay": 1}]])", R"([[{"list": {"list": ["a/b"]}}]])", "[[[[[[[[[[[]]]]]]]]]]]"}) {
    EXPECT_NE(bad(text).find("a target is a string"), std::string::npos) << text << ": " << bad(text);
  }
}

TEST(DialTarget, Delays) {
  for (const char* text : {R"("3")", "true", "null", "[]", "{}"}) {
    EXPECT_NE(bad((R"([[{"list": ["a/b"], "delay": )" + std::string(text) + "}]]").c_str()).find("must be a number"), std::string::npos)
        << text;
  }
  constexpr double kInfinite = std::numeric_limits<double>::infinity();
  for (const double number : {-0.001, -1e300, std::nan(""), kInfinite, -kInfinite, 86400.5, 1e300}) {
    const Value target{{"list", {"a/b"}}, {"delay", number}};
    EXPECT_NE(bad(Value::array({Value::array({target})})).find("between 0"), std::string::npos) << number;
    EXPECT_NE(bad(Value::array({Value{{"list", {"a/b"}}, {"timeout", number}}})).find("between 0"), std::string::npos) << number;
  }
  EXPECT_NE(bad(Value::array({Value{{"list", {"a/b"}}, {"timeout", std::numeric_limits<uint64_t>::max()}}})).find("between 0"),
            std::string::npos);
  EXPECT_EQ(good(R"([{"list": ["a/b"], "timeout": 86400}])").timeout, milliseconds(86400000));
  EXPECT_EQ(good(R"([{"list": ["a/b"], "timeout": 0}])").timeout, milliseconds(0));
}

// A misspelt option would otherwise be found by whoever waits for a phone to ring.
TEST(DialTarget, UnknownOptions) {
  for (const char* text : {R"([{"list": ["a/b"], "timeuot": 3}])", R"([{"list": ["a/b"], "emergency": 1}])",
                           R"([{"list": ["a/b"], "location": 5}])", R"([[{"list": ["a/b"], "dealy": 3}]])"}) {
    EXPECT_NE(bad(text).find("no option"), std::string::npos) << text << ": " << bad(text);
  }
}

TEST(DialTarget, Headers) {
  const auto headers = good(R"([{"list": ["a/b"], "headers": {"X-A": "b"}}])").headers;
  ASSERT_EQ(headers.size(), 1U);
  EXPECT_EQ(headers[0].name + "=" + headers[0].value, "X-A=b");
  EXPECT_TRUE(good(R"([{"list": ["a/b"], "headers": []}])").headers.empty());
  for (const char* text : {R"([{"list": ["a/b"], "headers": ["x"]}])", R"([{"list": ["a/b"], "headers": "x"}])",
                           R"([{"list": ["a/b"], "headers": {"x": 1}}])"}) {
    EXPECT_NE(bad(text).find("header"), std::string::npos) << text;
  }
  Value many = Value::object();
  for (int i = 0; i < 100; ++i) many["X-" + std::to_string(i)] = "x";
  EXPECT_NE(bad(Value::array({Value{{"list", {"a/b"}}, {"headers", many}}})).find("more than 16"), std::string::npos);
}

TEST(DialTarget, HugeLists) {
  Value list = Value::array();
  for (size_t i = 0; i < kMostTargets; ++i) list.push_back("sip/p");
  EXPECT_TRUE(parse_dial(Value::array({list})));
  list.push_back("sip/p");
  EXPECT_NE(bad(Value::array({list})).find("more than 64"), std::string::npos);
  for (size_t i = 0; i < 100000; ++i) list.push_back(7);
  EXPECT_NE(bad(Value::array({Value{{"list", list}}})).find("more than 64"), std::string::npos) << "counted before it is read";
}

}  // namespace
}  // namespace tandem::test
