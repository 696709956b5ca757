// Remote destinations on the real binary: who calls from one is that person; what the console and the API change is in force and stays.
#include <gmock/gmock.h>

#include "office.h"
#include "support/raw_http.h"

namespace tandem::test {
namespace {

using nlohmann::json;
using testing::HasSubstr;

// hotel-kiosk:kiosk-demo
constexpr const char* kBasic = "Authorization: Basic aG90ZWwta2lvc2s6a2lvc2stZGVtbw==\r\n";

class Destinations : public Office {
 protected:
  void SetUp() override { open({"mobileconnect/people/mobility=yes"}); }
  HttpAnswer rest(const std::string& method, const std::string& path, const json& body = {}) {
    RawHttp http(tandem_->listener("http-api"));
    return http.ask(method, path, kBasic, body.is_null() ? std::string() : body.dump());
  }
  /// What Jane's phone is shown when a call comes in from that number outside.
  std::string shown_to_jane(const std::string& number) {
    Phone jane(*tandem_, kJane);
    jane.must_enroll();
    auto call = gateway().invite("4085551002", jane.offer(), {{"From", "\"CELLULAR\" <sip:" + number + "@gw.example>;tag=gw"}});
    const auto rung = jane.expect_request("INVITE");
    jane.respond(jane.accept(rung), rung, 486, "Busy Here");
    gateway().ack(call, gateway().expect_final("INVITE"));
    return rung.header("From");
  }
};

TEST_F(Destinations, ColleaguesSeeExtensionAndNameOfWhoCallsFromAMobile) {
  const auto known = shown_to_jane("4085557001");
  EXPECT_THAT(known, HasSubstr("John Doe"));
  EXPECT_THAT(known, HasSubstr("sip:11001@"));
  EXPECT_THAT(decisions(1), HasSubstr("the caller is john.doe, at john.doe/mobile"));

  Phone john(*tandem_, kJohn);
  john.must_enroll();
  auto own = gateway().invite("+14085551001", john.offer(), {{"From", "<sip:4085557001@gw.example>;tag=gw"}});
  const auto rung = john.expect_request("INVITE");
  EXPECT_THAT(rung.header("From"), HasSubstr("914085557001")) << "at one's own line the number says more";
  john.respond(john.accept(rung), rung, 486, "Busy Here");
  gateway().ack(own, gateway().expect_final("INVITE"));
  EXPECT_THAT(decisions(2), HasSubstr("john.doe/mobile not rung: the caller is there"));

  const auto stranger = shown_to_jane("4085557777");
  EXPECT_THAT(stranger, HasSubstr("914085557777"));
  EXPECT_THAT(stranger, HasSubstr("CELLULAR"));
}

TEST_F(Destinations, AreKeptByTheApi) {
  const std::string mine = "/api/v1/users/jane.white/destinations";
  const auto made = rest("POST", mine, {{"name", "mobile"}, {"number", "408 555 7002"}, {"delay_ms", 2000}});
  ASSERT_EQ(made.status, 201) << made.body;
  EXPECT_EQ(json::parse(made.body)["delay_inside_ms"], 2000);
  EXPECT_EQ(rest("POST", mine, {{"name", "mobile"}, {"number", "4085557003"}}).status, 409);
  EXPECT_EQ(rest("POST", mine, {{"name", "other"}, {"number", "4085557001"}}).status, 409) << "John's";
  EXPECT_EQ(rest("POST", mine, {{"name", "other"}, {"number", "4085551001"}}).status, 400) << "leads back";
  EXPECT_EQ(rest("POST", mine, {{"name", "other"}, {"number", "4085557003"}, {"colour", "red"}}).status, 400);
  EXPECT_EQ(rest("POST", "/api/v1/users/no.body/destinations", {{"name", "x"}, {"number", "4085557003"}}).status, 404);
  EXPECT_EQ(rest("PATCH", "/api/v1/users/john.doe/destinations/mobile", {{"number", "4085557009"}}).status, 403) << "the ini file's";
  const auto set = rest("PATCH", mine + "/mobile", {{"schedule", "Mon-Fri 08:00-18:00"}, {"label", "My mobile"}});
  ASSERT_EQ(set.status, 200) << set.body;
  EXPECT_EQ(json::parse(rest("GET", mine).body)["destinations"][0]["label"], "My mobile");
  EXPECT_THAT(shown_to_jane("4085557001"), HasSubstr("John Doe"));

  const auto test = json::parse(rest("GET", "/api/v1/mobile-connect/test?caller=4085559999&line=11002&at=2026-11-07T12:00").body);
  EXPECT_EQ(test["destinations"][0]["rings"], false);
  EXPECT_THAT(test["destinations"][0]["why"].get<std::string>(), HasSubstr("outside its schedule"));
  EXPECT_EQ(json::parse(rest("GET", "/api/v1/mobile-connect/match?number=%2B14085557002").body)["user"], "jane.white");
  EXPECT_EQ(rest("DELETE", mine + "/mobile").status, 204);
  EXPECT_EQ(rest("GET", mine + "/mobile").status, 404);
  EXPECT_EQ(rest("PATCH", "/api/v1/users/jane.white/mobile-connect", {{"mobility", false}}).status, 200);
  EXPECT_EQ(json::parse(rest("GET", "/api/v1/users/jane.white/mobile-connect").body)["mobility"], false);
  const std::string lists = "/api/v1/access-lists";
  EXPECT_EQ(rest("POST", lists, {{"name", "vips"}, {"kind", "allowed"}, {"members", {"11002", "+1415!"}}}).status, 201);
  EXPECT_EQ(rest("PATCH", lists + "/vips", {{"members", {"Jane"}}}).status, 400);
  EXPECT_EQ(json::parse(rest("GET", lists).body)["lists"][0]["members"].size(), 2u);
  EXPECT_EQ(rest("DELETE", lists + "/vips").status, 204);
}

TEST_F(Destinations, AreKeptByTheConsole) {
  const auto says = [this](const std::string& line) {
    const auto finished = tandem_->console(line);
    return finished.output;
  };
  EXPECT_THAT(says("mobile add destination jane.white/mobile 914085557002 delay 3s"), HasSubstr("jane.white/mobile is a destination"));
  EXPECT_THAT(says("mobile set destination jane.white/mobile schedule \"Mon-Fri 08:00-18:00\""), HasSubstr("is changed"));
  EXPECT_THAT(says("mobile set destination jane.white/mobile schedule never"), HasSubstr("schedule:"));
  EXPECT_THAT(says("mobile show destinations"), HasSubstr("914085557002"));
  EXPECT_THAT(says("mobile test 11001 11002 at 2026-11-07T12:00"), HasSubstr("outside its schedule"));
  EXPECT_THAT(says("mobile test 11001 11002 at 2026-11-06T12:00"), HasSubstr("rings after 3 s"));
  EXPECT_THAT(says("mobile test 11002 11001"), HasSubstr("+14085551002")) << "what the mobile is shown";
  EXPECT_THAT(says("mobile off john.doe"), HasSubstr("off for john.doe"));
  EXPECT_THAT(says("mobile test 11002 11001"), HasSubstr("switched off"));
  EXPECT_THAT(says("mobile show matches 4085557002"), HasSubstr("jane.white/mobile"));
  EXPECT_THAT(says("mobile remove destination john.doe/home"), HasSubstr("declared in mobileconnect.ini"));
  EXPECT_THAT(says("mobile remove destination jane.white/mobile"), HasSubstr("is gone"));
  EXPECT_THAT(says("mobile add destination jane.white/mobile"), HasSubstr("usage:"));
}

}  // namespace
}  // namespace tandem::test
