#include "store/directory_commands.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

#include "base/config_folder.h"
#include "store/store_folder.h"
#include "support/fake_loop.h"
#include "unit/store/temporary_folder.h"

namespace tandem {
namespace {

using testing::HasSubstr;
using testing::Not;

/// Keeps the commands, so that a test can type them.
class Commands final : public Console {
 public:
  Result<Registration> add(ConsoleCommand command) override {
    const std::string words = command.words;
    commands_.emplace(words, std::move(command));
    return Registration([this, words] { commands_.erase(words); });
  }
  void publish(std::string_view, std::string_view) override {}
  bool watched(std::string_view) const override { return false; }
  ConsoleCommand& at(const std::string& words) { return commands_.at(words); }
  size_t size() const { return commands_.size(); }

 private:
  std::map<std::string, ConsoleCommand> commands_;
};

/// On the sample office.
class DirectoryCommandsTest : public testing::Test {
 protected:
  /// The answer as JSON text, or the error's sentence.
  std::string type(const std::string& words, const std::vector<std::string>& args) {
    std::optional<std::string> said;
    console_.at(words).run(args, [&](Result<Json> reply) { said = reply ? reply->dump() : reply.error().message; });
    EXPECT_TRUE(loop_.run_until([&] { return said.has_value(); }));
    return said.value_or("");
  }

  test::TemporaryFolder state_;
  test::FakeLoop loop_;
  StoreFolder store_{state_.path(), loop_};
  ConfigFolder config_{std::string(TANDEM_SOURCE_DIR) + "/configs", {}};
  std::unique_ptr<DirectoryStore> directory_ = std::move(*DirectoryStore::open(store_, config_));
  Commands console_;
  std::vector<Registration> kept_ = register_directory_commands(console_, *directory_);
};

TEST_F(DirectoryCommandsTest, ShowsCountsAndListsWithoutSecrets) {
  EXPECT_THAT(type("directory show", {}), HasSubstr(R"("users":3,"devices":7,"profiles":5)"));
  EXPECT_THAT(type("directory show", {"users"}), HasSubstr(R"("id":"sam.night","name":"Sam Night","extension":"11003")"));
  const std::string devices = type("directory show", {"devices"});
  EXPECT_THAT(devices, HasSubstr("yealink-001565112233"));
  EXPECT_THAT(devices, Not(HasSubstr("office-demo")));
  EXPECT_EQ(Json::parse(type("directory show", {"devices", "SEP0011223300A"})).size(), 2U);
  EXPECT_EQ(type("directory show", {"devices", "%"}), "[]");
  EXPECT_EQ(Json::parse(type("directory show", {"numbers", "500"})).size(), 3U);
  EXPECT_THAT(type("directory show", {"secrets"}), HasSubstr("directory show [users"));
}

TEST_F(DirectoryCommandsTest, ExplainsWhoIsThereAndWhy) {
  EXPECT_THAT(type("directory explain", {"SEP001122330001"}),
              testing::AllOf(HasSubstr(R"("user":"john.doe","number":"11001")"), HasSubstr("owned by john.doe")));
  EXPECT_THAT(type("directory explain", {"lobby-1"}), testing::AllOf(HasSubstr(R"("user":null,"number":"19010")"), HasSubstr("neutral")));
  EXPECT_THAT(type("directory explain", {"+14085551002"}), HasSubstr("11002 rings at SEP001122330002: owned"));
  EXPECT_THAT(type("directory explain", {"5001"}), HasSubstr("5001 is the service two-stage-access"));
  EXPECT_THAT(type("directory explain", {"sam.night"}), HasSubstr("sam.night is at no device"));
  EXPECT_THAT(type("directory explain", {"nobody"}), HasSubstr("no number, device or user is called"));
  EXPECT_THAT(type("directory explain", {"john.doe"}), Not(HasSubstr("office-demo")));
  EXPECT_THAT(type("directory explain", {}), HasSubstr("directory explain DEVICE|NUMBER|USER"));
}

TEST_F(DirectoryCommandsTest, ReloadSaysWhatHappenedAndTheHandlesUndoTheCommands) {
  EXPECT_THAT(type("directory reload", {}), HasSubstr("directory.ini has not changed"));
  kept_.clear();
  EXPECT_EQ(console_.size(), 0U);
}

}  // namespace
}  // namespace tandem
