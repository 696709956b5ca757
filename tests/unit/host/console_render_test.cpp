#include "host/console_render.h"

#include <gtest/gtest.h>

namespace tandem {
namespace {

TEST(ConsoleRender, AlignsATableByItsFirstRow) {
  const Json rows{{{"name", "lobby-1"}, {"calls", 3}, {"up", true}}, {{"name", "Jürgen"}, {"calls", 12}, {"other", "left out"}}};
  EXPECT_EQ(render_text(rows),
            "name     calls  up\n"
            "lobby-1      3  yes\n"
            "Jürgen      12\n");
}

TEST(ConsoleRender, ShowsOtherValuesAsPeopleReadThem) {
  EXPECT_EQ(render_text({{"version", "1.0"}, {"uptime s", 7}}), "version:  1.0\nuptime s: 7\n");
  EXPECT_EQ(render_text(Json::array()), "none\n");
  EXPECT_EQ(render_text(Json::array({"a", 1, nullptr})), "a\n1\n\n");
  EXPECT_EQ(render_text("two\nlines"), "two\nlines\n");
  EXPECT_EQ(render_text(nullptr), "");
}

TEST(ConsoleRender, LetsNobodySteerTheTerminal) {
  EXPECT_EQ(render_text("a\x1b[2Jb\x7f"), "a\\x1b[2Jb\\x7f\n");
  EXPECT_EQ(render_text(Json{{"agent", "evil\x1b]0;x\x07\nline"}}), "agent: evil\\x1b]0;x\\x07 line\n");
  EXPECT_EQ(printable("caf\xc3\xa9 \xc2\x9b"), "caf\xc3\xa9 \\x9b");
}

TEST(ConsoleRender, CutsALongCellOfATable) {
  const Json rows{{{"a", std::string(10000, 'x')}}, {{"a", "short"}}};
  EXPECT_LT(render_text(rows).size(), 400u);
  EXPECT_GT(render_json(rows).size(), 10000u);
}

TEST(ConsoleRender, WritesJsonThatAlwaysParses) {
  const Json value{{"broken", "a\xff"}, {"control", "\x1b"}};
  const auto parsed = nlohmann::json::parse(render_json(value));
  EXPECT_EQ(parsed["broken"], "a\xEF\xBF\xBD");
  EXPECT_EQ(parsed["control"], "\x1b");
}

TEST(ConsoleRender, TellsErrorsInBothForms) {
  const Error error{ErrorCode::not_found, "there is no call C-1"};
  EXPECT_EQ(render_error(error, false), "Error: there is no call C-1\n");
  EXPECT_EQ(nlohmann::json::parse(render_error(error, true))["error"]["message"], "there is no call C-1");
}

}  // namespace
}  // namespace tandem
