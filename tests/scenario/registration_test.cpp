// Registration (RFC 3261 section 10) as phones and strangers try it.
#include <fmt/format.h>

#include <set>

#include "office.h"

namespace tandem::test {
namespace {

class Registration : public Office {
 protected:
  size_t contacts(const std::string& device) const {
    const auto rows = tandem_->ask("sip show registrations");
    return static_cast<size_t>(std::count_if(rows.begin(), rows.end(), [&](const auto& row) { return row.at("device") == device; }));
  }
};

TEST_F(Registration, IsChallengedThenGranted) {
  Phone john(*tandem_, kJohn);
  john.credentials.secret.clear();
  const auto request = john.make_request("REGISTER", "sip:" + tandem_->sip().to_string()).set("To", "<" + john.uri(kJohn) + ">");
  john.send(request);
  const auto challenge = john.expect(401, "REGISTER");
  const auto parameters = digest_parameters(challenge.header("WWW-Authenticate"));
  EXPECT_EQ(parameters.at("scheme"), "Digest");
  EXPECT_FALSE(parameters.at("nonce").empty());
  EXPECT_FALSE(parameters.at("realm").empty());
  EXPECT_EQ(challenge.header("Call-ID"), request.header("Call-ID"));
  EXPECT_FALSE(challenge.tag("To").empty());
  EXPECT_EQ(contacts(kJohn), 0u);

  john.credentials.secret = kSecret;
  const auto granted = john.enroll(300);
  ASSERT_EQ(granted.status(), 200) << granted.raw;
  ASSERT_TRUE(granted.header("Contact").find(john.local().to_string()) != std::string::npos) << granted.raw;
  const int expires = std::atoi(parameter_of(granted.header("Contact"), "expires").c_str());
  EXPECT_GT(expires, 290);
  EXPECT_LE(expires, 300);
  EXPECT_EQ(contacts(kJohn), 1u);
}

TEST_F(Registration, RefusesWrongPasswordsAndStrangersAlike) {
  Phone wrong(*tandem_, kJohn);
  wrong.credentials.secret = "office-dem0";
  Phone stranger(*tandem_, "SEPFFFFFFFFFFFF");
  const auto refused = wrong.enroll();
  const auto unknown = stranger.enroll();
  EXPECT_TRUE(refused.status() == 401 || refused.status() == 403) << refused.raw;
  EXPECT_EQ(refused.status(), unknown.status()) << "who exists can be told from the answer";
  EXPECT_EQ(refused.reason(), unknown.reason());
  EXPECT_EQ(contacts(kJohn), 0u);
  const std::string log = tandem_->log();
  EXPECT_NE(log.find("SecurityEvent=\"InvalidPassword\""), std::string::npos) << log;
  EXPECT_NE(log.find("SecurityEvent=\"InvalidAccountID\""), std::string::npos) << log;
  EXPECT_EQ(log.find(kSecret), std::string::npos) << "a secret is in the log";
}

TEST_F(Registration, RefusesBentCredentials) {
  const std::vector<std::pair<std::string, std::string>> bends{{"nonce", "0123456789abcdef"},
                                                               {"realm", "elsewhere"},
                                                               {"response", "00000000000000000000000000000000"},
                                                               {"username", kJane},
                                                               {"uri", "sip:911@other"}};
  for (const auto& [name, value] : bends) {
    Phone john(*tandem_, kJohn);
    john.credentials.override_ = {{name, value}};
    const auto refused = john.enroll();
    EXPECT_GE(refused.status(), 400) << name;
    EXPECT_LT(refused.status(), 500) << name;
  }
  EXPECT_EQ(contacts(kJohn), 0u);
  EXPECT_EQ(contacts(kJane), 0u);
}

TEST_F(Registration, OfAnotherDeviceIsForbidden) {
  Phone john(*tandem_, kJohn);
  auto request = john.make_request("REGISTER", "sip:" + tandem_->sip().to_string()).set("To", "<" + john.uri(kJane) + ">");
  EXPECT_EQ(john.transact(request).status(), 403);
  EXPECT_EQ(contacts(kJane), 0u);
}

TEST_F(Registration, KeepsSeveralContactsAndRemovesOneOrAll) {
  Phone desk(*tandem_, kJohn), softphone(*tandem_, kJohn);
  desk.must_enroll();
  const auto both = softphone.enroll();
  ASSERT_EQ(both.status(), 200);
  std::set<std::string> listed;
  for (const auto& line : both.all("Contact")) {
    for (const Phone* phone : {&desk, &softphone}) {
      if (line.find(phone->local().to_string()) != std::string::npos) listed.insert(phone->local().to_string());
    }
  }
  EXPECT_EQ(listed.size(), 2u) << both.raw;
  EXPECT_EQ(contacts(kJohn), 2u);

  EXPECT_EQ(desk.enroll(0).status(), 200);
  EXPECT_EQ(contacts(kJohn), 1u);
  EXPECT_EQ(softphone.enroll(0, "*").status(), 200);
  EXPECT_EQ(contacts(kJohn), 0u);
}

TEST_F(Registration, QueryWithoutContactChangesNothing) {
  Phone desk(*tandem_, kJohn), asking(*tandem_, kJohn);
  desk.must_enroll();
  auto query =
      asking.make_request("REGISTER", "sip:" + tandem_->sip().to_string()).set("To", "<" + asking.uri(kJohn) + ">").remove("Contact");
  const auto answer = asking.transact(query);
  EXPECT_EQ(answer.status(), 200);
  EXPECT_NE(answer.header("Contact").find(desk.local().to_string()), std::string::npos) << answer.raw;
  EXPECT_EQ(contacts(kJohn), 1u);
}

TEST_F(Registration, StarWithAnythingButZeroIsRefused) {
  Phone john(*tandem_, kJohn);
  john.must_enroll();
  EXPECT_EQ(john.enroll(300, "*").status(), 400);
  EXPECT_EQ(contacts(kJohn), 1u);
}

TEST_F(Registration, TooShortIsToldTheLeastTime) {
  Phone john(*tandem_, kJohn);
  const auto brief = john.enroll(5);
  EXPECT_EQ(brief.status(), 423);
  EXPECT_EQ(brief.header("Min-Expires"), "60");
  EXPECT_EQ(contacts(kJohn), 0u);
}

TEST_F(Registration, WithAnOlderCSeqOfTheSameCallIsRefused) {
  Phone john(*tandem_, kJohn);
  auto request = john.make_request("REGISTER", "sip:" + tandem_->sip().to_string()).set("To", "<" + john.uri(kJohn) + ">");
  request.set("CSeq", "100 REGISTER").add("Expires", "300");
  ASSERT_EQ(john.transact(request).status(), 200);
  request.set("CSeq", "50 REGISTER").set("Expires", "0");
  EXPECT_GE(john.transact(request).status(), 400);
  EXPECT_EQ(contacts(kJohn), 1u) << "an old packet has removed a binding";
}

TEST_F(Registration, CrowdOfContactsIsBounded) {
  std::vector<std::unique_ptr<Phone>> crowd;
  for (int i = 0; i < 12; ++i) {
    crowd.push_back(std::make_unique<Phone>(*tandem_, kJohn));
    (void)crowd.back()->enroll();
  }
  EXPECT_LE(contacts(kJohn), 5u);
  EXPECT_GE(contacts(kJohn), 1u);
}

class ShortRegistration : public Registration {
  void SetUp() override { open({"sip/general/register_min=1s"}); }
};

TEST_F(ShortRegistration, RunsOut) {
  Phone john(*tandem_, kJohn);
  ASSERT_EQ(john.enroll(1).status(), 200);
  EXPECT_EQ(contacts(kJohn), 1u);
  tandem_->ask_until("sip show registrations", [](const auto& rows) { return rows.empty(); });
  Phone jane(*tandem_, kJane);
  jane.must_enroll();
  auto call = jane.call("11001", jane.offer());
  EXPECT_EQ(jane.expect_final("INVITE").status(), 480) << "a phone that is gone is temporarily unavailable";
}

}  // namespace
}  // namespace tandem::test
