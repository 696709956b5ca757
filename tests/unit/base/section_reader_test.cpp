#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tandem/config.h"

namespace tandem {
namespace {

using std::chrono::milliseconds;
using testing::ElementsAre;
using testing::IsEmpty;

class SectionReaderTest : public testing::Test {
 protected:
  void set(const std::string& key, const std::string& text) { section.values[key] = {text, "a.ini", next_line++}; }

  ConfigSection section{"udp", "a.ini", 3, {}};
  std::vector<std::string> errors;
  int next_line = 4;
};

TEST_F(SectionReaderTest, ReadsEachKind) {
  set("name", "hq");
  set("port", "5060");
  set("on", "yes");
  set("off", "off");
  set("mode", "b");
  set("codecs", " pcmu, pcma ,,opus,");
  set("bind", "[::1]:5060");
  SectionReader r(section, errors);
  EXPECT_EQ(r.text("name", "x"), "hq");
  EXPECT_EQ(r.required("name"), "hq");
  EXPECT_EQ(r.integer("port", 1, 0, 65535), 5060);
  EXPECT_TRUE(r.flag("on", false));
  EXPECT_FALSE(r.flag("off", true));
  EXPECT_EQ(r.choice("mode", "a", {"a", "b"}), "b");
  EXPECT_THAT(r.list("codecs"), ElementsAre("pcmu", "pcma", "opus"));
  EXPECT_EQ(r.address("bind", "").to_string(), "[::1]:5060");
  EXPECT_TRUE(r.has("port"));
  r.finish();
  EXPECT_THAT(errors, IsEmpty());
}

TEST_F(SectionReaderTest, FallsBack) {
  SectionReader r(section, errors);
  EXPECT_EQ(r.text("name", "x"), "x");
  EXPECT_EQ(r.integer("port", 7, 0, 9), 7);
  EXPECT_TRUE(r.flag("on", true));
  EXPECT_EQ(r.duration("wait", milliseconds(5)), milliseconds(5));
  EXPECT_EQ(r.choice("mode", "a", {"a"}), "a");
  EXPECT_THAT(r.list("codecs"), IsEmpty());
  EXPECT_EQ(r.address("bind", "127.0.0.1:1").port(), 1);
  EXPECT_TRUE(r.address("bind", "").empty());
  EXPECT_FALSE(r.has("port"));
  r.finish();
  EXPECT_THAT(errors, IsEmpty());
}

TEST_F(SectionReaderTest, ReadsSizes) {
  const std::pair<const char*, int64_t> good[] = {{"500", 500}, {"64K", 65536}, {"10 M", 10 << 20}, {"2G", int64_t{2} << 30}, {"0", 0}};
  for (const auto& [text, expected] : good) {
    section.values["b"] = {text, "a.ini", 4};
    SectionReader r(section, errors);
    EXPECT_EQ(r.bytes("b", -1), expected) << text;
  }
  EXPECT_THAT(errors, IsEmpty());
  for (const char* text : {"", "K", "-1", "1T", "9223372036854775807G", "1.5M"}) {
    errors.clear();
    section.values["b"] = {text, "a.ini", 4};
    SectionReader r(section, errors);
    EXPECT_EQ(r.bytes("b", 9), 9) << text;
    EXPECT_EQ(errors.size(), 1U) << text;
  }
}

TEST_F(SectionReaderTest, ReadsDurations) {
  const std::pair<const char*, int64_t> good[] = {{"500ms", 500}, {"30s", 30'000}, {"5m", 300'000}, {"2h", 7'200'000},
                                                  {"7", 7000},    {"0", 0},        {"3 s", 3000}};
  for (const auto& [text, expected] : good) {
    section.values["d"] = {text, "a.ini", 4};
    SectionReader r(section, errors);
    EXPECT_EQ(r.duration("d", milliseconds(-1)), milliseconds(expected)) << text;
  }
  EXPECT_THAT(errors, IsEmpty());
  for (const char* text : {"", "s", "-1s", "1d", "1.5s", "9223372036854775807h", "99999999999999999999", "5 m s"}) {
    errors.clear();
    section.values["d"] = {text, "a.ini", 4};
    SectionReader r(section, errors);
    EXPECT_EQ(r.duration("d", milliseconds(9)), milliseconds(9)) << text;
    EXPECT_EQ(errors.size(), 1U) << text;
  }
}

TEST_F(SectionReaderTest, CollectsEveryMistakeWithItsPlace) {
  set("port", "70000");
  set("on", "maybe");
  set("mode", "c");
  set("bind", "localhost:5060");
  set("misspelt", "secret value");
  set("empty", "");
  SectionReader r(section, errors);
  EXPECT_EQ(r.integer("port", 5060, 0, 65535), 5060);
  (void)r.flag("on", true);
  (void)r.choice("mode", "a", {"a", "b"});
  (void)r.address("bind", "");
  (void)r.required("missing");
  (void)r.required("empty");
  r.finish();
  EXPECT_THAT(errors, ElementsAre("a.ini:4: [udp] port: must be a whole number from 0 to 65535", "a.ini:5: [udp] on: must be yes or no",
                                  "a.ini:6: [udp] mode: must be one of a, b",
                                  "a.ini:7: [udp] bind: must be a numeric address with a port, such as 127.0.0.1:5060 or [::1]:5060 (not a "
                                  "numeric IP address)",
                                  "a.ini:3: [udp] missing: is missing, and there is no default", "a.ini:9: [udp] empty: is empty",
                                  "a.ini:8: [udp] misspelt: is not a key of this section"));
  EXPECT_EQ(config_error({"a", "b"}).message, "a\nb");
}

}  // namespace
}  // namespace tandem
