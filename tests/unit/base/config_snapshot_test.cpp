#include "base/config_snapshot.h"

#include <gmock/gmock.h>

#include "base/config_folder.h"

namespace tandem {
namespace {

using testing::ElementsAre;

class ConfigSnapshotTest : public testing::Test {
 protected:
  // The files of the folder as a test has them at the moment.
  IniSource source() {
    return {.file = [this](const std::string& path, size_t) -> Result<std::string> {
              const auto name = path.substr(path.find_last_of('/') + 1);
              const auto it = files_.find(name);
              if (it == files_.end()) return Error{ErrorCode::not_found, "none"};
              return it->second;
            },
            .variable = [](std::string_view) -> std::optional<std::string> { return std::nullopt; }};
  }
  ConfigSnapshot of(const std::string& name, const std::string& text) {
    files_[name + ".ini"] = text;
    ConfigSnapshot one;
    one.files.emplace(name, std::make_shared<const Result<ConfigFile>>(read_ini("/x/" + name + ".ini", source())));
    return one;
  }
  std::map<std::string, std::string> files_;
};

TEST_F(ConfigSnapshotTest, TellsKeysThatDifferAndNoValues) {
  const auto before = of("sip", "[udp]\nport = 5060\naddress = 127.0.0.1\n[pstn]\ntype = trunk\n");
  const auto after = of("sip", "; a comment\n[udp]\naddress = 127.0.0.1\nport = 5070\n[new]\ntype = trunk\n");
  std::vector<std::string> told;
  for (const auto& change : config_changes(before, after))
    told.push_back(change.name() + ' ' + std::to_string(static_cast<int>(change.what)));
  EXPECT_THAT(told, ElementsAre("sip/new/type 0", "sip/udp/port 1", "sip/pstn/type 2"));
  EXPECT_TRUE(config_changes(after, after).empty());
}

TEST_F(ConfigSnapshotTest, AFileThatCannotBeReadKeepsItsMistake) {
  const auto broken = of("sip", "[udp\n");
  ASSERT_EQ(broken.errors().size(), 1u);
  EXPECT_THAT(broken.errors()[0].message, testing::HasSubstr("sip.ini:1"));
}

TEST_F(ConfigSnapshotTest, WhileItIsHeldEverybodyReadsIt) {
  const auto held = std::make_shared<const ConfigSnapshot>(of("sip", "[udp]\nport = 5060\n"));
  ConfigFolder config("/x", {}, source());
  config.hold(held);
  files_["sip.ini"] = "[udp]\nport = 1\n";
  EXPECT_EQ(config.read("sip")->find("udp")->values.find("port")->second.text, "5060");
  EXPECT_EQ(config.read("rtp").error().code, ErrorCode::not_found);
  EXPECT_THAT(config.read_while_held(), ElementsAre("rtp", "sip"));
  config.hold(nullptr);
  EXPECT_EQ(config.read("sip")->find("udp")->values.find("port")->second.text, "1");
  EXPECT_TRUE(config.read_while_held().empty());
}

}  // namespace
}  // namespace tandem
