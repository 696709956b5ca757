#include "settings.h"

#include <gtest/gtest.h>

#include "wire.h"

namespace tandem::test {
namespace {

class FakeConfig final : public Config {
 public:
  Result<ConfigFile> read(std::string_view name) const override {
    if (name != "sip") return Error{ErrorCode::not_found, "no such file"};
    return file;
  }
  std::string resolve(const ConfigValue& value) const override { return value.text; }
  std::string folder() const override { return ""; }

  FakeConfig& section(std::string name, std::vector<std::pair<std::string, std::string>> values) {
    ConfigSection made{std::move(name), "sip.ini", ++line_, {}};
    for (auto& [key, text] : values) made.values[key] = {text, "sip.ini", ++line_};
    file.sections.push_back(std::move(made));
    return *this;
  }
  ConfigFile file;

 private:
  int line_ = 0;
};

std::string complaint(const FakeConfig& config) {
  const auto read = read_settings(config);
  EXPECT_FALSE(read);
  return read ? "" : read.error().message;
}

TEST(SipSettings, SampleOffice) {
  FakeConfig config;
  config.section("general", {{"realm", "tandem"}, {"register_max", "1h"}})
      .section("udp", {{"address", "127.0.0.1"}, {"port", "0"}})
      .section("pstn", {{"type", "trunk"}, {"address", "127.0.0.1:5080"}, {"context", "pstn"}, {"probe_down", "2s"}});
  const auto settings = read_settings(config);
  ASSERT_TRUE(settings) << settings.error().message;
  EXPECT_EQ(settings->udp.to_string(), "127.0.0.1:0");
  EXPECT_EQ(settings->register_max, std::chrono::seconds(3600));
  ASSERT_EQ(settings->trunks.size(), 1U);
  EXPECT_EQ(settings->trunks[0].name, "pstn");
  EXPECT_EQ(settings->trunks[0].address.to_string(), "127.0.0.1:5080");
  EXPECT_EQ(settings->trunks[0].probe_down, std::chrono::milliseconds(2000));
}

TEST(SipSettings, EveryMistakeIsNamedWithItsPlace) {
  FakeConfig config;
  config.section("general", {{"realm", "a\"b"}, {"contacts_per_device", "0"}, {"register_min", "2h"}})
      .section("udp", {{"address", "localhost"}, {"prot", "5060"}})
      .section("pstn", {{"type", "trunk"}})
      .section("other", {{"colour", "blue"}});
  const std::string text = complaint(config);
  for (const char* part :
       {"sip.ini:", "[general] realm", "contacts_per_device", "register_min", "localhost", "prot", "[pstn] address", "[other]"}) {
    EXPECT_NE(text.find(part), std::string::npos) << part << " in:\n" << text;
  }
}

TEST(SipSettings, TwoTrunksCannotShareAnAddress) {
  FakeConfig config;
  config.section("a", {{"type", "trunk"}, {"address", "127.0.0.1:5080"}}).section("b", {{"type", "trunk"}, {"address", "127.0.0.1:5080"}});
  EXPECT_NE(complaint(config).find("[b] address"), std::string::npos);
}

TEST(SipSettings, WildcardNeedsAnAddressForPhones) {
  FakeConfig config;
  config.section("udp", {{"address", "0.0.0.0"}});
  EXPECT_NE(complaint(config).find("advertised"), std::string::npos);
  FakeConfig good;
  good.section("udp", {{"address", "0.0.0.0"}, {"advertised", "192.0.2.1"}});
  EXPECT_TRUE(read_settings(good));
}

TEST(SipSettings, SampleSecretsKeepUsOnLoopback) {
  FakeDirectory directory;
  directory.sample_secret = true;
  SipSettings settings;
  settings.udp = *SocketAddress::from("127.0.0.1", 5060);
  EXPECT_TRUE(check_binding(settings, directory));
  settings.udp = *SocketAddress::from("192.0.2.1", 5060);
  const auto refused = check_binding(settings, directory);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::forbidden);
  directory.sample_secret = false;
  EXPECT_TRUE(check_binding(settings, directory));
}

}  // namespace
}  // namespace tandem::test
