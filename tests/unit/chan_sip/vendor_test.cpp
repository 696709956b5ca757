#include "vendors/vendor.h"

#include <gtest/gtest.h>

#include "parsed.h"

namespace tandem::test {
namespace {

TEST(Vendors, UnknownNamesAreGeneric) {
  EXPECT_EQ(vendor_named("cisco").name(), "cisco");
  EXPECT_EQ(vendor_named("yealink").name(), "generic");
  EXPECT_EQ(vendor_named("").name(), "generic");
}

TEST(Vendors, ModelsFromUserAgents) {
  EXPECT_EQ(cisco_vendor().model("Cisco-CP8841/12.8.1"), "CP-8841");
  EXPECT_EQ(cisco_vendor().model("Cisco-CP-8861-3PCC/11.3"), "CP-8861-3PCC");
  EXPECT_EQ(cisco_vendor().model("Linphone/4"), "");
  EXPECT_EQ(generic_vendor().model("Yealink SIP-T46S 66.84.0.15"), "Yealink SIP-T46S");
  EXPECT_EQ(generic_vendor().model("Linphone/4.2"), "Linphone");
  EXPECT_EQ(generic_vendor().model(""), "");
  EXPECT_LE(generic_vendor().model(std::string(5000, 'a')).size(), 64u);
}

TEST(Vendors, WhatACiscoPhoneTellsWithRegister) {
  const Parsed request("REGISTER sip:b SIP/2.0",
                       "User-Agent: Cisco-CP8841/12.8.1\r\n"
                       "Contact: <sip:uuid@192.0.2.7:50000;transport=tcp>;+sip.instance=\"<urn:uuid:0>\";"
                       "+u.sip!devicename.ccm.cisco.com=\"SEP001122330001\";+u.sip!model.ccm.cisco.com=\"683\"\r\n"
                       "Reason: SIP;cause=200;text=\"cisco-alarm:25 Name=SEP001122330001 ActiveLoad=sip88xx.12-8-1-0001.loads "
                       "InactiveLoad=sip88xx.11-0-1.loads Last=initialized\"\r\n",
                       "REGISTER");
  EXPECT_EQ(cisco_vendor().firmware(request.sip()), "sip88xx.12-8-1-0001");
  EXPECT_EQ(cisco_vendor().device_name(request.sip()->sip_contact), "SEP001122330001");
  EXPECT_EQ(generic_vendor().device_name(request.sip()->sip_contact), "");
  const Parsed old("REGISTER sip:b SIP/2.0", "Reason: SIP;cause=200;text=\"cisco-alarm:20 Name=SEP1 Load=SIP41.8-5-2S\"\r\n", "REGISTER");
  EXPECT_EQ(cisco_vendor().firmware(old.sip()), "SIP41.8-5-2S");
}

}  // namespace
}  // namespace tandem::test
