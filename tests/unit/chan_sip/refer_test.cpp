#include "refer.h"

#include <gtest/gtest.h>

#include "parsed.h"

namespace tandem::test {
namespace {

ReferRequest refer(const std::string& headers) { return read_refer(Parsed("REFER sip:a@b SIP/2.0", headers, "REFER").sip()); }

TEST(Refer, IsJudged) {
  struct Row {
    const char* headers;
    int status;
    const char* number;
  };
  for (const Row& row :
       {Row{"Refer-To: <sip:19001@office>\r\n", 202, "19001"}, Row{"r: sip:19001@office\r\n", 202, "19001"},
        Row{"Refer-To: <tel:+1-408-555-1001>\r\n", 202, "+14085551001"},
        Row{"Refer-To: <sip:19001@office;method=INVITE>\r\n", 202, "19001"}, Row{"Refer-To: <sip:19001@office;method=BYE>\r\n", 603, ""},
        Row{"", 400, ""}, Row{"Refer-To: <http://office/>\r\n", 416, ""}, Row{"Refer-To: <sip:office>\r\n", 400, ""},
        Row{"Refer-To: <sip:19001@office?Replaces=broken>\r\n", 400, ""}}) {
    const auto request = refer(row.headers);
    EXPECT_EQ(request.status, row.status) << row.headers;
    if (row.status == 202) {
      EXPECT_EQ(request.number, row.number) << row.headers;
    }
  }
  EXPECT_TRUE(refer("Refer-To: <sip:1@o>\r\nRefer-Sub: false\r\n").silent);
  EXPECT_FALSE(refer("Refer-To: <sip:1@o>\r\n").silent);
  const auto attended = refer("Refer-To: <sip:1@o?Replaces=a%40b%3Bto-tag%3Dours%3Bfrom-tag%3Dtheirs>\r\n");
  ASSERT_TRUE(attended.replaces);
  EXPECT_EQ(attended.replaces->call_id, "a@b");
}

TEST(Refer, ReplacesAmongTheHeadersOfAUri) {
  const auto name = replaces_of("Subject=x&replaces=a%40b%3bfrom-tag%3Dtheirs%3Bearly-only%3Bto-tag%3Dours&Y=z");
  ASSERT_TRUE(name);
  EXPECT_EQ(name->local_tag, "ours");
  EXPECT_EQ(name->remote_tag, "theirs");
  for (const std::string broken :
       {"", "Replaces", "Replaces=", "Replaces=a", "Replaces=a%3Bto-tag%3D1", "Replaces=a%3Bto-tag%3D%3Bfrom-tag%3D2",
        "Replaces=%00%3Bto-tag%3D1%3Bfrom-tag%3D2", "Replaces=%zz", "Replaces=%3Bto-tag%3D1%3Bfrom-tag%3D2"}) {
    EXPECT_FALSE(replaces_of(broken)) << broken;
  }
  EXPECT_FALSE(replaces_of("Replaces=" + std::string(300, 'x') + "%3Bto-tag%3D1%3Bfrom-tag%3D2"));
  EXPECT_FALSE(replaces_of("Replaces=a%3Bto-tag%3D1%3Bfrom-tag%3D2&" + std::string(3000, 'x')));
}

TEST(Refer, Sipfrag) { EXPECT_EQ(sipfrag(180, "Ringing"), "SIP/2.0 180 Ringing\r\n"); }

}  // namespace
}  // namespace tandem::test
