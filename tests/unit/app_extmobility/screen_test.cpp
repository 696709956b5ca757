// Pages for phones: what each family reads, and that nothing in a name breaks out of its place.
#include "doors/screen.h"

#include <gmock/gmock.h>

#include <pugixml.hpp>

#include "doors/phone_pages.h"

namespace tandem::test {
namespace {

using testing::HasSubstr;
using testing::Not;

PhonePages pages(const std::string& device = "SEP001122330001", const std::string& type = {}) {
  return PhonePages({.login_url = "http://pbx:8080/emapp/EMAppServlet",
                     .pin_url = "http://pbx:8080/changecredential/ChangeCredentialServlet",
                     .device = device,
                     .login_type = type});
}

TEST(Screen, ACiscoPhoneAsksForIdAndPin) {
  const auto page = render(pages().login_form("john.doe"), Markup::cisco, {.model = "CP-8841"});
  EXPECT_EQ(page.type, "text/xml; charset=utf-8");
  pugi::xml_document document;
  ASSERT_TRUE(document.load_string(page.body.c_str())) << page.body;
  const auto root = document.child("CiscoIPPhoneInput");
  EXPECT_STREQ(root.child_value("URL"), "http://pbx:8080/emapp/EMAppServlet?device=SEP001122330001");
  const auto user = root.child("InputItem"), pin = user.next_sibling("InputItem");
  EXPECT_STREQ(user.child_value("QueryStringParam"), "userid");
  EXPECT_STREQ(user.child_value("InputFlags"), "L");
  EXPECT_STREQ(user.child_value("DefaultValue"), "john.doe");
  EXPECT_STREQ(pin.child_value("QueryStringParam"), "seq");
  EXPECT_STREQ(pin.child_value("InputFlags"), "NP");
}

TEST(Screen, ExitStandsWhereThePhoneHasIt) {
  const auto position = [](const std::string& model, const char* name) {
    pugi::xml_document document;
    document.load_string(render(pages().login_form(""), Markup::cisco, {.model = model}).body.c_str());
    for (const auto& key : document.document_element().children("SoftKeyItem")) {
      if (std::string(key.child_value("Name")) == name) return std::string(key.child_value("Position"));
    }
    return std::string("none");
  };
  EXPECT_EQ(position("CP-7961G", "Exit"), "3");
  EXPECT_EQ(position("CP-7961G", "Submit"), "1");
  EXPECT_EQ(position("CP-8841", "Exit"), "1");
  EXPECT_EQ(position("CP-8841", "Submit"), "2");
  EXPECT_EQ(position("", "<<"), "3");
}

TEST(Screen, ExtensionsAreTypedInDigits) {
  EXPECT_THAT(render(pages("D", "DN").login_form(""), Markup::cisco).body, HasSubstr("<DisplayName>Extension</DisplayName>"));
  EXPECT_THAT(render(pages("D", "DN").login_form(""), Markup::cisco).body, HasSubstr("loginType=DN"));
  EXPECT_THAT(render(pages("D", "DN").login_form(""), Markup::cisco).body, HasSubstr("<InputFlags>N</InputFlags>"));
}

TEST(Screen, YealinkAndSnomHaveTheirOwn) {
  const auto yealink = render(pages().login_form(""), Markup::yealink).body;
  EXPECT_THAT(yealink, HasSubstr("<YealinkIPPhoneInputScreen"));
  EXPECT_THAT(yealink, HasSubstr("<InputField type=\"number\" password=\"yes\" editable=\"yes\">"));
  EXPECT_THAT(yealink, HasSubstr("<Parameter>seq</Parameter>"));
  const auto snom = render(pages().login_form(""), Markup::snom).body;
  EXPECT_THAT(snom, HasSubstr("<SnomIPPhoneInput>"));
  EXPECT_THAT(snom, HasSubstr("<InputFlags>pn</InputFlags>"));
  EXPECT_THAT(snom, HasSubstr("<URL>snom://mb_exit</URL>"));
}

TEST(Screen, ABrowserGetsAFormThatKeepsThePinOutOfTheAddress) {
  const auto page = render(pages("lobby-1").login_form(""), Markup::html);
  EXPECT_EQ(page.type, "text/html; charset=utf-8");
  EXPECT_THAT(page.body, HasSubstr("<form method=\"post\""));
  EXPECT_THAT(page.body, HasSubstr("<input type=\"hidden\" name=\"device\" value=\"lobby-1\">"));
  EXPECT_THAT(page.body, HasSubstr("type=\"password\""));
}

TEST(Screen, NamesStayText) {
  const std::string name = "</Title><URL>x</URL>& \"Bobby\" '--\x01\xff";
  for (const auto markup : {Markup::cisco, Markup::yealink, Markup::snom}) {
    for (const auto& screen : {pages(name).occupied(name, std::chrono::minutes(61), true), pages(name).login_form(name),
                               pages(name).logged_in(name, name), pages(name).refused(MobilityCode::device_taken, name, false)}) {
      const auto page = render(screen, markup);
      pugi::xml_document document;
      ASSERT_TRUE(document.load_string(page.body.c_str())) << page.body;
      EXPECT_THAT(page.body, Not(HasSubstr("<URL>x</URL>")));
      EXPECT_THAT(page.body, Not(HasSubstr("\x01")));
      EXPECT_THAT(page.body, Not(HasSubstr("\xff")));
    }
  }
  EXPECT_EQ(xml_text("M\xc3\xbcller"), "M\xc3\xbcller");
  EXPECT_EQ(xml_text("M\xc3\xbcller", 2), "M\xc3\xbc");
  EXPECT_EQ(xml_text("\xc0\xaf\xed\xa0\x80"), "  ");
}

TEST(Screen, LinksCarryWhatTheyMust) {
  EXPECT_EQ(with_query("http://h/p", {{"device", "a b&c"}, {"x", "\xc3\xbc"}}), "http://h/p?device=a%20b%26c&x=%C3%BC");
  const auto page = render(pages().occupied("John Doe", std::chrono::minutes(125), false), Markup::cisco).body;
  EXPECT_THAT(page, HasSubstr("John Doe, for 2 h 5 min"));
  EXPECT_THAT(page, HasSubstr("device=SEP001122330001&amp;ask=logout"));
  EXPECT_THAT(page, Not(HasSubstr("somebody else")));
}

TEST(Screen, AWrongIdAndAWrongPinLookTheSame) {
  EXPECT_EQ(pages().refused(MobilityCode::try_again, "", false).text, "Please try to login again (201)");
}

}  // namespace
}  // namespace tandem::test
