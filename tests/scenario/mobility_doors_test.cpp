// Extension Mobility through its web doors, on the real binary: the phone form walked as a phone walks it, the published API by
// transcripts, the JSON API.
#include <gmock/gmock.h>

#include "office.h"
#include "support/raw_http.h"
#include "support/xml_phone.h"

namespace tandem::test {
namespace {

using nlohmann::json;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

constexpr const char* kHotDesk2 = "SEP0011223300A2";
constexpr const char* kYealink = "yealink-001565112233";
constexpr const char* kJohnsPin = "719204";
// hotel-kiosk:kiosk-demo
constexpr const char* kBasic = "Authorization: Basic aG90ZWwta2lvc2s6a2lvc2stZGVtbw==\r\n";

std::string percent(const std::string& text) {
  std::string out;
  for (const char c : text) {
    char three[4];
    std::snprintf(three, sizeof three, "%%%02X", static_cast<unsigned char>(c));
    out += three;
  }
  return out;
}

class MobilityDoors : public Office {
 protected:
  XmlPhone phone(const std::string& device = kHotDesk, const std::string& model = "CP-8841") {
    return XmlPhone(tandem_->listener("http-phone"), device, model);
  }
  /// Sends a document as clients of the API do; the answer's <response>, without the XML declaration.
  std::string api(const std::string& document, const std::string& method = "POST") {
    RawHttp http(tandem_->listener("http-phone"));
    const std::string form = "xml=" + percent(document);
    const std::string path = "/emservice/EMServiceServlet";
    const auto answer = method == "GET" ? http.ask("GET", path + "?" + form)
                                        : http.ask("POST", path, "Content-Type: application/x-www-form-urlencoded\r\n", form);
    EXPECT_EQ(answer.status, 200);
    EXPECT_TRUE(answer.header("content-type").starts_with("text/xml"));
    const auto at = answer.body.find("<response>");
    return at == std::string::npos ? answer.body : answer.body.substr(at, answer.body.rfind('>') + 1 - at);
  }
  static std::string request(const std::string& inside, const std::string& app = "hotel-kiosk",
                             const std::string& password = "kiosk-demo") {
    return "<request><appInfo><appID>" + app + "</appID><appCertificate>" + password + "</appCertificate></appInfo>" + inside +
           "</request>";
  }
  static std::string query(const std::string& inside) {
    return "<query><appInfo><appID>hotel-kiosk</appID><appCertificate>kiosk-demo</appCertificate></appInfo>" + inside + "</query>";
  }
  static std::string login(const std::string& device, const std::string& user, const std::string& more = {}) {
    return "<login><deviceName>" + device + "</deviceName><userID>" + user + "</userID>" + more + "</login>";
  }
  static std::string failure(int code, const std::string& text) {
    return "<response><failure><error code=\"" + std::to_string(code) + "\">" + text + "</error></failure></response>";
  }
  HttpAnswer rest(const std::string& method, const std::string& path, const std::string& body = {}, const std::string& headers = kBasic) {
    RawHttp http(tandem_->listener("http-api"));
    return http.ask(method, path, headers, body);
  }
};

const std::string kSuccess = "<response><success/></response>";

TEST_F(MobilityDoors, APersonLogsInAndOutAtAPhone) {
  Phone desk(*tandem_, kHotDesk), jane(*tandem_, kJane);
  desk.must_enroll();
  jane.must_enroll();

  auto screen = phone();
  screen.open_service();
  EXPECT_EQ(screen.kind(), "CiscoIPPhoneInput");
  EXPECT_THAT(screen.keys(), ElementsAre("Exit", "Submit", "<<"));
  screen.type("User ID", "john.doe");
  screen.type("PIN", kJohnsPin);
  screen.press("Submit");
  EXPECT_EQ(screen.prompt(), "Login successful") << screen.screen();

  // What is acknowledged is in force: the call shows the person, not the desk.
  auto call = desk.call("11002", desk.offer());
  const auto rung = jane.expect_request("INVITE");
  EXPECT_THAT(rung.header("From"), HasSubstr("11001"));
  auto refused = jane.accept(rung);
  jane.respond(refused, rung, 486, "Busy Here");
  desk.ack(call, desk.expect_final("INVITE"));

  screen.open_service();
  EXPECT_EQ(screen.kind(), "CiscoIPPhoneMenu");
  EXPECT_THAT(screen.prompt(), HasSubstr("John Doe"));
  screen.choose("Log out");
  EXPECT_THAT(screen.text(), HasSubstr("Do you want to log out John Doe"));
  screen.press("Yes");
  EXPECT_EQ(screen.prompt(), "Logout successful");
  screen.open_service();
  EXPECT_EQ(screen.kind(), "CiscoIPPhoneInput");
}

TEST_F(MobilityDoors, WrongIdAndWrongPinAreTheSamePage) {
  auto screen = phone();
  screen.open_service("&userid=john.doe&seq=111222");
  EXPECT_EQ(screen.text(), "Please try to login again (201)");
  const std::string wrong_pin = screen.page();
  screen.open_service("&userid=nobody&seq=111222");
  EXPECT_EQ(screen.page(), wrong_pin);
  screen.press("Back");
  EXPECT_EQ(screen.kind(), "CiscoIPPhoneInput");
}

TEST_F(MobilityDoors, EachMistakeHasItsCode) {
  auto screen = phone();
  const auto shown = [&](const std::string& url) {
    screen.open(url);
    return screen.text();
  };
  const std::string base = "/emapp/EMAppServlet?";
  EXPECT_EQ(shown(base + "userid=john.doe&seq=719204"), "Login is unavailable(207)");
  EXPECT_EQ(shown(base + "device=SEP0011223300FF"), "Login is unavailable(11)");
  EXPECT_EQ(shown(base + "device=SEP001122330001&userid=john.doe&seq=719204"), "Dev. logon disabled(22)");
  EXPECT_EQ(shown(base + "device=SEP0011223300A1&loginType=dn"), "LoginType invalid(215)");
  EXPECT_EQ(shown(base + "device=SEP0011223300A1&userid=john.doe&seq="), "Please try to login again (202)");
  EXPECT_EQ(shown(base + "device=SEP0011223300A1&doLogout=true"), "No user logged in(19)");
  EXPECT_EQ(shown(base + "device=" + std::string(1000, 'A')), "Login is unavailable(207)");
}

TEST_F(MobilityDoors, SamMustChooseAProfile) {
  auto screen = phone();
  screen.open_service("&loginType=DN");
  screen.type("Extension", "11003");
  screen.type("PIN", "530968");
  screen.press("Submit");
  ASSERT_EQ(screen.kind(), "CiscoIPPhoneMenu") << screen.screen();
  EXPECT_EQ(screen.items().size(), 2u);
  EXPECT_THAT(screen.page(), Not(HasSubstr("530968"))) << "the PIN travels once";
  screen.choose("sam-ward");
  EXPECT_EQ(screen.prompt(), "Login successful") << screen.screen();
  const auto sessions = json::parse(rest("GET", "/api/v1/sessions").body)["sessions"];
  ASSERT_EQ(sessions.size(), 1u);
  EXPECT_EQ(sessions[0]["profile"], "sam-ward");
}

TEST_F(MobilityDoors, AYealinkReadsItsOwnMarkup) {
  auto screen = phone(kYealink, "");
  screen.open_service();
  EXPECT_EQ(screen.kind(), "YealinkIPPhoneInputScreen");
  screen.type("User ID", "jane.white");
  screen.type("PIN", "284615");
  screen.press("Submit");
  EXPECT_THAT(screen.text(), HasSubstr("Jane White is logged in")) << screen.screen();
}

TEST_F(MobilityDoors, APinIsChangedAtThePhone) {
  auto screen = phone();
  screen.open("/changecredential/ChangeCredentialServlet?device=#DEVICENAME#");
  screen.type("User ID", "john.doe");
  screen.type("Old PIN", kJohnsPin);
  screen.type("New PIN", "84629375");
  screen.type("New PIN again", "84629375");
  screen.press("Submit");
  EXPECT_EQ(screen.text(), "Your PIN has been changed.") << screen.screen();
  screen.open_service("&userid=john.doe&seq=719204");
  EXPECT_THAT(screen.text(), HasSubstr("201"));
  screen.open_service("&userid=john.doe&seq=84629375");
  EXPECT_EQ(screen.prompt(), "Login successful");
}

TEST_F(MobilityDoors, TheApiLogsInQueriesAndLogsOut) {
  EXPECT_EQ(
      api(query("<deviceUserQuery><deviceName>SEP0011223300A1</deviceName><deviceName>SEPXX</deviceName></deviceUserQuery>")),
      "<response><deviceUserResults><device name=\"SEP0011223300A1\"><none/><none/></device><device name=\"SEPXX\"><doesNotExist/></device>"
      "</deviceUserResults></response>");
  EXPECT_EQ(api(request(login(kHotDesk, "john.doe", "<deviceProfile>john-8841</deviceProfile>"))), kSuccess);
  EXPECT_EQ(
      api(query("<deviceUserQuery><deviceName>SEP0011223300A1</deviceName></deviceUserQuery>")),
      "<response><deviceUserResults><device name=\"SEP0011223300A1\"><userID>john.doe</userID><lastlogin>john.doe</lastlogin></device>"
      "</deviceUserResults></response>");
  EXPECT_EQ(api(query("<userDevicesQuery><userID>john.doe</userID><userID>jane.white</userID></userDevicesQuery>"), "GET"),
            "<response><userDevicesResults><user id=\"john.doe\"><deviceName>SEP0011223300A1</deviceName></user><user "
            "id=\"jane.white\"><none/></user>"
            "</userDevicesResults></response>");
  EXPECT_THAT(api(query("<userDeviceProfileQuery><userID>sam.night</userID></userDeviceProfileQuery>")),
              HasSubstr("<deviceName>sam-office</deviceName><deviceName>sam-ward</deviceName>"));
  EXPECT_EQ(api(request("<logout><deviceName>SEP0011223300A1</deviceName></logout>")), kSuccess);
  EXPECT_EQ(api(request("<logout><deviceName>SEP0011223300A1</deviceName></logout>")), failure(19, "No user logged in"));
  EXPECT_EQ(api(request(login(kHotDesk, "john.doe"))), kSuccess);
  EXPECT_EQ(api(request("<logoutAll/>")), kSuccess);
  EXPECT_EQ(json::parse(rest("GET", "/api/v1/sessions").body)["total"], 0);
}

TEST_F(MobilityDoors, TheApiSaysWhyNot) {
  EXPECT_EQ(api("<request>"), failure(1, "Error on parsing"));
  EXPECT_EQ(api(query("<other/>")), failure(8, "Query type undetermined"));
  EXPECT_EQ(api(request(login(kHotDesk, "john.doe"), "hotel-kiosk", "wrong")), failure(3, "Invalid App User"));
  EXPECT_EQ(api(request(login(kHotDesk, "john.doe"), "nobody", "wrong")), failure(3, "Invalid App User"));
  EXPECT_EQ(api(request(login(kHotDesk, "jane.white"), "john.doe", kJohnsPin)), failure(10, "User lacks app proxy rights"));
  EXPECT_EQ(api(request(login("SEPXX", "john.doe"))), failure(11, "Device does not exist"));
  EXPECT_EQ(api(request(login(kHotDesk, "john.doe", "<deviceProfile>none</deviceProfile>"))), failure(12, "Dev. Profile not found"));
  EXPECT_EQ(api(request(login(kJohn, "john.doe"))), failure(22, "Dev. logon disabled"));
  EXPECT_EQ(api(request(login(kHotDesk, "nobody"))), failure(23, "User does not exist"));
  EXPECT_EQ(api(request(login(kHotDesk, "john.doe"))), kSuccess);
  EXPECT_THAT(api(request(login(kHotDesk, "jane.white"))), HasSubstr("code=\"18\""));
  EXPECT_THAT(api(request(login(kHotDesk2, "john.doe"))), HasSubstr("code=\"25\""));
}

TEST_F(MobilityDoors, AUserMayUseTheApiForHimself) {
  EXPECT_EQ(api(request(login(kHotDesk, "john.doe"), "john.doe", kJohnsPin)), kSuccess);
  EXPECT_EQ(api(request(login(kHotDesk2, "john.doe"), "john.doe", "111222")), failure(3, "Invalid App User"));
  EXPECT_EQ(api(request("<logout><deviceName>SEP0011223300A1</deviceName></logout>", "john.doe", kJohnsPin)), kSuccess);
}

TEST_F(MobilityDoors, AppsSpeakJson) {
  EXPECT_EQ(rest("GET", "/api/v1/sessions", {}, {}).status, 401);
  auto made = rest("POST", "/api/v1/sessions", R"({"device":"SEP0011223300A1","user":"john.doe","minutes":30})");
  ASSERT_EQ(made.status, 201) << made.body;
  EXPECT_EQ(json::parse(made.body)["by"], "hotel-kiosk");
  EXPECT_NE(json::parse(made.body)["until"], nullptr);
  EXPECT_EQ(json::parse(rest("GET", "/api/v1/devices/SEP0011223300A1/session").body)["user"], "john.doe");
  EXPECT_EQ(json::parse(rest("GET", "/api/v1/users/john.doe/sessions").body)["sessions"].size(), 1u);
  EXPECT_EQ(rest("POST", "/api/v1/sessions", R"({"device":"SEP0011223300A1","user":"jane.white"})").status, 409);
  EXPECT_EQ(rest("POST", "/api/v1/sessions", R"({"device":"SEP0011223300A2","user":"jane.white","pin":"111222"})").status, 401);
  EXPECT_EQ(rest("POST", "/api/v1/sessions", "{").status, 400);
  EXPECT_EQ(rest("POST", "/api/v1/sessions", R"({"device":"SEP0011223300A1","user":"jane.white","colour":"red"})").status, 400);
  EXPECT_EQ(rest("DELETE", "/api/v1/devices/SEP0011223300A1/session").status, 200);
  EXPECT_EQ(rest("DELETE", "/api/v1/devices/SEP0011223300A1/session").status, 404);
  const auto history = json::parse(rest("GET", "/api/v1/sessions/history?user=john.doe").body)["history"];
  ASSERT_EQ(history.size(), 2u);
  EXPECT_EQ(history[0]["what"], "logout");
}

TEST_F(MobilityDoors, AGuestScansAToken) {
  const auto made = rest("POST", "/api/v1/login-tokens", R"({"user":"jane.white","device":"SEP0011223300A1"})");
  ASSERT_EQ(made.status, 201) << made.body;
  const std::string token = json::parse(made.body)["token"];
  const auto use = [&](const std::string& device) {
    return rest("POST", "/api/v1/token-logins", json{{"device", device}, {"token", token}}.dump(), {}).status;
  };
  EXPECT_NE(use(kHotDesk2), 201) << "it is another device's";
  EXPECT_EQ(use(kHotDesk), 201);
  EXPECT_NE(use(kHotDesk), 201) << "it works once";
}

TEST_F(MobilityDoors, LoginsAreWatched) {
  RawHttp watcher(tandem_->listener("http-api"));
  watcher.send("GET /api/v1/sessions/events HTTP/1.1\r\nHost: office\r\n" + std::string(kBasic) + "\r\n");
  ASSERT_TRUE(watcher.receive_until("text/event-stream"));
  EXPECT_EQ(api(request(login(kHotDesk, "john.doe"))), kSuccess);
  EXPECT_TRUE(watcher.receive_until("event: session.began\n"));
  EXPECT_EQ(api(request("<logoutAll/>")), kSuccess);
  EXPECT_TRUE(watcher.receive_until("\"why\":"));
}

TEST_F(MobilityDoors, NoPinIsInAnyLog) {
  auto screen = phone();
  screen.open_service("&userid=john.doe&seq=719204");
  api(request(login(kHotDesk2, "jane.white"), "jane.white", "284615"), "GET");
  tandem_->stop();
  EXPECT_THAT(tandem_->log(), Not(HasSubstr("719204")));
  EXPECT_THAT(tandem_->log(), Not(HasSubstr("284615")));
}

}  // namespace
}  // namespace tandem::test
