// Every verb of the console as somebody types it who does not know it: without arguments, and with too many.
#include <gmock/gmock.h>

#include "host/console_render.h"
#include "host_fixture.h"

namespace tandem::test {
namespace {

class EveryVerb : public HostFixture {
 protected:
  void SetUp() override {
    const auto started = serve(TANDEM_BINARY_DIR "/modules", {"chan_sip", "res_cdr", "app_echo", "res_http", "res_history",
                                                              "app_extmobility", "app_mobileconnect", "app_voicemail", "chan_null"});
    ASSERT_TRUE(started) << started.error().message;
  }
  // "module show [NAME]", "core stop now|gracefully": the words of the verb, without its arguments.
  static std::string words_of(const std::string& usage) {
    std::string verb = usage.substr(0, usage.find_first_of("[ABCDEFGHIJKLMNOPQRSTUVWXYZ|"));
    if (verb.size() < usage.size() && usage[verb.size()] == '|') verb.erase(verb.find_last_of(' '));
    return verb.substr(0, verb.find_last_not_of(' ') + 1);
  }
  std::vector<std::string> verbs() {
    std::vector<std::string> all;
    const Json rows = *run("help");
    for (const auto& row : rows) all.push_back(words_of(row["verb"]));
    return all;
  }
  // A table, a text, or a sentence of what should have been said: never nothing, and never a broken promise.
  void expect_an_answer(const std::string& line) {
    const auto answer = run(line);
    if (answer) {
      EXPECT_NE(render_text(*answer), "") << line;
      EXPECT_TRUE(Json::accept(render_json(*answer))) << line;
      return;
    }
    EXPECT_GE(answer.error().message.size(), 8u) << line;
    EXPECT_NE(answer.error().code, ErrorCode::internal) << line << ": " << answer.error().message;
    EXPECT_NE(answer.error().code, ErrorCode::timeout) << line << ": " << answer.error().message;
    EXPECT_TRUE(Json::accept(render_error(answer.error(), true))) << line;
  }
};

TEST_F(EveryVerb, AnswersWithoutArguments) {
  const auto all = verbs();
  EXPECT_GT(all.size(), 30u);
  for (const auto& verb : all) expect_an_answer(verb);
}

TEST_F(EveryVerb, AnswersWithTooManyArguments) {
  for (const auto& verb : verbs()) expect_an_answer(verb + " no 'such thing' as -1 %s \xff");
}

TEST_F(EveryVerb, CanBeCompletedFromTheFirstLetterOn) {
  auto& commands = host().console().commands();
  EXPECT_THAT(commands.complete({}, "mod"), testing::ElementsAre("module"));
  EXPECT_THAT(commands.complete({"core", "stop"}, ""), testing::ElementsAre("cancel", "gracefully", "now", "when-convenient"));
  EXPECT_THAT(commands.complete({"module", "unload"}, "app_e"), testing::ElementsAre("app_echo", "app_extmobility"));
  EXPECT_THAT(commands.complete({"help", "module"}, "un"), testing::ElementsAre("unload"));
  EXPECT_THAT(commands.complete({"directory", "show"}, "u"), testing::Contains("users"));
  EXPECT_TRUE(commands.complete({"no", "such"}, "").empty());
}

}  // namespace
}  // namespace tandem::test
