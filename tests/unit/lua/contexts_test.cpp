#include "lua/contexts.h"

#include <gtest/gtest.h>

namespace tandem {
namespace {

Context context(std::string name, std::vector<std::string> extensions, std::vector<std::string> includes = {}) {
  Context made;
  made.name = std::move(name);
  made.place = {"main.lua", 1};
  int line = 2;
  for (const auto& text : extensions) {
    made.extensions.push_back({*Pattern::compile(text), line, {"main.lua", line}});
    ++line;
  }
  made.includes = std::move(includes);
  return made;
}

std::string matched(const Contexts& contexts, std::string_view in, std::string_view number) {
  const auto match = contexts.match(in, number);
  return match ? match->context->name + "/" + match->extension->pattern.text() : "none";
}

TEST(Contexts, OwnExtensionsFirstThenIncludesInOrder) {
  Contexts contexts;
  ASSERT_TRUE(contexts.add(context("phones", {"_9X."}, {"emergency", "inside"})));
  ASSERT_TRUE(contexts.add(context("emergency", {"911", "112"})));
  ASSERT_TRUE(contexts.add(context("inside", {"_XXX", "_1XX", "112", "600"}, {"emergency"})));
  ASSERT_TRUE(contexts.finish());
  EXPECT_EQ(matched(contexts, "phones", "112"), "emergency/112");
  EXPECT_EQ(matched(contexts, "phones", "911"), "phones/_9X.") << "the context's own come first, however general";
  EXPECT_EQ(matched(contexts, "phones", "123"), "inside/_1XX");
  EXPECT_EQ(matched(contexts, "phones", "234"), "inside/_XXX");
  EXPECT_EQ(matched(contexts, "phones", "6-00"), "inside/600");
  EXPECT_EQ(matched(contexts, "phones", "77"), "none");
  EXPECT_EQ(matched(contexts, "nowhere", "112"), "none");
  EXPECT_EQ(contexts.all_matches("phones", "112").size(), 4U);
}

TEST(Contexts, ManyNumbersAreFoundEachAsItself) {
  std::vector<std::string> numbers{"_."};
  for (int i = 0; i < 3000; ++i) numbers.push_back(std::to_string(i * 7));
  Contexts contexts;
  ASSERT_TRUE(contexts.add(context("all", numbers)));
  ASSERT_TRUE(contexts.finish());
  for (int i = 0; i < 3000; ++i) {
    const auto number = std::to_string(i);
    EXPECT_EQ(matched(contexts, "all", number), "all/" + (i % 7 == 0 ? number : "_."));
  }
}

TEST(Contexts, MistakesSayWhere) {
  Contexts twice;
  ASSERT_TRUE(twice.add(context("a", {"1"})));
  EXPECT_EQ(twice.add(context("a", {"1"})).error().code, ErrorCode::exists);
  const auto same = twice.add(context("b", {"_NXX", "_[2-9]XX"}));
  ASSERT_FALSE(same);
  EXPECT_NE(same.error().message.find("main.lua:"), std::string::npos) << same.error().message;

  Contexts unknown;
  ASSERT_TRUE(unknown.add(context("a", {"1"}, {"b"})));
  EXPECT_EQ(unknown.finish().error().code, ErrorCode::not_found);

  Contexts circle;
  ASSERT_TRUE(circle.add(context("a", {"1"}, {"b"})));
  ASSERT_TRUE(circle.add(context("b", {"2"}, {"a"})));
  EXPECT_EQ(circle.finish().error().code, ErrorCode::invalid);
}

TEST(Contexts, ThePatternOrderDoesNotDependOnTheScript) {
  for (const auto& order : {std::vector<std::string>{"_9.", "_91X.", "911"}, std::vector<std::string>{"911", "_91X.", "_9."}}) {
    Contexts contexts;
    ASSERT_TRUE(contexts.add(context("a", order)));
    ASSERT_TRUE(contexts.finish());
    EXPECT_EQ(matched(contexts, "a", "911"), "a/911");
    EXPECT_EQ(matched(contexts, "a", "9123"), "a/_91X.");
    EXPECT_EQ(matched(contexts, "a", "95"), "a/_9.");
  }
}

}  // namespace
}  // namespace tandem
