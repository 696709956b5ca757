#include "dtmf_info.h"

#include <gtest/gtest.h>

namespace tandem::test {
namespace {

char digit(std::string_view type, std::string_view body) {
  const auto parsed = parse_info_digit(type, body);
  return parsed ? *parsed : '?';
}

TEST(DtmfInfo, BothTypesInTheirSpellings) {
  EXPECT_EQ(digit("application/dtmf-relay", "Signal=5\r\nDuration=160\r\n"), '5');
  EXPECT_EQ(digit("Application/DTMF-Relay", "Duration = 100\nsignal =  * \n"), '*');
  EXPECT_EQ(digit("application/dtmf-relay", "Signal=11\r\n"), '#');
  EXPECT_EQ(digit("application/dtmf-relay", "Signal=d"), 'D');
  EXPECT_EQ(digit("application/dtmf", "7"), '7');
  EXPECT_EQ(digit("application/dtmf", " 10 \r\n"), '*');
}

TEST(DtmfInfo, WhatIsNoDigitIsAnError) {
  for (const char* body : {"", "Signal", "Signal=", "Signal=55", "Signal=16", "Signal=!", "Signals=5", "=5", "\r\n\r\n"})
    EXPECT_EQ(parse_info_digit("application/dtmf-relay", body).error().code, ErrorCode::invalid) << body;
  EXPECT_EQ(parse_info_digit("application/dtmf-relay", "Signal=5\r\n" + std::string(1000, 'x')).error().code, ErrorCode::invalid);
  EXPECT_EQ(parse_info_digit("application/dtmf", std::string(1, '\0')).error().code, ErrorCode::invalid);
  EXPECT_EQ(parse_info_digit("text/plain", "5").error().code, ErrorCode::unsupported);
  EXPECT_EQ(parse_info_digit("", "5").error().code, ErrorCode::unsupported);
}

TEST(DtmfInfo, WhatWeSendWeUnderstand) {
  EXPECT_EQ(info_body('5', std::chrono::milliseconds(120)), "Signal=5\r\nDuration=120\r\n");
  EXPECT_EQ(digit(kDtmfRelayType, info_body('#', std::chrono::milliseconds(1))), '#');
}

}  // namespace
}  // namespace tandem::test
