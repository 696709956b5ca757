// Our matcher against Lua's own, over patterns that both can do.
#include "lua/text_match.h"

#include <gtest/gtest.h>

#include "lua/lua_api.h"

namespace tandem {
namespace {

std::string ours(std::string_view subject, std::string_view text) {
  const auto pattern = TextPattern::compile(text, true);
  if (!pattern) return "error";
  TextMatch match(*pattern, subject, 1'000'000);
  for (size_t begin = 0; begin <= subject.size(); ++begin) {
    const size_t end = match.at(begin);
    if (end != TextMatch::npos) {
      std::string found = std::to_string(begin + 1) + "," + std::to_string(end);
      for (int i = 0; i < pattern->captures(); ++i) {
        const auto& c = match.capture(i);
        found += "|" + (c.length == TextMatch::kPosition ? std::to_string(c.begin + 1)
                                                         : std::string(subject.substr(c.begin, static_cast<size_t>(c.length))));
      }
      return found;
    }
    if (pattern->anchored()) break;
  }
  return "none";
}

std::string luas(lua_State* L, std::string_view subject, std::string_view text) {
  lua_settop(L, 0);
  lua_getglobal(L, "string");
  lua_getfield(L, 1, "find");
  lua_pushlstring(L, subject.data(), subject.size());
  lua_pushlstring(L, text.data(), text.size());
  if (lua_pcall(L, 2, LUA_MULTRET, 0) != LUA_OK) return "error";
  if (lua_isnil(L, 2)) return "none";
  std::string found = std::to_string(lua_tointeger(L, 2)) + "," + std::to_string(lua_tointeger(L, 3));
  for (int i = 4; i <= lua_gettop(L); ++i) found += std::string("|") + lua_tostring(L, i);
  return found;
}

TEST(TextMatch, AgreesWithLua) {
  const char* const subjects[] = {
      "",      "a",        "aaa",  "hello world", "+14085551001", "key = value",       "((x)(y))", "THE (quick) fox",
      "a.b.c", "  trim  ", "abab", "[x]-[y]",     "0x1F 42",      "\xc3\xa9t\xc3\xa9", "a\nb"};
  const char* const patterns[] = {"",           "a",
                                  "^a",         "a$",
                                  "^$",         "a*",
                                  "a+",         "a-",
                                  "a-$",        "a?a",
                                  ".-",         ".",
                                  "%a+",        "%A+",
                                  "%d+",        "%D",
                                  "%s*$",       "^%s*(.-)%s*$",
                                  "^%+?(%d+)$", "(%w+)%s*=%s*(%w+)",
                                  "%b()",       "%f[%a]%a+",
                                  "%f[%A]",     "()",
                                  "()a()",      "(a)(b)%1",
                                  "(a*)(b)%2",  "[%a_][%w_]*",
                                  "[^%d]+",     "[a-c]+",
                                  "[]]",        "[^]]",
                                  "[a-]",       "[%]]",
                                  "%x+",        "%p",
                                  "%u%l",       "%g+",
                                  "%c",         "(()a)",
                                  "((a)(b))",   "%.",
                                  "$",          "a$b",
                                  "^^a",        "(",
                                  "%",          "[",
                                  "[a",         "%b",
                                  "%bx",        "%f",
                                  "%1",         "(a)%2",
                                  "(%1)",       "*",
                                  "a**",        "(a)*",
                                  "%a-b",       ".*b",
                                  ".-b",        "(.-)b(.*)",
                                  "[\xc3]",     "\xa9"};
  lua_State* L = luaL_newstate();
  luaL_openlibs(L);
  for (const char* subject : subjects) {
    for (const char* pattern : patterns) {
      const auto found = ours(subject, pattern);
      auto expected = luas(L, subject, pattern);
      // We refuse a malformed pattern as a whole; Lua only once it gets to the place.
      if (found == "error" && expected == "none") expected = "error";
      EXPECT_EQ(found, expected) << subject << " ~ " << pattern;
    }
  }
  lua_close(L);
}

TEST(TextMatch, OnlyMalformedPatternsAreRefused) {
  for (const char* bad : {")", "(", "(a)%2", "(%1)", "%1", "[", "[a", "%", "%b", "%bx", "%f", "((a)"})
    EXPECT_FALSE(TextPattern::compile(bad, true)) << bad;
}

TEST(TextMatch, GivesUpWhenTheStepsAreUsed) {
  const auto pattern = TextPattern::compile("a*a*a*a*b", true);
  const std::string subject(1000, 'a');
  TextMatch match(*pattern, subject, 100'000);
  EXPECT_EQ(match.at(0), TextMatch::npos);
  EXPECT_TRUE(match.given_up());
  EXPECT_GT(match.steps(), -10'000) << "it must notice soon";
}

}  // namespace
}  // namespace tandem
