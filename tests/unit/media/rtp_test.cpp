#include "media/rtp.h"

#include <gtest/gtest.h>

#include <vector>

namespace tandem {
namespace {

using Bytes = std::vector<uint8_t>;

Bytes packet(size_t size, uint8_t first = 0x80) {
  Bytes p(size, 0);
  p[0] = first;
  return p;
}

TEST(Rtp, PlainPacket) {
  EXPECT_EQ(rtp_payload(packet(172))->size(), 160U);
  EXPECT_EQ(rtp_payload(packet(12))->size(), 0U);  // a keep-alive
}

TEST(Rtp, RefusesShortPacketsAndOtherVersions) {
  EXPECT_FALSE(rtp_payload({}));
  EXPECT_FALSE(rtp_payload(packet(11)));
  for (const int first : {0x00, 0x40, 0xc0}) EXPECT_FALSE(rtp_payload(packet(172, static_cast<uint8_t>(first)))) << first;
}

TEST(Rtp, SourceListMustFit) {
  EXPECT_EQ(rtp_payload(packet(12 + 60, 0x8f))->size(), 0U);
  EXPECT_FALSE(rtp_payload(packet(12 + 59, 0x8f)));
}

TEST(Rtp, ExtensionMustFit) {
  EXPECT_FALSE(rtp_payload(packet(15, 0x90)));
  Bytes p = packet(12 + 4 + 8 + 3, 0x90);
  p[15] = 2;
  EXPECT_EQ(rtp_payload(p)->size(), 3U);
  p[15] = 3;
  EXPECT_FALSE(rtp_payload(p));
  p[14] = 0xff;
  p[15] = 0xff;
  EXPECT_FALSE(rtp_payload(p));
}

TEST(Rtp, PaddingMustFit) {
  Bytes p = packet(12 + 8, 0xa0);
  EXPECT_FALSE(rtp_payload(p));  // claims padding, but none of it
  p.back() = 8;
  EXPECT_EQ(rtp_payload(p)->size(), 0U);
  p.back() = 3;
  EXPECT_EQ(rtp_payload(p)->size(), 5U);
  p.back() = 9;
  EXPECT_FALSE(rtp_payload(p));
}

TEST(Rtp, RenumberingKeepsTheMarker) {
  Bytes p = packet(12);
  p[1] = 0x80 | 101;
  set_payload_type(p.data(), 96);
  EXPECT_EQ(p[1], 0x80 | 96);
  EXPECT_EQ(payload_type(p.data()), 96);
}

Bytes report(uint8_t type, uint8_t words, uint8_t first = 0x80) {
  Bytes p(4U * (words + 1U), 0);
  p[0] = first;
  p[1] = type;
  p[3] = words;
  return p;
}
Bytes operator+(Bytes a, const Bytes& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}

TEST(Rtcp, CompoundPackets) {
  EXPECT_TRUE(is_rtcp(report(201, 1)));
  EXPECT_TRUE(is_rtcp(report(200, 6) + report(202, 3, 0x81) + report(203, 1, 0x81)));
}

TEST(Rtcp, BeginsWithAReport) {
  EXPECT_FALSE(is_rtcp(report(202, 3)));
  EXPECT_FALSE(is_rtcp(report(203, 1) + report(201, 1)));
  EXPECT_FALSE(is_rtcp(report(201, 1, 0x00)));
}

TEST(Rtcp, LengthsAreExact) {
  EXPECT_FALSE(is_rtcp({}));
  EXPECT_FALSE(is_rtcp(report(201, 0)));
  EXPECT_FALSE(is_rtcp(report(201, 1) + Bytes{0x80}));
  EXPECT_FALSE(is_rtcp(report(201, 1) + Bytes{0x81, 202, 0, 1}));
  EXPECT_FALSE(is_rtcp(report(201, 1) + Bytes{0x81, 202, 0xff, 0xff}));
  EXPECT_FALSE(is_rtcp(report(201, 1) + report(202, 1, 0x41)));
}

TEST(Rtcp, PaddingOnTheLastOnly) {
  Bytes last = report(202, 2, 0xa1);
  EXPECT_FALSE(is_rtcp(report(201, 1) + last));
  last.back() = 4;
  EXPECT_TRUE(is_rtcp(report(201, 1) + last));
  last.back() = 9;
  EXPECT_FALSE(is_rtcp(report(201, 1) + last));
  last.back() = 4;
  EXPECT_FALSE(is_rtcp(report(201, 1) + last + report(203, 1)));
  EXPECT_FALSE(is_rtcp(report(201, 1, 0xa0)));
}

}  // namespace
}  // namespace tandem
