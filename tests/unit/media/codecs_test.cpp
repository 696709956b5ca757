#include "media/codecs.h"

#include <gtest/gtest.h>

namespace tandem {
namespace {

Codec codec(std::string name, uint8_t number, uint32_t rate = 8000) {
  return Codec{.name = std::move(name), .payload_type = number, .clock_rate = rate, .fmtp = {}};
}

TEST(Codecs, DefaultsAreG711AndEvents) {
  const auto& codecs = default_codecs();
  ASSERT_EQ(codecs.size(), 3U);
  EXPECT_EQ(codecs[0].name, "PCMU");
  EXPECT_EQ(codecs[0].payload_type, 0);
  EXPECT_EQ(codecs[1].name, "PCMA");
  EXPECT_EQ(codecs[1].payload_type, 8);
  EXPECT_TRUE(codecs[2].is_event());
  EXPECT_EQ(codecs[2].payload_type, 101);
  EXPECT_EQ(codecs[2].fmtp, "0-16");
}

TEST(Codecs, StaticNumbersAreThoseOfRfc3551) {
  EXPECT_EQ(static_codec(0)->name, "PCMU");
  EXPECT_EQ(static_codec(8)->name, "PCMA");
  EXPECT_EQ(static_codec(9)->clock_rate, 8000U);  // G722, by an old mistake that stayed
  EXPECT_EQ(static_codec(10)->channels, 2);
  EXPECT_EQ(static_codec(11)->channels, 1);
  EXPECT_EQ(static_codec(18)->name, "G729");
  for (const int number : {1, 2, 19, 26, 34, 72, 96, 101, 127, 128, 255})
    EXPECT_FALSE(static_codec(static_cast<uint8_t>(number))) << number;
}

TEST(PayloadMap, TranslatesByFormatAndDropsTheRest) {
  MediaDescription ours, theirs;
  ours.codecs = {codec("PCMU", 0), codec("PCMA", 8), codec("TELEPHONE-EVENT", 101)};
  theirs.codecs = {codec("PCMA", 8), codec("PCMU", 0), codec("TELEPHONE-EVENT", 96), codec("G729", 18)};
  const PayloadMap map = payload_map(ours, theirs);
  EXPECT_EQ(map.out[0], 0);
  EXPECT_EQ(map.out[8], 8);
  EXPECT_EQ(map.out[101], 96);
  EXPECT_EQ(map.out[96], PayloadMap::kDrop);
  EXPECT_EQ(map.out[18], PayloadMap::kDrop);
}

TEST(PayloadMap, FormatsDifferByRateAndChannels) {
  MediaDescription ours, theirs;
  ours.codecs = {codec("TELEPHONE-EVENT", 101, 48000), codec("TELEPHONE-EVENT", 102)};
  theirs.codecs = {codec("TELEPHONE-EVENT", 97)};
  const PayloadMap map = payload_map(ours, theirs);
  EXPECT_EQ(map.out[101], PayloadMap::kDrop);
  EXPECT_EQ(map.out[102], 97);
}

TEST(PayloadMap, HostileNumbersAreIgnored) {
  MediaDescription ours, theirs;
  ours.codecs = {codec("PCMU", 200), codec("PCMA", 8), codec("PCMU", 8), codec("G722", 9)};
  theirs.codecs = {codec("PCMU", 0), codec("PCMA", 8), codec("G722", 255)};
  const PayloadMap map = payload_map(ours, theirs);
  EXPECT_EQ(map.out[8], 8);  // used twice: means what it meant first
  EXPECT_EQ(map.out[9], PayloadMap::kDrop);
  EXPECT_EQ(std::count(map.out.begin(), map.out.end(), PayloadMap::kDrop), 127);
}

}  // namespace
}  // namespace tandem
