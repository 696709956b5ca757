// One stream in, one stream out: loss and jitter as RFC 3550 counts them, and numbers that go on across a change of source.
#include <gtest/gtest.h>

#include "media/stream_in.h"
#include "media/stream_out.h"

namespace tandem::test {
namespace {

using std::chrono::milliseconds;

struct In {
  StreamIn in;
  uint64_t now_us = 1'000'000;
  bool take(uint16_t sequence, uint32_t ssrc = 1) {
    now_us += 20'000;
    return in.take(ssrc, sequence, 160U * sequence, 8, now_us);
  }
};

TEST(StreamIn, CountsGapsAndForgivesWhatComesLate) {
  In s;
  for (const uint16_t n : {65533, 65534, 1, 2}) EXPECT_TRUE(s.take(n));  // 65535 and 0 are missing
  EXPECT_EQ(s.in.lost(), 2U);
  EXPECT_TRUE(s.take(0));
  EXPECT_TRUE(s.take(2)) << "once more";
  EXPECT_EQ(s.in.lost(), 1U);
  const auto report = s.in.report();
  EXPECT_EQ(report.highest, 0x10002U);
  EXPECT_EQ(report.cumulative_lost, 0) << "6 expected, 6 came";
  EXPECT_EQ(s.in.run(), 1U);
}

TEST(StreamIn, FractionIsOfTheInterval) {
  In s;
  for (const uint16_t n : {10, 11, 13, 15}) s.take(n);
  EXPECT_EQ(s.in.report().fraction_lost, 2 * 256 / 6);
  s.take(16);
  const auto report = s.in.report();
  EXPECT_EQ(report.fraction_lost, 0);
  EXPECT_EQ(report.cumulative_lost, 2);
}

TEST(StreamIn, AJumpIsBelievedWhenItGoesOn) {
  In s;
  s.take(100);
  EXPECT_FALSE(s.take(20000));
  EXPECT_FALSE(s.take(40000)) << "another stray";
  EXPECT_TRUE(s.take(101));
  EXPECT_FALSE(s.take(30000));
  EXPECT_TRUE(s.take(30001));
  EXPECT_EQ(s.in.run(), 2U);
  EXPECT_TRUE(s.take(5, 77)) << "another SSRC begins at once";
  EXPECT_EQ(s.in.run(), 3U);
  EXPECT_EQ(s.in.lost(), 0U);
}

TEST(StreamIn, JitterIsThatOfTheRfc) {
  In s;
  for (uint16_t n = 0; n < 200; ++n) s.take(n);
  EXPECT_EQ(s.in.jitter_us(), 0U);
  for (uint16_t n = 200; n < 600; ++n) s.in.take(1, n, 160U * n, 8, s.now_us + 20'000U * (n - 199U) + (n % 2 == 0 ? 0 : 5'000));
  EXPECT_NEAR(s.in.jitter_us(), 5'000, 300);
}

struct Out {
  Out() { out.begin(0xabcd, 4711); }
  struct Stamp {
    uint16_t sequence;
    uint32_t timestamp;
    bool marker;
  };
  Stamp stamp(uint16_t sequence, uint32_t timestamp) {
    uint8_t packet[12] = {0x80};
    write_16(packet + 2, sequence);
    write_32(packet + 4, timestamp);
    out.stamp(packet, 8, now);
    EXPECT_EQ(ssrc_of(packet), 0xabcdU);
    return {sequence_of(packet), timestamp_of(packet), marker(packet)};
  }
  StreamOut out;
  Instant now{std::chrono::hours(1)};
};

TEST(StreamOut, ASeamGoesOnAfterTheTimeThatHasPassed) {
  Out s;
  s.out.change_source(1, 1, 500, 160000, 8, 8, s.now);
  const auto first = s.stamp(500, 160000);
  EXPECT_TRUE(first.marker);
  s.now += milliseconds(20);
  const auto second = s.stamp(501, 160160);
  EXPECT_FALSE(second.marker);
  EXPECT_EQ(second.timestamp - first.timestamp, 160U);

  s.now += milliseconds(1000);
  s.out.change_source(2, 1, 65535, 7, 8, 8, s.now);
  const auto other = s.stamp(65535, 7);
  EXPECT_TRUE(other.marker);
  EXPECT_EQ(other.sequence, static_cast<uint16_t>(second.sequence + 1));
  EXPECT_EQ(other.timestamp - second.timestamp, 8000U);
  s.now += milliseconds(20);
  const auto wrapped = s.stamp(0, 167);
  EXPECT_EQ(wrapped.sequence, static_cast<uint16_t>(other.sequence + 1));

  s.now += milliseconds(3);
  s.out.change_to_own(3, 8, s.now);
  uint8_t own[12];
  s.out.next(own, 0, 160, s.now);
  EXPECT_EQ(timestamp_of(own) - wrapped.timestamp, 160U) << "never over what was sent";
  EXPECT_EQ(sequence_of(own), static_cast<uint16_t>(wrapped.sequence + 1));
}

TEST(StreamOut, OrderWithinASourceStays) {
  Out s;
  s.out.change_source(1, 1, 10, 0, 8, 8, s.now);
  const auto a = s.stamp(10, 0), c = s.stamp(12, 320), b = s.stamp(11, 160), again = s.stamp(12, 320);
  EXPECT_EQ(c.sequence - a.sequence, 2);
  EXPECT_EQ(b.sequence - a.sequence, 1);
  EXPECT_EQ(again.sequence, c.sequence);
  s.out.change_source(2, 1, 10, 0, 8, 8, s.now);
  EXPECT_EQ(s.stamp(10, 0).sequence - a.sequence, 3) << "behind the highest that was sent";
}

TEST(StreamOut, ClocksOfTwoRates) {
  Out s;
  s.out.change_source(1, 1, 0, 1000, 16, 8, s.now);
  const uint32_t begin = s.stamp(0, 1000).timestamp;
  EXPECT_EQ(s.stamp(1, 1320).timestamp - begin, 160U);
  uint32_t in = 1000, before = begin;
  for (int hour = 0; hour < 200; ++hour) {  // far beyond what 32 bits hold
    in += 16 * 3600 * 1000;
    const uint32_t now = s.stamp(static_cast<uint16_t>(2 + hour), in).timestamp;
    EXPECT_EQ(now - before, 8U * 3600 * 1000);
    before = now;
  }
}

}  // namespace
}  // namespace tandem::test
