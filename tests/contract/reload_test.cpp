// core reload: all or nothing, said key by key, and no call notices.
#include <gmock/gmock.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "base/logger.h"
#include "host_fixture.h"

namespace tandem::test {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

class ReloadTest : public HostFixture {
 protected:
  void SetUp() override {
    std::filesystem::copy(TANDEM_SOURCE_DIR "/configs", folder_.path() + "/configs", std::filesystem::copy_options::recursive);
    std::filesystem::copy(TANDEM_SOURCE_DIR "/dialplan", folder_.path() + "/dialplan", std::filesystem::copy_options::recursive);
    use_configs(folder_.path() + "/configs");
    const auto started = serve(TANDEM_BINARY_DIR "/modules", {"chan_sip", "res_cdr", "app_echo", "res_http", "res_history",
                                                              "app_extmobility", "app_mobileconnect", "app_voicemail", "chan_null"});
    ASSERT_TRUE(started) << started.error().message;
    ASSERT_TRUE(run("core reload"));  // what a test edits from here on differs from what is in force
  }
  std::string text_of(const std::string& name) {
    std::ostringstream text;
    text << std::ifstream(folder_.path() + '/' + name).rdbuf();
    return text.str();
  }
  void write(const std::string& name, const std::string& text) { std::ofstream(folder_.path() + '/' + name) << text; }
  void append(const std::string& name, const std::string& text) { write(name, text_of(name) + text); }
  void replace(const std::string& name, const std::string& old, const std::string& fresh) {
    std::string text = text_of(name);
    const auto at = text.find(old);
    ASSERT_NE(at, std::string::npos) << old;
    write(name, text.replace(at, old.size(), fresh));
  }
  // "sip.ini [udp] port changed at the next start", a line a row.
  std::string reload(const std::string& line = "core reload") {
    const auto rows = run(line);
    if (!rows) return "refused: " + rows.error().message;
    std::string told;
    for (const auto& r : *rows) {
      told += r["file"].get<std::string>() + " [" + r["section"].get<std::string>() + "] " + r["key"].get<std::string>() + ' ' +
              r["change"].get<std::string>() + ": " + r["effect"].get<std::string>() + '\n';
    }
    return told;
  }

  TemporaryFolder folder_;
};

TEST_F(ReloadTest, TellsWhatDiffersAndWhenItTakesEffect) {
  EXPECT_THAT(reload(), AllOf(HasSubstr("directory.ini has not changed"), Not(HasSubstr("sip.ini"))));
  ASSERT_TRUE(run("null call phones 600"));
  ASSERT_TRUE(turn_until([&] { return host().uses_of_verb("echo") == 1; }));

  append("configs/tandem.ini", "\nmax_calls = 77\nstop_limit = 5s\nmin_free_memory = 1M\n[log extra]\nfile = extra.log\nlevel = info\n");
  replace("configs/rtp.ini", "threads = 1", "threads = 2");
  replace("configs/rtp.ini", "timeout = 60s", "timeout = 50s");
  append("configs/directory.ini", "\n[user new.one]\nname = New One\nextension = 11999\n");
  const auto told = reload();
  EXPECT_THAT(told, HasSubstr("tandem.ini [limits] max_calls added: now"));
  EXPECT_THAT(told, HasSubstr("rtp.ini [rtp] threads changed: at the next start"));
  EXPECT_THAT(told, HasSubstr("rtp.ini [rtp] timeout changed: now"));
  EXPECT_THAT(told, HasSubstr("2 rows new, 0 changed, 0 removed"));
  EXPECT_EQ(host().calls().settings().max_calls, 77u);
  EXPECT_EQ(host().calls().settings().silence_limit, std::chrono::seconds(50));
  EXPECT_EQ(host().shutdown().limit(), std::chrono::seconds(5));
  EXPECT_EQ(host().directory().number("11999")->owner, "new.one");
  EXPECT_EQ(log_status().size(), 2u);
  EXPECT_EQ(host().calls().calls(), 1u);
  EXPECT_EQ((*run("core show channels"))[0]["state"], "up");
  EXPECT_THAT(reload(), Not(HasSubstr("max_calls"))) << "told once";
}

TEST_F(ReloadTest, AnyMistakeAnywhereChangesNothingAnywhere) {
  append("configs/tandem.ini", "\nmax_calls = 77\n");
  append("configs/directory.ini", "\n[user new.one]\nname = New One\nextension = 11999\n");
  append("configs/cdr.ini", "\nnonsense = 1\n");
  write("dialplan/main.lua", "context \"phones\" {\n  = 1\n}\n");
  const auto told = reload();
  EXPECT_THAT(told, testing::StartsWith("refused: "));
  EXPECT_THAT(told, HasSubstr("cdr.ini:"));
  EXPECT_THAT(told, HasSubstr("main.lua:2"));
  EXPECT_THAT(told, HasSubstr("nothing has changed"));
  EXPECT_EQ(host().calls().settings().max_calls, 10000u);
  EXPECT_FALSE(host().directory().number("11999"));
  EXPECT_THAT(run("dialplan show phones")->dump(), Not(HasSubstr("refused")));
}

TEST_F(ReloadTest, ARefusedDirectoryKeepsTheRestBackToo) {
  append("configs/tandem.ini", "\nmax_calls = 77\n");
  append("configs/directory.ini", "\n[device X]\nmodel = a\nsite = nowhere\nextension = 19999\nlabel = X\n");
  EXPECT_THAT(reload(), AllOf(HasSubstr("no site \"nowhere\""), HasSubstr("nothing has changed")));
  EXPECT_EQ(host().calls().settings().max_calls, 10000u);
}

TEST_F(ReloadTest, OneModuleTellsItsOwnFilesAlone) {
  append("configs/tandem.ini", "\nmax_calls = 77\n");
  append("configs/sip.ini", "\n[extra]\ntype = trunk\naddress = 127.0.0.1:5998\ncontext = pstn\n");
  const auto told = reload("module reload chan_sip");
  EXPECT_THAT(told, AllOf(HasSubstr("sip.ini [extra] address added: now"), Not(HasSubstr("max_calls"))));
  EXPECT_EQ(host().calls().settings().max_calls, 10000u);
  EXPECT_THAT(reload(), AllOf(HasSubstr("max_calls"), Not(HasSubstr("sip.ini"))));
}

TEST_F(ReloadTest, OneAtATimeAndNoModuleGoesUnderIt) {
  std::optional<Result<Json>> first;
  host().console().commands().run({"core", "reload"}, [&](Result<Json> answer) { first.emplace(std::move(answer)); });
  EXPECT_EQ(run("core reload").error().code, ErrorCode::busy);
  ASSERT_TRUE(turn_until([&] { return first.has_value(); }));
  EXPECT_TRUE(*first) << first->error().message;
}

}  // namespace
}  // namespace tandem::test
