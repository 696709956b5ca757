#include "media/media_settings.h"

#include <gtest/gtest.h>

#include "base/config_folder.h"

namespace tandem {
namespace {

using namespace std::chrono_literals;

/// A folder with one file, or none.
class OneFile final : public Config {
 public:
  OneFile() = default;
  explicit OneFile(std::map<std::string, std::string> keys, std::string section = "rtp") {
    ConfigSection s{.name = std::move(section), .file = "rtp.ini", .line = 1, .values = {}};
    int line = 2;
    for (auto& [key, value] : keys) s.values[key] = ConfigValue{value, "rtp.ini", line++};
    file_ = ConfigFile{.path = "rtp.ini", .sections = {std::move(s)}};
  }
  Result<ConfigFile> read(std::string_view name) const override {
    if (name != "rtp" || !file_) return Error{ErrorCode::not_found, "no such file"};
    return *file_;
  }
  std::string resolve(const ConfigValue& value) const override { return value.text; }
  std::string folder() const override { return "."; }

 private:
  std::optional<ConfigFile> file_;
};

std::string complaint(std::map<std::string, std::string> keys) {
  const auto settings = read_media_settings(OneFile(std::move(keys)));
  return settings ? "" : settings.error().message;
}

TEST(MediaSettings, NoFileMeansTheDefaults) {
  const auto s = read_media_settings(OneFile());
  ASSERT_TRUE(s);
  EXPECT_EQ(s->address.to_string(), "127.0.0.1:0");
  EXPECT_EQ(s->first_port, 20000);
  EXPECT_EQ(s->last_port, 29999);
  EXPECT_EQ(s->threads, 1U);
  EXPECT_EQ(s->silence_limit, 60s);
}

TEST(MediaSettings, TheShippedFileSaysTheDefaults) {
  const ConfigFolder configs(TANDEM_SOURCE_DIR "/configs", {});
  const auto shipped = read_media_settings(configs);
  ASSERT_TRUE(shipped) << shipped.error().message;
  const MediaSettings defaults;
  EXPECT_EQ(shipped->address, defaults.address);
  EXPECT_TRUE(shipped->advertised.empty());
  EXPECT_EQ(shipped->first_port, defaults.first_port);
  EXPECT_EQ(shipped->last_port, defaults.last_port);
  EXPECT_EQ(shipped->threads, defaults.threads);
  EXPECT_EQ(shipped->silence_limit, defaults.silence_limit);
  EXPECT_EQ(shipped->reuse_delay, defaults.reuse_delay);
  EXPECT_EQ(shipped->dscp, defaults.dscp);
}

TEST(MediaSettings, EveryKey) {
  const auto s = read_media_settings(OneFile({{"address", "0.0.0.0"},
                                              {"advertised_address", "203.0.113.7"},
                                              {"port_start", "30000"},
                                              {"port_end", "30099"},
                                              {"threads", "2"},
                                              {"dscp", "46"},
                                              {"timeout", "20s"},
                                              {"reuse_delay", "500ms"}}));
  ASSERT_TRUE(s) << s.error().message;
  EXPECT_TRUE(s->address.is_unspecified());
  EXPECT_EQ(s->advertised.host(), "203.0.113.7");
  EXPECT_EQ(s->first_port, 30000);
  EXPECT_EQ(s->last_port, 30099);
  EXPECT_EQ(s->threads, 2U);
  EXPECT_EQ(s->dscp, 46);
  EXPECT_EQ(s->silence_limit, 20s);
  EXPECT_EQ(s->reuse_delay, 500ms);
}

TEST(MediaSettings, MistakesAreNamed) {
  EXPECT_NE(complaint({{"address", "127.0.0.1:5004"}}).find("address"), std::string::npos);
  EXPECT_NE(complaint({{"address", "localhost"}}).find("numeric"), std::string::npos);
  EXPECT_NE(complaint({{"address", "0.0.0.0"}}).find("advertised_address"), std::string::npos);
  EXPECT_NE(complaint({{"advertised_address", "0.0.0.0"}}).find("cannot be sent to"), std::string::npos);
  EXPECT_NE(complaint({{"port_start", "20001"}}).find("even"), std::string::npos);
  EXPECT_NE(complaint({{"port_start", "30000"}, {"port_end", "29999"}}).find("above port_start"), std::string::npos);
  EXPECT_NE(complaint({{"port_end", "65536"}}), "");
  EXPECT_NE(complaint({{"threads", "0"}}), "");
  EXPECT_NE(complaint({{"dscp", "64"}}), "");
  EXPECT_NE(complaint({{"ports", "1"}}), "");
  EXPECT_FALSE(read_media_settings(OneFile({}, "rtcp")));
}

}  // namespace
}  // namespace tandem
