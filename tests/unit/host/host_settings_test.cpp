#include "host/host_settings.h"

#include <gmock/gmock.h>

#include <fstream>

#include "base/config_folder.h"
#include "support/tandem_process.h"

namespace tandem {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class HostSettingsTest : public testing::Test {
 protected:
  Result<HostSettings> read(const std::string& text) {
    std::ofstream(folder_.path() + "/tandem.ini") << text;
    return read_host_settings(ConfigFolder(folder_.path(), {}), "/var/lib/tandem");
  }
  std::string complaint(const std::string& text) {
    const auto settings = read(text);
    return settings ? "" : settings.error().message;
  }
  test::TemporaryFolder folder_;
};

TEST_F(HostSettingsTest, ReadsWhatIsSaidAndDefaultsTheRest) {
  const auto settings = read(
      "[modules]\nload = res_cdr, app_echo\nrequire = chan_sip\nfolder = mine\n[dialplan]\nfile = ../main.lua\n"
      "[log]\nlevel = debug\nsecurity_file = security.log\nrotate_size = 10M\n"
      "[log calls]\nfile = calls.json\nlevel = info\nform = json\ntopics = call, dialplan\nrotate_keep = 2\n[limits]\nmax_calls = 5\n");
  ASSERT_TRUE(settings) << settings.error().message;
  EXPECT_THAT(settings->modules.load, ElementsAre("res_cdr", "app_echo"));
  EXPECT_THAT(settings->modules.require, ElementsAre("chan_sip"));
  EXPECT_THAT(settings->modules.folder.string(), HasSubstr(folder_.path() + "/mine"));
  EXPECT_FALSE(settings->modules.autoload);
  ASSERT_EQ(settings->log.files.size(), 2u);
  EXPECT_EQ(settings->log.files[0].level, LogLevel::debug);
  EXPECT_EQ(settings->log.files[0].path, "");
  EXPECT_EQ(settings->log.files[1].name, "calls");
  EXPECT_EQ(settings->log.files[1].path, "/var/lib/tandem/calls.json");
  EXPECT_EQ(settings->log.files[1].form, LogForm::json);
  EXPECT_THAT(settings->log.files[1].topics, ElementsAre("call", "dialplan"));
  EXPECT_EQ(settings->log.files[1].keep, 2);
  EXPECT_EQ(settings->log.security->path, "/var/lib/tandem/security.log");
  EXPECT_EQ(settings->log.security->rotate_bytes, 10u << 20);
  EXPECT_EQ(settings->calls.max_calls, 5u);
  EXPECT_THAT(settings->calls.emergency_numbers, testing::Contains("911"));
  EXPECT_THAT(settings->dialplan, testing::EndsWith("main.lua"));
}

TEST_F(HostSettingsTest, ComplainsOfEveryMistakeWithItsLine) {
  const std::string said = complaint(
      "[modules]\nload = ../evil\nlaod = x\nrequire = a\nnoload = a\n[dialplan]\nfile =\n[log]\nlevel = loud\n[lmits]\n"
      "[log x]\nlevel = info\nrotate_size = much\n");
  EXPECT_THAT(said, HasSubstr("tandem.ini:2: [modules] load"));
  EXPECT_THAT(said, HasSubstr("tandem.ini:3: [modules] laod"));
  EXPECT_THAT(said, HasSubstr("tandem.ini:5: [modules] noload"));
  EXPECT_THAT(said, HasSubstr("tandem.ini:9: [log] level"));
  EXPECT_THAT(said, HasSubstr("tandem.ini:10: there is no section [lmits]"));
  EXPECT_THAT(said, HasSubstr("tandem.ini:11: [log x] file: is missing"));
  EXPECT_THAT(said, HasSubstr("tandem.ini:13: [log x] rotate_size"));
  EXPECT_THAT(said, HasSubstr("[dialplan] file: is missing"));
}

TEST_F(HostSettingsTest, AFolderWithoutTandemIniIsNoConfiguration) {
  EXPECT_EQ(read_host_settings(ConfigFolder(folder_.path(), {}), "/").error().code, ErrorCode::not_found);
}

}  // namespace
}  // namespace tandem
