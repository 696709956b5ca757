// docs/modules.md as somebody outside this tree follows it: an installed Tandem, the two listings of the page, a module that runs.
#include <gmock/gmock.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "support/tandem_process.h"

namespace tandem::test {
namespace {

using testing::HasSubstr;

constexpr std::chrono::minutes kPatience{4};

std::string page() {
  std::ostringstream text;
  text << std::ifstream(TANDEM_SOURCE_DIR "/docs/modules.md").rdbuf();
  return text.str();
}

// The first listing of a language.
std::string listing(const std::string& language) {
  const std::string text = page();
  const std::string fence = "```" + language + '\n';
  const auto begin = text.find(fence);
  if (begin == std::string::npos) return "";
  const auto from = begin + fence.size();
  return text.substr(from, text.find("```", from) - from);
}

Finished run(const std::vector<std::string>& arguments) { return run_program(arguments, kPatience); }

TEST(Outside, AModuleFromThePageIsBuiltAndRuns) {
  const TemporaryFolder folder;
  const std::string prefix = folder.path() + "/prefix";
  const auto installed = run({CMAKE_PROGRAM, "--install", TANDEM_BINARY_DIR, "--prefix", prefix});
  ASSERT_EQ(installed.code, 0) << installed.output;
  EXPECT_THAT(run({prefix + "/bin/tandem", "--version"}).output, testing::StartsWith("tandem "));

  const std::string source = folder.path() + "/source";
  std::filesystem::create_directory(source);
  std::ofstream(source + "/CMakeLists.txt") << listing("cmake");
  std::ofstream(source + "/module.cpp") << listing("cpp");
  const auto configured = run({CMAKE_PROGRAM, "-S", source, "-B", source + "/build", "-G", "Ninja", "-DCMAKE_PREFIX_PATH=" + prefix,
                               "-DCMAKE_CXX_FLAGS=-Wall -Wextra -Werror", "-DCMAKE_CXX_COMPILER=" CXX_PROGRAM});
  ASSERT_EQ(configured.code, 0) << configured.output;
  const auto built = run({CMAKE_PROGRAM, "--build", source + "/build"});
  ASSERT_EQ(built.code, 0) << built.output;

  const std::string modules = prefix + "/lib/tandem/modules";
  std::filesystem::copy(source + "/build/app_patience.so", modules);
  TandemProcess office({"tandem/modules/folder=" + modules, "tandem/modules/load=chan_null"});
  EXPECT_THAT(office.console("module load app_patience").output, HasSubstr("app_patience is running"));
  EXPECT_EQ(office.ask("patience show")["asked"], 0);
  EXPECT_THAT(office.console("module unload app_patience").output, HasSubstr("is unloaded"));
}

}  // namespace
}  // namespace tandem::test
