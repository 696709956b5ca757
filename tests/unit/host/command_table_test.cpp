#include "host/command_table.h"

#include <gmock/gmock.h>

#include <stdexcept>

namespace tandem {
namespace {

using testing::HasSubstr;

class CommandTableTest : public testing::Test {
 protected:
  void add(const std::string& words, const std::string& arguments) {
    auto added = table_.add({words, arguments, "Says what it was given.", [words](const auto& args, ConsoleReply reply) {
                               Json said{words};
                               for (const auto& arg : args) said.push_back(arg);
                               reply(said);
                             }});
    ASSERT_TRUE(added);
    made_.push_back(std::move(*added));
  }

  Result<Json> run(std::vector<std::string> words) {
    std::vector<Result<Json>> answers;
    table_.run(words, [&](Result<Json> answer) { answers.push_back(std::move(answer)); });
    EXPECT_EQ(answers.size(), 1u) << "a verb is answered once";
    return answers.empty() ? Result<Json>(Error{}) : answers.front();
  }

  CommandTable table_;
  std::vector<Registration> made_;
};

TEST_F(CommandTableTest, TheLongestMatchWins) {
  add("sip show", "[NAME]");
  add("sip show peers", "[NAME]");
  EXPECT_EQ((*run({"sip", "show", "peers", "lobby-1"})).dump(), R"(["sip show peers","lobby-1"])");
  EXPECT_EQ((*run({"sip", "show", "lobby-1"})).dump(), R"(["sip show","lobby-1"])");
}

TEST_F(CommandTableTest, RefusesArgumentsWhereNoneAreTaken) {
  add("core show calls", "");
  EXPECT_TRUE(run({"core", "show", "calls"}));
  EXPECT_THAT(run({"core", "show", "calls", "now"}).error().message, HasSubstr("takes no arguments"));
}

TEST_F(CommandTableTest, AnUnknownVerbNamesTheNearest) {
  add("core show calls", "");
  add("core show channels", "[count]");
  add("module load", "NAME");
  EXPECT_EQ(run({"core", "show", "cals"}).error().code, ErrorCode::not_found);
  EXPECT_THAT(run({"core", "show", "cals"}).error().message, HasSubstr("did you mean 'core show calls'"));
  EXPECT_THAT(run({"core", "show"}).error().message, HasSubstr("'core show channels [count]'"));
  EXPECT_THAT(run({"modul", "load", "app_echo"}).error().message, HasSubstr("'module load NAME'"));
  EXPECT_THAT(run({"xyzzy"}).error().message, HasSubstr("'help' lists them"));
  EXPECT_FALSE(run({std::string(60000, 'x'), "y"}));
  EXPECT_FALSE(run({}));
}

TEST_F(CommandTableTest, ARegistrationThatGoesTakesItsVerbAlong) {
  add("null call", "NUMBER");
  EXPECT_EQ(table_.add({"null  call", "", "", nullptr}).error().code, ErrorCode::exists);
  made_.clear();
  EXPECT_FALSE(run({"null", "call", "600"}));
}

TEST_F(CommandTableTest, AHandlerThatForgetsToAnswerOrThrowsIsAnsweredFor) {
  auto forgets = table_.add({"forget", "", "", [](const auto&, const ConsoleReply&) {}});
  auto throws = table_.add({"throw", "", "", [](const auto&, const ConsoleReply&) { throw std::runtime_error("bad day"); }});
  EXPECT_EQ(run({"forget"}).error().code, ErrorCode::internal);
  EXPECT_THAT(run({"throw"}).error().message, HasSubstr("bad day"));
}

TEST_F(CommandTableTest, AnAnswerMayComeLater) {
  ConsoleReply kept;
  auto later = table_.add({"later", "", "", [&](const auto&, ConsoleReply reply) { kept = std::move(reply); }});
  int answers = 0;
  table_.run({"later"}, [&](const Result<Json>& answer) { answers += answer ? 1 : 100; });
  EXPECT_EQ(answers, 0);
  kept(Json("now"));
  kept(Json("again"));
  EXPECT_EQ(answers, 1);
}

TEST_F(CommandTableTest, HelpListsVerbsByTheirBeginning) {
  add("core show calls", "");
  add("sip show peers", "[NAME]");
  EXPECT_THAT(run({"help"})->dump(), HasSubstr("sip show peers [NAME]"));
  EXPECT_THAT(run({"core", "show", "help", "core"})->dump(), testing::Not(HasSubstr("sip show peers")));
  EXPECT_FALSE(run({"help", "cor"}));
}

}  // namespace
}  // namespace tandem
