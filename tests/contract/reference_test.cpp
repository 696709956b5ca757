// docs/dialplan.md and the annotations are what the program says of itself, with the verbs of every module of ours. TANDEM_REWRITE=1 (the
// build target "reference") writes them anew instead of complaining.
#include "lua/reference.h"

#include <cstdlib>
#include <fstream>
#include <sstream>

#include "host_fixture.h"

namespace tandem::test {
namespace {

class Reference : public HostFixture {
 protected:
  void SetUp() override {
    const auto served =
        serve(TANDEM_BINARY_DIR "/modules", {"app_echo", "res_http", "app_extmobility", "app_mobileconnect", "app_voicemail"});
    ASSERT_TRUE(served) << served.error().message;
  }

  static void is_current(const std::string& file, const std::string& text) {
    const std::string path = TANDEM_SOURCE_DIR "/" + file;
    if (std::getenv("TANDEM_REWRITE") != nullptr) {
      std::ofstream(path) << text;
      return;
    }
    std::stringstream there;
    there << std::ifstream(path).rdbuf();
    EXPECT_TRUE(there.str() == text) << file << " is out of date: run \"ninja -C build reference\" and commit what it writes";
  }
};

TEST_F(Reference, IsUpToDate) {
  is_current("docs/dialplan.md", run("dialplan reference")->get<std::string>());
  is_current("contrib/lua/tandem.lua", run("dialplan reference annotations")->get<std::string>());
  EXPECT_FALSE(run("dialplan reference nonsense"));
}

// The examples of modules' verbs; the core's run in real calls (unit.lua.Live).
TEST_F(Reference, ExamplesOfModulesGoThroughATrace) {
  const TemporaryFolder folder;
  const std::string path = folder.path() + "/main.lua";
  for (const auto& [name, entry] : host().verbs().all()) {
    EXPECT_FALSE(entry->verb.signature.empty() || entry->verb.help.empty() || entry->verb.example.empty()) << name;
    std::ofstream(path) << "context \"phones\" { [\"1\"] = function(call, number)\n" << entry->verb.example << "\nend }";
    ASSERT_TRUE(host().dialplan().load(path));
    const auto steps = host().dialplan().trace("phones/1", "1");
    ASSERT_TRUE(steps) << steps.error().message;
    EXPECT_EQ(steps->dump().find("the script failed"), std::string::npos) << name << ": " << steps->dump();
  }
}

}  // namespace
}  // namespace tandem::test
