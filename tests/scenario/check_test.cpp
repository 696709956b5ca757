// `tandem check`: an admin learns of every mistake, with file and line, before anything is started.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "support/tandem_process.h"

namespace tandem::test {
namespace {

namespace fs = std::filesystem;

class Check : public ::testing::Test {
 protected:
  Check() {
    fs::copy(TANDEM_SOURCE_DIR "/configs", fs::path(folder_.path()) / "configs", fs::copy_options::recursive);
    fs::copy(TANDEM_SOURCE_DIR "/dialplan", fs::path(folder_.path()) / "dialplan", fs::copy_options::recursive);
  }
  void append(const std::string& file, const std::string& text) { std::ofstream(fs::path(folder_.path()) / file, std::ios::app) << text; }
  Finished check() { return run_program({TANDEM_BINARY_DIR "/tandem", "-c", folder_.path() + "/configs", "check"}); }

  TemporaryFolder folder_;
};

TEST_F(Check, FindsNothingWrongWithTheSampleOffice) {
  const auto result = check();
  EXPECT_EQ(result.code, 0) << result.output;
}

TEST_F(Check, NamesFileAndLineOfEachMistakeInEachFile) {
  append("configs/sip.ini", "\n[other]\ntype = trunk\naddress = nowhere\ncontxt = pstn\n");
  append("configs/directory.ini", "\n[user nobody]\nextension = eleven\n");
  append("configs/rtp.ini", "\nport_strat = 1\n");
  append("dialplan/main.lua", "\nthis is no Lua\n");
  const auto result = check();
  EXPECT_EQ(result.code, 1);
  for (const std::string place : {"sip.ini:", "directory.ini:", "rtp.ini:", "main.lua:"}) {
    EXPECT_NE(result.output.find(place), std::string::npos) << place << " in\n" << result.output;
  }
  EXPECT_NE(result.output.find("contxt"), std::string::npos) << result.output;
  EXPECT_NE(result.output.find("port_strat"), std::string::npos) << result.output;
}

TEST_F(Check, DialplanTestRunsTheAdminsTests) {
  const auto test = [&] { return run_program({TANDEM_BINARY_DIR "/tandem", "-c", folder_.path() + "/configs", "dialplan", "test"}); };
  const auto passed = test();
  EXPECT_EQ(passed.code, 0) << passed.output;
  EXPECT_NE(passed.output.find("0 failed"), std::string::npos) << passed.output;

  append("dialplan/tests/more_test.lua", "test('wrong', function()\n  expect(simulate{from = '11001', to = '11002'}.rung, {})\nend)\n");
  append("dialplan/tests/worse_test.lua", "nonsense");
  const auto failed = test();
  EXPECT_EQ(failed.code, 1);
  EXPECT_NE(failed.output.find("tests/more_test.lua:2: expected [], got [\"user/jane.white\"]"), std::string::npos) << failed.output;
  EXPECT_NE(failed.output.find("tests/worse_test.lua:1:"), std::string::npos) << failed.output;
  const auto one = run_program({TANDEM_BINARY_DIR "/tandem", "-c", folder_.path() + "/configs", "dialplan", "test",
                                folder_.path() + "/dialplan/tests/office_test.lua"});
  EXPECT_EQ(one.code, 0) << one.output;
}

}  // namespace
}  // namespace tandem::test
