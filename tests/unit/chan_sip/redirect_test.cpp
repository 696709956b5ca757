#include "redirect.h"

#include <gtest/gtest.h>

#include "parsed.h"

namespace tandem::test {
namespace {

std::string wanted(const std::string& extra) {
  const Parsed response("SIP/2.0 302 Moved Temporarily", extra);
  const auto to = redirection_of(response.sip());
  if (!to) return "nothing";
  std::string text = to->reason + ":";
  for (const auto& number : to->numbers) text += " " + number;
  return text;
}

TEST(Redirect, NumbersBestFirst) {
  EXPECT_EQ(wanted("Contact: <sip:11003@h>\r\n"), "unconditional: 11003");
  EXPECT_EQ(wanted("Contact: <sip:1@h>;q=0.1, <sip:+1-408-555@h;user=phone>;q=0.9, <tel:2>\r\n"), "unconditional: 2 +1408555 1");
  EXPECT_EQ(wanted("Contact: <sip:1@h>, <sip:1@other>\r\n"), "unconditional: 1");
  EXPECT_EQ(wanted("Contact: <sip:1@h>\r\nDiversion: <sip:2@h>;reason=user-busy;counter=1\r\n"), "user-busy: 1");
}

TEST(Redirect, NamesAndNonsenseAreLeftOut) {
  for (const char* contact : {"", "Contact: *\r\n", "Contact: <sip:evil.example>\r\n", "Contact: <sip:bob@evil.example>\r\n",
                              "Contact: <mailto:1@h>\r\n", "Contact: <sip:1%0d%0aX@h>\r\n"})
    EXPECT_EQ(wanted(contact), "nothing") << contact;
  std::string many;
  for (int i = 0; i < 100; ++i) many += "Contact: <sip:" + std::to_string(i) + "@h>\r\n";
  EXPECT_EQ(wanted(many), "unconditional: 0 1 2 3 4");
  EXPECT_EQ(wanted("Contact: <sip:1@h>\r\nDiversion: <sip:2@h>;reason=\"a b\r\n"), "unconditional: 1");
}

}  // namespace
}  // namespace tandem::test
