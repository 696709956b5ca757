// The published grammar of the Extension Mobility API, document by document.
#include "doors/em_document.h"

#include <gmock/gmock.h>

namespace tandem::test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using Kind = EmRequest::Kind;

const std::string kApp = "<appInfo><appID>hotel-kiosk</appID><appCertificate>kiosk-demo</appCertificate></appInfo>";
std::string request(const std::string& inside) { return "<request>" + kApp + inside + "</request>"; }
std::string query(const std::string& inside) { return "<query>" + kApp + inside + "</query>"; }
int code_of(const std::string& document) { return static_cast<int>(parse_em_request(document).code); }

TEST(EmDocument, ALoginWithAllThatItMayHold) {
  const auto parsed = parse_em_request(
      request("\n <login>\n <deviceName> SEP001122330001 </deviceName><userID>john.doe</userID><deviceProfile>john-8841</deviceProfile>"
              "<exclusiveDuration><time>60</time></exclusiveDuration><remoteIPAddr>192.0.2.7</remoteIPAddr><isViaHeaderSet>true</"
              "isViaHeaderSet></login>\n"));
  ASSERT_EQ(parsed.code, MobilityCode::done) << parsed.why;
  EXPECT_EQ(parsed.request.kind, Kind::login);
  EXPECT_EQ(parsed.request.application, "hotel-kiosk");
  EXPECT_EQ(parsed.request.password, "kiosk-demo");
  EXPECT_THAT(parsed.request.devices, ElementsAre("SEP001122330001"));
  EXPECT_THAT(parsed.request.users, ElementsAre("john.doe"));
  EXPECT_EQ(parsed.request.profile, "john-8841");
  EXPECT_EQ(parsed.request.duration, std::chrono::minutes(60));
  EXPECT_EQ(parsed.request.remote_address, "192.0.2.7");
  EXPECT_TRUE(parsed.request.via_header);
}

TEST(EmDocument, IndefiniteAndAbsentDurationsDiffer) {
  const std::string names = "<deviceName>D</deviceName><userID>u</userID>";
  EXPECT_EQ(parse_em_request(request("<login>" + names + "</login>")).request.duration, std::nullopt);
  EXPECT_EQ(parse_em_request(request("<login>" + names + "<exclusiveDuration><indefinite/></exclusiveDuration></login>")).request.duration,
            std::chrono::minutes(0));
}

TEST(EmDocument, TheOtherRequestsAndTheQueries) {
  EXPECT_EQ(parse_em_request(request("<logout><deviceName>D</deviceName></logout>")).request.kind, Kind::logout);
  EXPECT_EQ(parse_em_request(request("<logoutAll> </logoutAll>")).request.kind, Kind::logout_all);
  const auto users = parse_em_request(query("<deviceUserQuery><deviceName>A</deviceName><deviceName>B</deviceName></deviceUserQuery>"));
  EXPECT_EQ(users.request.kind, Kind::device_users);
  EXPECT_THAT(users.request.devices, ElementsAre("A", "B"));
  EXPECT_EQ(parse_em_request(query("<userDevicesQuery><userID>u</userID></userDevicesQuery>")).request.kind, Kind::user_devices);
  EXPECT_EQ(parse_em_request(query("<userDeviceProfileQuery><userID>u</userID></userDeviceProfileQuery>")).request.kind,
            Kind::user_profiles);
  EXPECT_EQ(parse_em_request(query("<deviceProfileQuery><userID>u</userID></deviceProfileQuery>")).request.kind, Kind::user_profiles);
  EXPECT_EQ(parse_em_request(query("<checkUser><userID>u</userID></checkUser>")).request.kind, Kind::check_users);
}

TEST(EmDocument, WhatFitsNoDefinitionIsAParsingError) {
  const std::string login = "<login><deviceName>D</deviceName><userID>u</userID></login>";
  EXPECT_EQ(code_of(request(login)), -1);
  for (const std::string& bad :
       {std::string(), std::string("login"), std::string("<request>"), "<other>" + kApp + login + "</other>",
        "<request>" + login + "</request>", request(""), request("<login><userID>u</userID><deviceName>D</deviceName></login>"),
        request(login + login), request("<login><deviceName>D</deviceName></login>"),
        request("<login><deviceName>D</deviceName><userID><b/></userID></login>"),
        request("<login><deviceName>D</deviceName><userID>u</userID><more/></login>"), request("<dance/>"),
        request("<login><deviceName>D</deviceName><userID>u</userID><exclusiveDuration><time>-1</time></exclusiveDuration></login>"),
        request("<login><deviceName>D</deviceName><userID>u</userID><exclusiveDuration><time>10081</time></exclusiveDuration></login>"),
        request("<login><deviceName>" + std::string(129, 'D') + "</deviceName><userID>u</userID></login>"),
        request(login) + request(login)}) {
    EXPECT_EQ(code_of(bad), 1) << bad;
  }
}

TEST(EmDocument, AnUnknownQueryHasACodeOfItsOwn) { EXPECT_EQ(code_of(query("<phonebookQuery/>")), 8); }

TEST(EmDocument, NoCredentialsNoAnswer) {
  const std::string logout = "<logout><deviceName>D</deviceName></logout>";
  EXPECT_EQ(code_of("<request><appInfo><appID></appID><appCertificate>x</appCertificate></appInfo>" + logout + "</request>"), 2);
  EXPECT_EQ(code_of("<request><appInfo><appID>a</appID><appCertificate/></appInfo>" + logout + "</request>"), 2);
  EXPECT_EQ(
      code_of("<request><appInfo><appID>a</appID><appEncryptedCertificate>x</appEncryptedCertificate></appInfo>" + logout + "</request>"),
      2);
}

TEST(EmDocument, NothingOutsideTheDocumentIsRead) {
  const std::string login = "<login><deviceName>D</deviceName><userID>&x;</userID></login>";
  EXPECT_EQ(code_of("<!DOCTYPE request [<!ENTITY x SYSTEM \"file:///etc/passwd\">]>" + request(login)), 1);
  EXPECT_EQ(code_of("<!DOCTYPE request SYSTEM \"http://192.0.2.1/em.dtd\">" + request(login)), 1);
  // Without a document type an entity is just its name.
  EXPECT_THAT(parse_em_request(request(login)).request.users, ElementsAre("&x;"));
}

TEST(EmDocument, NamesAreBounded) {
  std::string many;
  for (size_t i = 0; i < kEmNames; ++i) many += "<userID>u</userID>";
  EXPECT_EQ(code_of(query("<userDevicesQuery>" + many + "</userDevicesQuery>")), -1);
  EXPECT_EQ(code_of(query("<userDevicesQuery>" + many + "<userID>u</userID></userDevicesQuery>")), 1);
}

TEST(EmDocument, Answers) {
  const std::string head = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n";
  EXPECT_EQ(em_success(), head + "<response><success/></response>\n");
  EXPECT_EQ(em_failure(MobilityCode::device_taken, "Another user logged in"),
            head + "<response><failure><error code=\"18\">Another user logged in</error></failure></response>\n");
  EXPECT_EQ(
      em_device_users({{.device = "A", .user = "em@example.com", .last_user = "em"}, {.device = "B"}, {.device = "C", .exists = false}}),
      head +
          "<response><deviceUserResults><device name=\"A\"><userID>em%40example.com</userID><lastlogin>em</lastlogin></device>"
          "<device name=\"B\"><none/><none/></device><device name=\"C\"><doesNotExist/></device></deviceUserResults></response>\n");
  EXPECT_EQ(em_user_devices({{.user = "u", .devices = {"A", "B"}}, {.user = "v"}, {.user = "w", .exists = false}}),
            head +
                "<response><userDevicesResults><user id=\"u\"><deviceName>A</deviceName><deviceName>B</deviceName></user>"
                "<user id=\"v\"><none/></user><user id=\"w\"><doesNotExist/></user></userDevicesResults></response>\n");
  EXPECT_THAT(em_user_profiles({{.user = "u", .profiles = {{.name = "p<1>", .is_default = true}}}}),
              HasSubstr("<deviceProfileName>p&lt;1&gt;</deviceProfileName><isDefaultDeviceProfile>t</isDefaultDeviceProfile>"));
}

}  // namespace
}  // namespace tandem::test
