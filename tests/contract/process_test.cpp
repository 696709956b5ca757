// The binary as an admin meets it: exit codes and sentences of starts that cannot be, check, and signals.
#include <gmock/gmock.h>
#include <signal.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>

#include "support/tandem_process.h"

namespace tandem::test {
namespace {

using testing::HasSubstr;

const std::string kBinary = TANDEM_BINARY_DIR "/tandem";
const std::string kConfigs = TANDEM_SOURCE_DIR "/configs";

TEST(Process, SaysItsVersionAndRefusesWhatItDoesNotKnow) {
  EXPECT_THAT(run_program({kBinary, "--version"}).output, testing::StartsWith("tandem 0."));
  EXPECT_EQ(run_program({kBinary, "--version"}).code, 0);
  EXPECT_EQ(run_program({kBinary, "--nonsense"}).code, 1);
  EXPECT_EQ(run_program({kBinary, "-c", kConfigs, "--set", "nonsense"}).code, 1);
}

TEST(Process, AMissingConfigurationIsNamed) {
  const TemporaryFolder state;
  const auto run = run_program({kBinary, "-c", "/nonexistent", "-s", state.path()});
  EXPECT_EQ(run.code, 1);
  EXPECT_THAT(run.output, HasSubstr("tandem.ini"));
}

TEST(Process, ARequiredModuleThatDoesNotRunIsStatusTwo) {
  const TemporaryFolder state;
  const auto run = run_program({kBinary, "-c", kConfigs, "-s", state.path(), "--set", "tandem/modules/require=app_missing", "--set",
                                "tandem/modules/load=", "--set", "sip/udp/port=0"});
  EXPECT_EQ(run.code, 2) << run.output;
  EXPECT_THAT(run.output, HasSubstr("required module app_missing does not run"));
}

TEST(Process, AnOverrideOfNothingIsAMistake) {
  const TemporaryFolder state;
  const auto run = run_program({kBinary, "-c", kConfigs, "-s", state.path(), "--set", "spi/udp/port=0", "check"});
  EXPECT_EQ(run.code, 1);
  EXPECT_THAT(run.output, HasSubstr("spi"));
}

TEST(Process, CheckAcceptsTheSampleOfficeAndLeavesNoTrace) {
  const TemporaryFolder state;
  const auto run = run_program({kBinary, "-c", kConfigs, "-s", state.path() + "/never", "check"});
  EXPECT_EQ(run.code, 0) << run.output;
  EXPECT_FALSE(std::filesystem::exists(state.path() + "/never"));
}

TEST(Process, CheckNamesFileAndLineOfEveryMistake) {
  const TemporaryFolder folder;
  const auto configs = folder.path() + "/configs";
  std::filesystem::copy(kConfigs, configs, std::filesystem::copy_options::recursive);
  std::filesystem::create_directories(folder.path() + "/dialplan");
  std::ofstream(folder.path() + "/dialplan/main.lua") << "context \"phones\" {\n  [\"600\"] = = 1\n}\n";
  std::ofstream(configs + "/tandem.ini")
      << "[modules]\nload = app_missing\nlaod = x\n[dialplan]\nfile = ../dialplan/main.lua\n[nonsense]\n";
  std::ofstream(configs + "/rtp.ini") << "[rtp]\nthreads = many\n";
  std::ofstream(configs + "/sip.ini", std::ios::app) << "\n[udp\n";
  const auto first = run_program({kBinary, "-c", configs, "check"});
  EXPECT_EQ(first.code, 1);
  EXPECT_THAT(first.output, HasSubstr("tandem.ini:3"));
  EXPECT_THAT(first.output, HasSubstr("tandem.ini:6"));
  EXPECT_THAT(first.output, HasSubstr("rtp.ini:2"));
  EXPECT_THAT(first.output, HasSubstr("sip.ini:"));
  std::ofstream(configs + "/tandem.ini") << "[modules]\nload = app_missing\n[dialplan]\nfile = ../dialplan/main.lua\n";
  const auto second = run_program({kBinary, "-c", configs, "check"});
  EXPECT_THAT(second.output, HasSubstr("main.lua:2"));
  EXPECT_THAT(second.output, HasSubstr("app_missing"));
}

TEST(Process, CheckJudgesASettingOfAModule) {
  const auto run = run_program({kBinary, "-c", kConfigs, "--set", "cdr/cdr/enabled=perhaps", "check"});
  EXPECT_EQ(run.code, 1);
  EXPECT_THAT(run.output, HasSubstr("[cdr] enabled"));
}

TEST(Process, OneTandemAStateFolder) {
  TandemProcess office;
  const auto second = run_program({kBinary, "-c", kConfigs, "-s", office.state(), "--set", "sip/udp/port=0"});
  EXPECT_EQ(second.code, 1);
  EXPECT_THAT(second.output, HasSubstr("is in use by process " + std::to_string(office.pid())));
  EXPECT_EQ(office.console("core show uptime").code, 0);
}

TEST(Process, WordsAreAConsoleLine) {
  TandemProcess office;
  EXPECT_THAT(run_program({kBinary, "-s", office.state(), "core", "show", "version"}).output, HasSubstr("build:"));
  EXPECT_THAT(run_program({kBinary, "-s", office.state(), "core", "show", "version", "--json"}).output, HasSubstr("\"build\""));
  const auto wrong = run_program({kBinary, "-s", office.state(), "cor", "show", "uptime"});
  EXPECT_EQ(wrong.code, 1);
  EXPECT_THAT(wrong.output, HasSubstr("'core show uptime'"));
}

TEST(Process, EndsByTheConsoleAndStartsAgain) {
  TandemProcess office;
  EXPECT_EQ(office.console("core stop now").code, 0);
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(5);
  while (office.console("core show uptime").code == 0 && std::chrono::steady_clock::now() < end) continue;
  EXPECT_EQ(office.console("core show uptime").code, 1);
  EXPECT_EQ(office.stop(), 0);
  office.start();
  EXPECT_EQ(office.console("core show uptime").code, 0);
}

const std::string kWithNull = "tandem/modules/load=app_echo,chan_null";

TEST(Process, SigtermWaitsForTheLastCallAndTheSecondOneDoesNot) {
  TandemProcess office({kWithNull});
  ASSERT_EQ(office.console("null call phones 600").code, 0);
  ::kill(office.pid(), SIGTERM);
  office.ask_until("core show settings", [](const auto& s) { return s["stopping"] == "stopping gracefully"; });
  EXPECT_THAT(office.console("null call phones 600").output, HasSubstr("shutting down"));
  EXPECT_EQ(office.ask("core show calls").size(), 1u);
  EXPECT_EQ(office.stop(), 0);
}

TEST(Process, RestartKeepsTheProcess) {
  TandemProcess office({kWithNull});
  ASSERT_EQ(office.console("null call phones 600").code, 0);
  EXPECT_EQ(office.console("core restart now").code, 0);
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(10);
  const auto fresh = [&] { return office.console("core show uptime").output.find("calls since start: 0") != std::string::npos; };
  while (!fresh() && std::chrono::steady_clock::now() < end) continue;
  EXPECT_TRUE(fresh());
  EXPECT_TRUE(office.alive());
}

TEST(Process, SighupReadsTheConfigurationAnew) {
  const TemporaryFolder folder;
  const auto configs = folder.path() + "/configs";
  std::filesystem::copy(kConfigs, configs, std::filesystem::copy_options::recursive);
  std::filesystem::copy(TANDEM_SOURCE_DIR "/dialplan", folder.path() + "/dialplan", std::filesystem::copy_options::recursive);
  TandemProcess office({}, configs);
  std::ofstream(configs + "/tandem.ini", std::ios::app) << "\nmax_calls = 77\n";
  ::kill(office.pid(), SIGHUP);
  office.ask_until("core show settings", [](const auto& s) { return s["calls"] == "0 of 77"; });
}

TEST(Process, APipeIsAConsole) {
  TandemProcess office;
  const auto run = [&](const std::string& lines) {
    return run_program({"/bin/sh", "-c", "printf '" + lines + "' | " + kBinary + " -s " + office.state() + " -r"});
  };
  const auto good = run("core show uptime\\n\\ncore set verbose debug\\n");
  EXPECT_EQ(good.code, 0) << good.output;
  EXPECT_THAT(good.output, testing::AllOf(HasSubstr("calls since start"), HasSubstr("lines of debug and above")));
  const auto bad = run("core show uptime\\nno such verb\\nquit\\ncore stop now\\n");
  EXPECT_EQ(bad.code, 1);
  EXPECT_THAT(bad.output, HasSubstr("there is no command"));
  EXPECT_TRUE(office.alive());
}

}  // namespace
}  // namespace tandem::test
