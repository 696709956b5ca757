// Formats into one another: what is heard at the far end, what is made of losses, how long packets are.
#include "media/transcoder.h"

#include <gtest/gtest.h>

#include <cmath>

#include "media/rtp.h"
#include "support/tone.h"

namespace tandem::test {
namespace {

using Bytes = std::vector<uint8_t>;

std::vector<int16_t> tone(double hertz, uint8_t khz, size_t samples) {
  std::vector<int16_t> made(samples);
  for (size_t i = 0; i < samples; ++i)
    made[i] = static_cast<int16_t>(8000 * std::sin(2 * M_PI * hertz * static_cast<double>(i) / (khz * 1000)));
  return made;
}

/// A second of a tone as packets of 20 ms.
std::vector<Bytes> packets_of(Format format, double hertz) {
  const uint8_t khz = sound_khz(format);
  const auto encoder = make_encoder(format, khz);
  const auto samples = tone(hertz, khz, khz * 1000U);
  std::vector<Bytes> packets;
  for (size_t at = 0; at < samples.size(); at += khz * 20U) {
    Bytes packet(1500);
    packet.resize(encoder->encode(std::span(samples).subspan(at, khz * 20U), packet));
    packets.push_back(packet);
  }
  return packets;
}

struct Heard {
  std::vector<int16_t> samples;
  std::vector<uint32_t> timestamps;
};

/// What the far end hears of them; those in `lost` do not arrive.
Heard hear(Transcoder& transcoder, const std::vector<Bytes>& packets, const std::vector<size_t>& lost = {}) {
  Heard heard;
  const auto decoder = make_decoder(transcoder.to(), sound_khz(transcoder.to()));
  const uint32_t step = 20U * clock_khz(transcoder.from());
  for (size_t i = 0; i < packets.size(); ++i) {
    if (std::find(lost.begin(), lost.end(), i) != lost.end()) continue;
    EXPECT_TRUE(transcoder.put(packets[i], 1, 1000 + static_cast<uint32_t>(i) * step, false)) << i;
    Bytes made(1500);
    while (const auto packet = transcoder.take(made)) {
      std::vector<int16_t> samples(kMostSamples);
      samples.resize(decoder->decode(std::span(made).first(packet.size), samples));
      heard.samples.insert(heard.samples.end(), samples.begin(), samples.end());
      heard.timestamps.push_back(packet.timestamp);
    }
  }
  return heard;
}

/// How much of the whole power stands at one frequency.
double share_of(double hertz, uint8_t khz, std::span<const int16_t> samples) {
  double real = 0, imaginary = 0, all = 0;
  for (size_t i = 0; i < samples.size(); ++i) {
    const double angle = 2 * M_PI * hertz * static_cast<double>(i) / (khz * 1000);
    real += samples[i] * std::cos(angle);
    imaginary += samples[i] * std::sin(angle);
    all += static_cast<double>(samples[i]) * samples[i];
  }
  return all == 0 ? 0 : 2 * (real * real + imaginary * imaginary) / (static_cast<double>(samples.size()) * all);
}

constexpr Format kAll[] = {Format::pcmu, Format::pcma, Format::l16_8000, Format::l16_16000, Format::g722, Format::opus};

TEST(Transcoder, EveryFormatIntoEveryOther) {
  for (const Format from : kAll) {
    for (const Format to : kAll) {
      if (from == to) continue;
      Transcoder transcoder(from, to, 20, {});
      const Heard heard = hear(transcoder, packets_of(from, 700));
      const uint8_t khz = sound_khz(to);
      ASSERT_NEAR(static_cast<double>(heard.samples.size()), khz * 1000.0, khz * 25.0) << static_cast<int>(from) << static_cast<int>(to);
      const auto settled = std::vector<int16_t>(heard.samples.begin() + khz * 200, heard.samples.end());
      EXPECT_NEAR(measure(settled, khz * 1000).hertz, 700, 10) << static_cast<int>(from) << " to " << static_cast<int>(to);
      EXPECT_GT(measure(settled, khz * 1000).purity, 0.9) << static_cast<int>(from) << " to " << static_cast<int>(to);
    }
  }
}

TEST(Transcoder, WideBandStaysWide) {
  for (const Format from : {Format::l16_16000, Format::g722, Format::opus}) {
    for (const Format to : {Format::l16_16000, Format::g722, Format::opus}) {
      if (from == to) continue;
      Transcoder transcoder(from, to, 20, {});
      const Heard heard = hear(transcoder, packets_of(from, 5500));
      const auto settled = std::vector<int16_t>(heard.samples.begin() + 3200, heard.samples.end());
      EXPECT_GT(share_of(5500, 16, settled), 0.5) << static_cast<int>(from) << " to " << static_cast<int>(to);
    }
  }
}

TEST(Transcoder, PacketsAreAsLongAsTheReceiverWants) {
  for (const int ptime : {10, 20, 30, 40, 60}) {
    Transcoder transcoder(Format::pcmu, Format::g722, ptime, {});
    const Heard heard = hear(transcoder, packets_of(Format::pcmu, 440));
    EXPECT_EQ(heard.timestamps.size(), 1000U / static_cast<unsigned>(ptime)) << ptime;
    for (size_t i = 1; i < heard.timestamps.size(); ++i) {
      ASSERT_EQ(heard.timestamps[i] - heard.timestamps[i - 1], 8U * static_cast<unsigned>(ptime));
    }
  }
}

TEST(Transcoder, LossesAreFilledSoThatTimeGoesOn) {
  for (const Format from : kAll) {
    Transcoder transcoder(from, from == Format::pcmu ? Format::pcma : Format::pcmu, 20, {});
    const Heard whole = hear(transcoder, packets_of(from, 440), {20, 30, 31});
    ASSERT_EQ(whole.samples.size(), 8000U) << static_cast<int>(from);
    // Where the 20th packet would have been there is a tone and no hole.
    double power = 0;
    for (size_t i = 20 * 160 + 20; i < 21 * 160; ++i) power += static_cast<double>(whole.samples[i]) * whole.samples[i];
    EXPECT_GT(std::sqrt(power / 140), 1500) << static_cast<int>(from);
  }
}

TEST(Transcoder, WhatComesLateIsRefusedAndAPauseIsNoLoss) {
  Transcoder transcoder(Format::pcmu, Format::pcma, 20, {});
  const Bytes packet(160, 0xff);
  Bytes made(200);
  EXPECT_TRUE(transcoder.put(packet, 1, 0, false));
  EXPECT_TRUE(transcoder.put(packet, 1, 320, false));
  EXPECT_FALSE(transcoder.put(packet, 1, 160, false));
  size_t count = 0;
  while (transcoder.take(made)) ++count;
  EXPECT_EQ(count, 3U);
  EXPECT_TRUE(transcoder.put(packet, 1, 800, true)) << "the marker says that there was silence";
  const auto next = transcoder.take(made);
  EXPECT_EQ(next.timestamp, 800U);
  EXPECT_TRUE(next.marker);
  EXPECT_FALSE(transcoder.take(made));
  EXPECT_TRUE(transcoder.put(packet, 2, 77, false)) << "another stream";
  EXPECT_EQ(transcoder.take(made).timestamp, 77U);
}

/// Puts packets in this order; the timestamps that leave, and how many were refused as late.
struct Passed {
  std::vector<uint32_t> timestamps;
  unsigned late = 0;
};
Passed pass(Transcoder& transcoder, const std::vector<Bytes>& packets, const std::vector<size_t>& order) {
  Passed passed;
  for (const size_t i : order) {
    if (!transcoder.put(packets[i % packets.size()], 1, 1000 + static_cast<uint32_t>(i) * 160, false)) ++passed.late;
    Bytes made(1500);
    while (const auto packet = transcoder.take(made)) passed.timestamps.push_back(packet.timestamp);
  }
  return passed;
}
std::vector<size_t> in_order(size_t first, size_t end) {
  std::vector<size_t> order;
  for (size_t i = first; i < end; ++i) order.push_back(i);
  return order;
}

TEST(Transcoder, WaitsForWhatComesInAnotherOrderOnceThatHasHappened) {
  Transcoder transcoder(Format::pcma, Format::g722, 20, {});
  const auto packets = packets_of(Format::pcma, 440);
  EXPECT_EQ(pass(transcoder, packets, in_order(0, 10)).timestamps.size(), 10U);
  EXPECT_EQ(transcoder.depth(), 0U) << "in order nothing waits";
  auto passed = pass(transcoder, packets, {11, 10, 12});
  EXPECT_EQ(passed.late, 1U) << "its place was filled: nobody knew";
  EXPECT_EQ(transcoder.depth(), 1U);
  for (size_t i = 13; i < 40; i += 3) {
    passed = pass(transcoder, packets, {i + 1, i, i + 2});
    EXPECT_EQ(passed.late, 0U) << i;
    ASSERT_EQ(passed.timestamps.size(), 3U) << i;
    for (size_t k = 0; k < 3; ++k) EXPECT_EQ(passed.timestamps[k], 1000 + (i + k) * 160) << "in their order";
  }
}

TEST(Transcoder, WaitsLongerWhenThatWasNotEnoughAndGivesUpInTime) {
  Transcoder transcoder(Format::pcma, Format::g722, 20, {});
  const auto packets = packets_of(Format::pcma, 440);
  pass(transcoder, packets, in_order(0, 5));
  EXPECT_EQ(pass(transcoder, packets, {6, 5}).late, 1U);
  EXPECT_EQ(pass(transcoder, packets, {8, 9, 7}).late, 1U) << "one may wait, two came";
  EXPECT_EQ(transcoder.depth(), 2U);
  EXPECT_EQ(pass(transcoder, packets, {11, 12, 10}).late, 0U);
  const auto lost = pass(transcoder, packets, {14, 15, 16});  // 13 never comes
  ASSERT_EQ(lost.timestamps.size(), 4U) << "and is made up";
  EXPECT_EQ(lost.timestamps.front(), 1000 + 13 * 160U);
  EXPECT_EQ(pass(transcoder, packets, {18, 19, 20, 21, 17}).late, 1U);
  EXPECT_EQ(pass(transcoder, packets, {23, 24, 25, 26, 22}).late, 1U);
  EXPECT_EQ(transcoder.depth(), 3U) << "and no longer than that";
}

TEST(Transcoder, WaitsForNothingAgainAfterSomeSecondsOfCalm) {
  Transcoder transcoder(Format::pcma, Format::g722, 20, {});
  const auto packets = packets_of(Format::pcma, 440);
  pass(transcoder, packets, {0, 2, 1});
  EXPECT_EQ(transcoder.depth(), 1U);
  EXPECT_EQ(pass(transcoder, packets, in_order(3, 503)).timestamps.size(), 500U);
  EXPECT_EQ(transcoder.depth(), 0U);
}

TEST(Transcoder, ABurstPassesWhole) {
  Transcoder transcoder(Format::pcma, Format::g722, 20, {});
  const auto packets = packets_of(Format::pcma, 440);
  pass(transcoder, packets, {0, 2, 1});
  const auto burst = pass(transcoder, packets, {8, 6, 4, 7, 3, 5, 9, 10});
  for (size_t i = 1; i < burst.timestamps.size(); ++i) EXPECT_EQ(burst.timestamps[i] - burst.timestamps[i - 1], 160U) << i;
  EXPECT_EQ(burst.timestamps.back(), 1000 + 10 * 160U) << "time goes on";
}

TEST(Transcoder, HostilePayloadsDoNoHarm) {
  for (const Format from : kAll) {
    Transcoder transcoder(from, from == Format::pcmu ? Format::opus : Format::pcmu, 60, {});
    Bytes made(1500);
    uint32_t seed = 1, timestamp = 0;
    for (size_t i = 0; i < 3000; ++i) {
      Bytes payload(i % 1400);
      for (auto& byte : payload) byte = static_cast<uint8_t>((seed = seed * 1664525 + 1013904223) >> 24);
      timestamp += i % 7 == 0 ? seed % 5000 : 160;
      transcoder.put(payload, 1 + static_cast<uint32_t>(i / 500), timestamp, i % 50 == 0);
      while (transcoder.take(made)) {
      }
    }
  }
}

TEST(Opus, TheCopyInTheNextPacketStandsForTheLostOne) {
  const OpusWishes wishes = read_opus_wishes("minptime=10; useinbandfec=1;maxplaybackrate=16000; maxaveragebitrate=24000;cbr=0");
  EXPECT_TRUE(wishes.fec);
  EXPECT_EQ(wishes.most_khz, 16);
  EXPECT_EQ(wishes.most_kbps, 24);
  EXPECT_EQ(read_opus_wishes("useinbandfec=;x;=;maxaveragebitrate=99999999999"), OpusWishes{}) << "nonsense is passed over";
  const auto with = make_encoder(Format::opus, 16, wishes), without = make_encoder(Format::opus, 16, {});
  with->expect_loss(20);
  without->expect_loss(20);
  const auto distance = [](Encoder& encoder) {
    // A voice that changes: what is only guessed differs from it.
    std::vector<int16_t> samples(16000);
    for (size_t i = 0; i < samples.size(); ++i) {
      const double t = static_cast<double>(i) / 16000;
      samples[i] = static_cast<int16_t>(6000 * std::sin(2 * M_PI * (200 + 900 * t) * t) * (0.5 + 0.5 * std::sin(2 * M_PI * 4 * t)));
    }
    const auto whole = make_decoder(Format::opus, 16), lossy = make_decoder(Format::opus, 16);
    double error = 0;
    std::vector<Bytes> packets;
    for (size_t at = 0; at < samples.size(); at += 320) {
      Bytes packet(1500);
      packet.resize(encoder.encode(std::span(samples).subspan(at, 320), packet));
      packets.push_back(packet);
    }
    std::vector<int16_t> a(320), b(320);
    for (size_t i = 0; i < packets.size(); ++i) {
      whole->decode(packets[i], a);
      if (i % 5 == 3 && i + 1 < packets.size()) {
        EXPECT_TRUE(lossy->conceal(packets[i + 1], b));
        for (size_t k = 0; k < 320; ++k) error += std::pow(a[k] - b[k], 2);
      } else {
        lossy->decode(packets[i], b);
      }
    }
    return error;
  };
  EXPECT_LT(distance(*with), 0.7 * distance(*without));
}

}  // namespace
}  // namespace tandem::test
