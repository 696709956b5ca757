#include "media/rtcp_capture.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <vector>

namespace tandem {
namespace {

using Bytes = std::vector<uint8_t>;

Bytes words(std::initializer_list<uint32_t> values) {
  Bytes bytes;
  for (const uint32_t v : values) {
    for (int shift = 24; shift >= 0; shift -= 8) bytes.push_back(static_cast<uint8_t>(v >> shift));
  }
  return bytes;
}

const Bytes kSender = words({0x81c8000c, 0x11111111, 100, 200, 300, 400, 500, 0x22222222, 0x40000007, 70000, 13, 77, 88});
const Bytes kDescription = words({0x81ca0001, 0x11111111});

TEST(RtcpCapture, ASenderReportAsHomerReadsIt) {
  Bytes compound = kSender;
  compound.insert(compound.end(), kDescription.begin(), kDescription.end());
  const auto json = nlohmann::json::parse(rtcp_json(compound));
  EXPECT_EQ(json["type"], 200);
  EXPECT_EQ(json["ssrc"], 0x11111111U);
  EXPECT_EQ(json["sender_information"]["ntp_timestamp_sec"], 100);
  EXPECT_EQ(json["sender_information"]["packets"], 400);
  EXPECT_EQ(json["report_count"], 1);
  const auto& block = json["report_blocks"][0];
  EXPECT_EQ(block["source_ssrc"], 0x22222222U);
  EXPECT_EQ(block["fraction_lost"], 0x40);
  EXPECT_EQ(block["packets_lost"], 7);
  EXPECT_EQ(block["highest_seq_no"], 70000);
  EXPECT_EQ(block["ia_jitter"], 13);
  EXPECT_EQ(block["dlsr"], 88);
}

TEST(RtcpCapture, AReceiverReportAfterSomethingElse) {
  Bytes compound = kDescription;
  const auto report = words({0x81c90007, 1, 2, 0x00ffffff, 3, 4, 5, 6});
  compound.insert(compound.end(), report.begin(), report.end());
  const auto json = nlohmann::json::parse(rtcp_json(compound));
  EXPECT_EQ(json["type"], 201);
  EXPECT_FALSE(json.contains("sender_information"));
  EXPECT_EQ(json["report_blocks"][0]["packets_lost"], -1);
}

TEST(RtcpCapture, WhatIsBrokenIsNothing) {
  EXPECT_EQ(rtcp_json({}), "");
  EXPECT_EQ(rtcp_json(kDescription), "");
  for (size_t size = 0; size < kSender.size(); ++size) EXPECT_EQ(rtcp_json({kSender.data(), size}), "") << size;
  Bytes liar = kSender;
  liar[0] = 0x9f;  // 31 blocks
  EXPECT_EQ(rtcp_json(liar), "");
  Bytes old = kSender;
  old[0] = 0x41;
  EXPECT_EQ(rtcp_json(old), "");
}

}  // namespace
}  // namespace tandem
