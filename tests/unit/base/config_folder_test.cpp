#include "base/config_folder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>

namespace tandem {
namespace {

using testing::HasSubstr;

class ConfigFolderTest : public testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = testing::TempDir() + "tandem-config-XXXXXX";
    ASSERT_NE(::mkdtemp(pattern.data()), nullptr);
    path = pattern;
  }
  void TearDown() override { std::filesystem::remove_all(path); }

  void write(const std::string& name, const std::string& text) const { std::ofstream(path + "/" + name) << text; }
  static ConfigFolder::Override set(std::string_view text) { return *ConfigFolder::parse_override(text); }

  std::string path;
};

TEST_F(ConfigFolderTest, ReadsAfreshEachTime) {
  write("sip.ini", "[udp]\nport = 5060\n");
  const ConfigFolder config(path, {});
  EXPECT_EQ(config.read("sip")->find("udp")->values.at("port").text, "5060");
  write("sip.ini", "[udp]\nport = 5070\n");
  EXPECT_EQ(config.read("sip")->find("udp")->values.at("port").text, "5070");
  EXPECT_TRUE(config.unused_overrides());
  EXPECT_EQ(config.folder(), path);
}

TEST_F(ConfigFolderTest, MissingFilesAndBadNames) {
  const ConfigFolder config(path, {});
  EXPECT_EQ(config.read("none").error().code, ErrorCode::not_found);
  for (const char* name : {"", "../etc/passwd", "a/b", "a.ini", "."}) EXPECT_EQ(config.read(name).error().code, ErrorCode::invalid) << name;
  ASSERT_EQ(::mkfifo((path + "/pipe.ini").c_str(), 0600), 0);
  EXPECT_THAT(config.read("pipe").error().message, HasSubstr("not a regular file"));  // and does not wait for a writer
}

TEST_F(ConfigFolderTest, OverridesReplaceAndAddKeys) {
  write("sip.ini", "[udp]\nport = 5060\n");
  const ConfigFolder config(path, {set("sip/udp/port=0"), set("sip/udp/extra= a ; b "), set("other/x/y=1")});
  const auto file = config.read("sip");
  ASSERT_TRUE(file);
  const auto& port = file->find("udp")->values.at("port");
  EXPECT_EQ(port.text, "0");
  EXPECT_EQ(port.file, "--set");
  EXPECT_EQ(port.line, 1);
  EXPECT_EQ(file->find("udp")->values.at("extra").text, " a ; b ");
  EXPECT_EQ(config.unused_overrides().error().message, "--set:3: other/x/y: nothing reads other.ini in this run");
}

TEST_F(ConfigFolderTest, AnOverrideOfAnUnknownSectionIsAnError) {
  write("sip.ini", "[udp]\nport = 5060\n");
  const ConfigFolder config(path, {set("sip/upd/port=0")});
  EXPECT_EQ(config.read("sip").error().message, "--set:1: sip/upd/port: there is no section [upd] in " + path + "/sip.ini");
  EXPECT_TRUE(config.unused_overrides());
}

TEST_F(ConfigFolderTest, ParsesOverrides) {
  const auto o = set("directory.ini/phones/hq/key=a=b/c");
  EXPECT_EQ(o.file, "directory");
  EXPECT_EQ(o.section, "phones/hq");
  EXPECT_EQ(o.key, "key");
  EXPECT_EQ(o.value, "a=b/c");
  for (const char* text : {"", "sip", "sip/udp=1", "sip/udp/port", "/udp/port=1", "sip//port=1", "sip/udp/=1", "../x/y/z=1", "=a/b/c"}) {
    EXPECT_FALSE(ConfigFolder::parse_override(text)) << text;
  }
}

TEST_F(ConfigFolderTest, ResolvesBesideTheFileThatNamedIt) {
  std::filesystem::create_directory(path + "/sub");
  write("sub/b.ini", "key = tls/key.pem\n");
  write("sip.ini", "[tls]\n#include sub/b.ini\ncertificate = ../cert.pem\nroot = /etc/ca.pem\n");
  const ConfigFolder config(path, {set("sip/tls/other=o.pem")});
  const auto file = config.read("sip");
  ASSERT_TRUE(file) << file.error().message;
  const auto& values = file->find("tls")->values;
  EXPECT_EQ(config.resolve(values.at("key")), path + "/sub/tls/key.pem");
  EXPECT_EQ(config.resolve(values.at("certificate")), std::filesystem::path(path).parent_path().string() + "/cert.pem");
  EXPECT_EQ(config.resolve(values.at("root")), "/etc/ca.pem");
  EXPECT_EQ(config.resolve(values.at("other")), path + "/o.pem");
}

TEST_F(ConfigFolderTest, ARelativeFolderIsMadeAbsolute) {
  const ConfigFolder config("some/folder", {});
  EXPECT_EQ(config.folder(), (std::filesystem::current_path() / "some/folder").string());
  EXPECT_EQ(config.resolve({"x", "some/folder/sip.ini", 1}), (std::filesystem::current_path() / "some/folder/x").string());
}

TEST_F(ConfigFolderTest, AStampTellsWhetherAnythingThatWasReadHasChanged) {
  write("sip.ini", "[udp]\nport = ${PORT:-5060}\n#include more.inc\n");
  write("more.inc", "[tcp]\nport = 5060\n");
  std::optional<std::string> port;
  IniSource source = machine_ini_source();
  source.variable = [&](const std::string&) { return port; };
  const ConfigFolder config(path, {}, source);
  const auto stamp_now = [&] { return config.read_stamped("sip")->stamp; };
  const std::string stamp = stamp_now();
  EXPECT_TRUE(config.unchanged("sip", stamp));
  EXPECT_FALSE(config.unchanged("sip", ""));
  EXPECT_FALSE(config.unchanged("sip", stamp.substr(0, stamp.find('\n'))));
  EXPECT_FALSE(config.unchanged("rtp", stamp));

  write("more.inc", "[tcp]\nport = 5061\n");
  EXPECT_FALSE(config.unchanged("sip", stamp)) << "a file that it includes";
  write("more.inc", "[tcp]\nport = 5060\n");
  EXPECT_TRUE(config.unchanged("sip", stamp)) << "what counts is what it says, not when it was written";
  port = "5070";
  EXPECT_FALSE(config.unchanged("sip", stamp)) << "an environment value";
  EXPECT_TRUE(config.unchanged("sip", stamp_now()));
  port.reset();
  std::filesystem::remove(path + "/more.inc");
  EXPECT_FALSE(config.unchanged("sip", stamp));
}

TEST_F(ConfigFolderTest, AnOverrideIsPartOfTheStampAndCountsAsUsed) {
  write("sip.ini", "[udp]\nport = 5060\n");
  const std::string plain = ConfigFolder(path, {}).read_stamped("sip")->stamp;
  const ConfigFolder config(path, {set("sip/udp/port=0")});
  EXPECT_FALSE(config.unchanged("sip", plain));
  const std::string stamp = config.read_stamped("sip")->stamp;
  const ConfigFolder next(path, {set("sip/udp/port=0")});
  EXPECT_FALSE(next.unused_overrides());
  EXPECT_TRUE(next.unchanged("sip", stamp));
  EXPECT_TRUE(next.unused_overrides());
}

TEST_F(ConfigFolderTest, WhileSomethingIsHeldItsStampCounts) {
  write("sip.ini", "[udp]\nport = 5060\n");
  ConfigFolder config(path, {});
  const std::string before = config.read_stamped("sip")->stamp;
  config.hold(std::make_shared<ConfigSnapshot>(config.snapshot()));
  write("sip.ini", "[udp]\nport = 5070\n");
  EXPECT_TRUE(config.unchanged("sip", before));
  EXPECT_EQ(config.read_stamped("sip")->stamp, before);
  config.hold(nullptr);
  EXPECT_FALSE(config.unchanged("sip", before));
}

}  // namespace
}  // namespace tandem
