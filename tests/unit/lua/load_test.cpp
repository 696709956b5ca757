// Loading and reloading: what is refused and where it says so, and calls that go on over a reload.
#include "lua/environment.h"
#include "unit/lua/script_fixture.h"

namespace tandem::test {
namespace {

using Loading = ScriptTest;

constexpr char kMinimal[] = "context \"phones\" { [\"1\"] = function() end }";

TEST_F(Loading, MistakesSayFileAndLine) {
  const std::pair<const char*, const char*> bad[] = {
      {"local x = = 1", "main.lua:1: "},
      {"\n\nerror('no')", "main.lua:3: no"},
      {"context \"a\" {\n[\"1\"] = function() end,\n[\"_9[\"] = function() end }", "main.lua:3: \"_9[\" is no extension"},
      {"local f = function() end\ncontext \"a\" {\n\n  ['_x.x'] = f }", "main.lua:4: \"_x.x\" is no extension"},
      {"context \"a\" { [600] = function() end }", "main.lua:1: context \"a\": write extensions in quotes"},
      {"context \"a\" { \"600\" }", "main.lua:1: context \"a\": only include"},
      {"context \"a\" { [\"1\"] = \"600\" }", "main.lua:1: \"1\" needs a function"},
      {"context \"a\" { [\"_NX\"] = print,\n [\"_[2-9]x\"] = print }", "main.lua:2: "},
      {"context \"a\" { include \"b\" }", "main.lua:1: context \"a\" includes \"b\""},
      {"context \"a\" { include \"b\" } context \"b\" { include \"a\" }", "includes itself"},
      {"context \"a\" {}\ncontext \"a\" {}", "main.lua:2: context \"a\" is already defined at main.lua:1"},
      {"context \"a\"", "defines no context"},
      {"context \"a\" (7)", "needs a table"},
      {"context {}", "main.lua:1: context takes a name"},
      {"", "main.lua: defines no context"},
      {"directory.user('x')", "only be asked in a call"},
      {"while true do end", "main.lua:1: the script ran too long"},
      {"local t = {} while true do t[#t + 1] = {} end", "not enough memory"},
      {"\x1bLua", "binary"},
  };
  load(kMinimal);
  for (const auto& [text, where] : bad) {
    const auto why = load_error(text);
    EXPECT_NE(why.find(where), std::string::npos) << text << " -> " << why;
  }
  EXPECT_TRUE(start()->end->matched) << "what was loaded before stays in force";
}

TEST_F(Loading, RequireStaysInsideTheFolder) {
  folder_.write("lib/a.lua", "local a = {} loaded = (loaded or 0) + 1 function a.name() return 'a' end return a");
  folder_.write("lib/circle.lua", "return require 'lib.circle'");
  folder_.write("lib/broken.lua", "\nlocal x = (");
  folder_.write("lib/throws.lua", "\nerror 'thrown'");
  load(
      "local a, b = require 'lib.a', require 'lib/a'\n"
      "context \"phones\" { [\"1\"] = function(call) call:now(a.name(), a == b, loaded) end }");
  start();
  EXPECT_EQ(arguments_, Value::parse(R"(["a", true, 1])"));

  for (const char* name : {"../x", "..x", "/etc/passwd", "lib..a", "lib//a", "", ".", "lib/", "a b", "lib\\\\a", "a\\0b"}) {
    EXPECT_NE(load_error(std::string("require '") + name + "'"), "") << name;
  }
  EXPECT_NE(load_error("require 'lib.none'").find("main.lua:1: require \"lib.none\": lib/none.lua: there is no such file"),
            std::string::npos);
  EXPECT_NE(load_error("require 'lib.circle'").find("a circle"), std::string::npos);
  EXPECT_NE(load_error("require 'lib.broken'").find("lib/broken.lua:2:"), std::string::npos);
  EXPECT_EQ(load_error("require 'lib.throws'"), "lib/throws.lua:2: thrown");
  load("context \"phones\" { [\"1\"] = function() require 'lib.a' end, [\"2\"] = function() context 'x' {} end }");
  EXPECT_NE(start()->text().find("only be used while the dialplan is loaded"), std::string::npos);
  EXPECT_NE(start("2")->text().find("only be used while the dialplan is loaded"), std::string::npos);
}

TEST_F(Loading, ACallInProgressFinishesOnTheOldDialplan) {
  folder_.write("lib/v.lua", "return 'old'");
  load("local v = require 'lib.v' context \"phones\" { [\"1\"] = function(call) call:later() call:now(v) end }");
  const auto old_call = start();
  VerbDone old_done = std::move(done_);
  folder_.write("lib/v.lua", "return 'new'");
  const auto reloaded = dialplan_.reload();
  ASSERT_TRUE(reloaded) << reloaded.error().message;
  EXPECT_EQ(*reloaded, "loaded 1 contexts with 1 extensions, from 2 files");

  const auto new_call = start();
  done_(Value());
  loop_.settle();
  EXPECT_EQ(arguments_, Value::parse(R"(["new"])"));
  old_done(Value());
  loop_.settle();
  EXPECT_EQ(arguments_, Value::parse(R"(["old"])"));
  EXPECT_TRUE(old_call->end);
}

TEST_F(Loading, AReloadThatFailsKeepsTheOldOne) {
  load(kMinimal);
  folder_.write("main.lua", "context \"phones\" {\n[\"1\"] = functoin() end }");
  const auto reloaded = dialplan_.reload();
  ASSERT_FALSE(reloaded);
  EXPECT_EQ(reloaded.error().message.substr(0, 11), "main.lua:2:");
  EXPECT_TRUE(start()->end->matched);
}

TEST_F(Loading, NothingToReload) { EXPECT_EQ(dialplan_.reload().error().code, ErrorCode::unavailable); }

TEST_F(Loading, OldEnvironmentsAreCollected) {
  const auto path = folder_.write("main.lua",
                                  "local big = {} for i = 1, 20000 do big[i] = {} end\n"
                                  "context \"phones\" { [\"1\"] = function(call) call:now(#big) end }");
  const auto runtime = std::make_shared<Runtime>(ScriptServices{});
  const auto empty = runtime->bytes();
  auto environment = Environment::load(runtime, path);
  ASSERT_TRUE(environment);
  const auto full = runtime->bytes();
  EXPECT_GT(full, empty + 1'000'000);
  environment->reset();
  lua_gc(runtime->main(), LUA_GCCOLLECT);
  EXPECT_LT(runtime->bytes(), empty + 50'000);
}

TEST_F(Loading, CheckNeedsNoSwitch) {
  EXPECT_TRUE(LuaDialplan::check(folder_.write("main.lua", kMinimal)));
  EXPECT_FALSE(LuaDialplan::check(folder_.write("main.lua", "context")));
  EXPECT_EQ(LuaDialplan::check("/nowhere/main.lua").error().code, ErrorCode::not_found);
  EXPECT_TRUE(LuaDialplan::check(TANDEM_SOURCE_DIR "/dialplan/main.lua"));
}

TEST_F(Loading, ShowListsInTheOrderOfAsking) {
  load("context \"phones\" {\n include \"b\",\n [\"_9.\"] = print,\n [\"911\"] = print }\ncontext \"b\" { [\"1\"] = print }");
  const auto rows = dialplan_.show("phones");
  ASSERT_TRUE(rows);
  EXPECT_EQ(rows->dump(),
            R"([{"context":"phones","extension":"911","at":"main.lua:4"},{"context":"phones","extension":"_9.","at":"main.lua:3"},)"
            R"({"context":"phones","extension":"include b","at":"main.lua:1"}])");
  EXPECT_EQ(dialplan_.show("")->size(), 4U);
  EXPECT_EQ(dialplan_.show("none").error().code, ErrorCode::not_found);
}

}  // namespace
}  // namespace tandem::test
