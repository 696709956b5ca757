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

TEST(SipSettings, OneAddressOfEachFamily) {
  FakeConfig config;
  config.section("udp", {{"address", "0.0.0.0, 2001:db8::1"}, {"advertised", "192.0.2.1"}}).section("tcp", {{"port", "5070"}});
  const auto settings = read_settings(config);
  ASSERT_TRUE(settings) << settings.error().message;
  EXPECT_EQ(settings->udp_second.to_string(), "[2001:db8::1]:5060");
  EXPECT_EQ(settings->advertised.host(), "192.0.2.1");
  EXPECT_TRUE(settings->advertised_second.empty());
  EXPECT_EQ(settings->tcp.second.to_string(), "[2001:db8::1]:5070");
  const auto wrong = [](std::string address, std::string advertised) {
    FakeConfig bad;
    bad.section("udp", {{"address", std::move(address)}, {"advertised", std::move(advertised)}});
    return complaint(bad);
  };
  EXPECT_NE(wrong("192.0.2.1, 192.0.2.2", "").find("two addresses"), std::string::npos);
  EXPECT_NE(wrong("192.0.2.1, ::", "").find("serves every interface"), std::string::npos);
  EXPECT_NE(wrong("192.0.2.1", "2001:db8::1").find("family"), std::string::npos);
}

TEST(SipSettings, TrunksOfSeveralGateways) {
  FakeConfig config;
  config.section("carrier",
                 {{"type", "trunk"},
                  {"peers", "sip.carrier.example;priority=1;weight=60, gw.example:5080, 192.0.2.1:5060;priority=2, [2001:db8::1]"},
                  {"user", "office"},
                  {"password", "secret"},
                  {"register", "yes"},
                  {"send_numbers", "+1>1, +>011"}});
  const auto settings = read_settings(config);
  ASSERT_TRUE(settings) << settings.error().message;
  const TrunkSettings& trunk = settings->trunks.at(0);
  ASSERT_EQ(trunk.peers.size(), 4U);
  EXPECT_EQ(trunk.peers[0].host, "sip.carrier.example");
  EXPECT_EQ(trunk.peers[0].weight, 60U);
  EXPECT_EQ(trunk.peers[1].port, 5080);
  EXPECT_EQ(trunk.peers[2].priority, 2U);
  EXPECT_EQ(trunk.peers[3].address.to_string(), "[2001:db8::1]:5060");
  EXPECT_EQ(trunk.address.to_string(), "192.0.2.1:5060");
  const auto wrong = [](std::vector<std::pair<std::string, std::string>> values) {
    values.emplace_back("type", "trunk");
    FakeConfig bad;
    bad.section("carrier", std::move(values));
    return complaint(bad);
  };
  EXPECT_NE(wrong({}).find("one of the two"), std::string::npos);
  EXPECT_NE(wrong({{"address", "192.0.2.1:5060"}, {"peers", "a.example"}}).find("one of the two"), std::string::npos);
  for (const char* peer : {"a b", "a.example:0", "a.example:70000", "a.example;priority=x", "a.example;speed=1", "0.0.0.0:5060"})
    EXPECT_NE(wrong({{"peers", peer}}).find("is not of the form"), std::string::npos) << peer;
  EXPECT_NE(wrong({{"peers", "a.example"}, {"register", "yes"}}).find("needs \"user\""), std::string::npos);
  EXPECT_NE(wrong({{"peers", "a.example"}, {"send_numbers", "x>1"}}).find("no rule"), std::string::npos);
}

TEST(SipSettings, PasswordsAndNameServers) {
  FakeConfig config;
  config.section("general", {{"algorithms", "sha-256"}, {"free_guesses", "3"}}).section("dns", {{"servers", "192.0.2.53, 127.0.0.1:5353"}});
  const auto settings = read_settings(config);
  ASSERT_TRUE(settings) << settings.error().message;
  EXPECT_EQ(settings->algorithms, std::vector{AuthAlgorithm::sha256});
  EXPECT_EQ(settings->dns_servers.at(0).to_string(), "192.0.2.53:53");
  EXPECT_EQ(settings->dns_servers.at(1).port(), 5353);
  FakeConfig bad;
  bad.section("general", {{"algorithms", "sha-1"}, {"service_route", "sip:x"}}).section("dns", {{"servers", "name"}});
  const std::string said = complaint(bad);
  for (const char* key : {"algorithms", "service_route", "servers"}) EXPECT_NE(said.find(key), std::string::npos) << said;
}

}  // namespace
}  // namespace tandem::test
