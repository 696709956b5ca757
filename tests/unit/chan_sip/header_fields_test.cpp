#include "header_fields.h"

#include <gtest/gtest.h>

#include "parsed.h"

namespace tandem::test {
namespace {

TEST(HeaderFields, AreWrittenAsTheyAre) {
  EXPECT_EQ(*header_lines({}), "");
  EXPECT_EQ(*header_lines({{"Alert-Info", "<urn:x>"}, {"X-Queue", "sales"}}), "Alert-Info: <urn:x>\r\nX-Queue: sales\r\n");
}

TEST(HeaderFields, WhatTheStackOwnsIsRefused) {
  for (const char* name : {"Via", "FROM", "to", "t", "Call-ID", "i", "CSeq", "Contact", "Route", "Record-Route", "Max-Forwards",
                           "Content-Length", "content-type", "l", "Authorization", "P-Asserted-Identity"})
    EXPECT_EQ(header_lines({{name, "x"}}).error().code, ErrorCode::invalid) << name;
  for (const char* name : {"", "X Y", "X:", "X\r\nY", "\xc3\xa4"}) EXPECT_FALSE(header_lines({{name, "x"}})) << name;
  for (const std::string& value : {std::string("a\r\nVia: x"), std::string("a\nb"), std::string("a\0b", 3), std::string("\x7f")})
    EXPECT_FALSE(header_lines({{"X-Y", value}})) << value;
  EXPECT_EQ(header_lines({{"X-Y", std::string(2000, 'a')}}).error().code, ErrorCode::exhausted);
  EXPECT_EQ(header_lines(std::vector<HeaderField>(100, {"X-Y", "a"})).error().code, ErrorCode::exhausted);
}

TEST(HeaderFields, AreReadByLongAndShortName) {
  const Parsed invite("INVITE sip:1@b SIP/2.0",
                      "X-One: a\r\nX-One: b\r\nSubject: lunch\r\nAlert-Info: <urn:x>\r\nAuthorization: Digest username=\"u\"\r\n");
  EXPECT_EQ(header_value(invite.msg(), "x-one"), "a, b");
  EXPECT_EQ(header_value(invite.msg(), "Subject"), "lunch");
  EXPECT_EQ(header_value(invite.msg(), "s"), "lunch");
  EXPECT_EQ(header_value(invite.msg(), "Call-ID"), "a");
  EXPECT_EQ(header_value(invite.msg(), "Alert-Info"), "<urn:x>");
  EXPECT_FALSE(header_value(invite.msg(), "Authorization")) << "never told";
  EXPECT_FALSE(header_value(invite.msg(), "X-Two"));
  EXPECT_FALSE(header_value(invite.msg(), ""));
  EXPECT_FALSE(header_value(nullptr, "Subject"));
}

}  // namespace
}  // namespace tandem::test
