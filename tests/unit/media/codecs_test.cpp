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

TEST(Codecs, NamesOfTheSettings) {
  const auto codecs = codecs_named({"l16/16000", "pcma", "l16/8000"});
  ASSERT_TRUE(codecs);
  ASSERT_EQ(codecs->size(), 5U) << "and telephone-event at 8000 and 16000 Hz";
  EXPECT_EQ((*codecs)[0].payload_type, 96);
  EXPECT_EQ((*codecs)[0].clock_rate, 16000U);
  EXPECT_EQ((*codecs)[2].payload_type, 97);
  EXPECT_TRUE(codecs->back().is_event());
  for (const auto& wrong : std::vector<std::vector<std::string>>{{}, {"mp3"}, {"pcmu", "pcmu"}, {""}}) EXPECT_FALSE(codecs_named(wrong));
}

TEST(Codecs, FormatsDifferByRateAndChannels) {
  EXPECT_EQ(format_of(codec("L16", 96, 16000)), Format::l16_16000);
  EXPECT_EQ(format_of(codec("L16", 96, 44100)), Format::unknown);
  EXPECT_EQ(format_of(codec("TELEPHONE-EVENT", 101, 48000)), Format::event_48000);
  EXPECT_EQ(format_of(codec("TELEPHONE-EVENT", 101, 11025)), Format::unknown);
  EXPECT_TRUE(can_transcode(Format::pcma));
  EXPECT_FALSE(can_transcode(Format::g729));
  EXPECT_FALSE(can_transcode(Format::unknown));
}

}  // namespace
}  // namespace tandem
