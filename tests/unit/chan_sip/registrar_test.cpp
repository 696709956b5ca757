#include "wire.h"

namespace tandem::test {
namespace {

class RegistrarTest : public Wire {
 protected:
  SipMessage enroll(std::string_view extra, std::string_view call_id = "reg") {
    return authorized(phone, {user, user == "lobby-1" ? "secret" : "other", {}}, "REGISTER", "sip:127.0.0.1", extra, call_id);
  }
  std::string contact(std::string_view parameters = {}, int port = 5070) {
    return "Contact: <sip:lobby-1@127.0.0.1:" + std::to_string(port) + ">" + std::string(parameters) + "\r\n";
  }
  size_t bindings() { return registrar->size(); }
};

TEST_F(RegistrarTest, ListsTheBindingWithItsExpires) {
  const auto answer = enroll(contact() + "Expires: 120\r\n");
  EXPECT_EQ(answer.status(), 200);
  EXPECT_EQ(answer.header("Contact"), "<sip:lobby-1@127.0.0.1:5070>;expires=120");
  const auto contacts = registrar->contacts("lobby-1");
  ASSERT_TRUE(contacts);
  EXPECT_EQ(contacts->front().received, phone.local);
  EXPECT_EQ(contacts->front().address.to_string(), "127.0.0.1:5070");
  EXPECT_EQ(events.told, std::vector<std::string>{"+lobby-1"});
}

TEST_F(RegistrarTest, QueryChangesNothing) {
  enroll(contact() + "Expires: 120\r\n");
  loop.advance(std::chrono::seconds(20));
  const auto answer = enroll("");
  EXPECT_EQ(answer.status(), 200);
  EXPECT_EQ(answer.header("Contact"), "<sip:lobby-1@127.0.0.1:5070>;expires=100");
}

TEST_F(RegistrarTest, ExpiresByItselfAndSaysSo) {
  enroll(contact() + "Expires: 60\r\n");
  loop.advance(std::chrono::seconds(59));
  EXPECT_EQ(bindings(), 1U);
  loop.advance(std::chrono::seconds(2));
  EXPECT_EQ(bindings(), 0U);
  EXPECT_FALSE(registrar->contacts("lobby-1"));
  EXPECT_EQ(events.told, (std::vector<std::string>{"+lobby-1", "-lobby-1 expired"}));
  EXPECT_EQ(loop.timers(), 0U) << "nothing ticks when nobody is registered";
}

TEST_F(RegistrarTest, ManyContactsWithTheirOwnExpires) {
  enroll(contact(";expires=90") + contact(";expires=300;q=0.5", 5072) + "Expires: 60\r\n");
  EXPECT_EQ(bindings(), 2U);
  loop.advance(std::chrono::seconds(100));
  EXPECT_EQ(bindings(), 1U);
  EXPECT_EQ(events.told.size(), 1U);
  const auto answer = enroll(contact(";expires=200", 5073));
  EXPECT_NE(answer.header("Contact").find(":5072>;expires=200;q=0.5"), std::string::npos) << answer.header("Contact");
  const auto best = registrar->contacts("lobby-1");
  ASSERT_TRUE(best);
  EXPECT_EQ(best->front().address.port(), 5073) << "q=1 before q=0.5";
}

TEST_F(RegistrarTest, RefreshKeepsOneBindingHoweverTheUriIsSpelt) {
  enroll(contact() + "Expires: 60\r\n");
  enroll("Contact: <SIP:lobby-1@127.0.0.1:5070>\r\nExpires: 90\r\n");
  EXPECT_EQ(bindings(), 1U);
  EXPECT_EQ(events.told.size(), 1U);
}

TEST_F(RegistrarTest, RemovesOneOrAll) {
  enroll(contact() + contact("", 5072) + "Expires: 60\r\n");
  enroll(contact(";expires=0"));
  EXPECT_EQ(bindings(), 1U);
  const auto answer = enroll("Contact: *\r\nExpires: 0\r\n");
  EXPECT_EQ(answer.status(), 200);
  EXPECT_FALSE(answer.has("Contact"));
  EXPECT_EQ(bindings(), 0U);
  EXPECT_EQ(events.told.back(), "-lobby-1 unregistered");
}

TEST_F(RegistrarTest, RefusesWhatRfc3261Refuses) {
  EXPECT_EQ(enroll("Contact: *\r\nExpires: 60\r\n").status(), 400);
  EXPECT_EQ(enroll("Contact: *\r\n").status(), 400);
  EXPECT_EQ(enroll("Contact: <http://127.0.0.1/>\r\nExpires: 60\r\n").status(), 400);
  const auto brief = enroll(contact() + "Expires: 30\r\n");
  EXPECT_EQ(brief.status(), 423);
  EXPECT_EQ(brief.header("Min-Expires"), "60");
  to = "lobby-2";
  EXPECT_EQ(enroll(contact() + "Expires: 60\r\n").status(), 403) << "only its own address of record";
  EXPECT_EQ(bindings(), 0U);
}

TEST_F(RegistrarTest, OneBadContactSpoilsTheWholeRequest) {
  EXPECT_EQ(enroll(contact() + "Contact: <mailto:x@y>\r\nExpires: 60\r\n").status(), 400);
  EXPECT_EQ(bindings(), 0U);
}

TEST_F(RegistrarTest, LongRegistrationsAreCutAndAbsurdOnesToo) {
  EXPECT_NE(enroll(contact() + "Expires: 86400\r\n").header("Contact").find("expires=3600"), std::string::npos);
  EXPECT_NE(enroll(contact(";expires=99999999999999")).header("Contact").find("expires=3600"), std::string::npos);
  EXPECT_NE(enroll(contact(";expires=soon")).header("Contact").find("expires=3600"), std::string::npos);
}

TEST_F(RegistrarTest, OldRequestsDoNotUndoNewerOnes) {
  cseq = 10;
  enroll(contact() + "Expires: 60\r\n");
  cseq = 3;
  EXPECT_EQ(enroll("Contact: *\r\nExpires: 0\r\n").status(), 500);
  EXPECT_EQ(bindings(), 1U);
  EXPECT_EQ(enroll("Contact: *\r\nExpires: 0\r\n", "another-call-id").status(), 200) << "after a restart the phone has a new Call-ID";
}

TEST_F(RegistrarTest, OldestContactGoesWhenThereAreTooMany) {
  for (int port = 6000; port < 6008; ++port) enroll(contact(";expires=300", port));
  EXPECT_EQ(bindings(), settings.contacts_per_device);
  EXPECT_EQ(registrar->contacts("lobby-1")->front().address.port(), 6007);
  std::string many;
  for (int port = 7000; port < 7006; ++port) many += contact(";expires=300", port);
  EXPECT_EQ(enroll(many).status(), 403);
}

TEST_F(RegistrarTest, NextHopIsNumericOrWhereItCameFrom) {
  enroll("Contact: <sip:lobby-1@phone.example.com>\r\nExpires: 60\r\n");
  const Contact named = registrar->contacts("lobby-1")->front();
  EXPECT_EQ(Registrar::next_hop(named, false), phone.local);
  enroll(contact() + "Expires: 60\r\n");
  const Contact numeric = registrar->contacts("lobby-1")->front();
  EXPECT_EQ(Registrar::next_hop(numeric, false).port(), 5070);
  EXPECT_EQ(Registrar::next_hop(numeric, true), phone.local);
}

TEST_F(RegistrarTest, NumericAddressesThatAreNobodys) {
  for (const char* host : {"0.0.0.0", "255.255.255.255", "224.0.0.1", "[ff02::1]", "name", "", "1.2.3"}) {
    EXPECT_TRUE(numeric_address(host, nullptr).empty()) << host;
  }
  EXPECT_TRUE(numeric_address("192.0.2.1", "70000").empty());
  EXPECT_EQ(numeric_address("[2001:db8::1]", "5061").to_string(), "[2001:db8::1]:5061");
}

TEST_F(RegistrarTest, RetransmissionGetsTheSame200) {
  const auto challenge = ask(phone, request(phone, "REGISTER", "sip:127.0.0.1", contact() + "Expires: 60\r\n", "again"));
  ASSERT_TRUE(challenge);
  ++cseq;
  const std::string bytes =
      request(phone, "REGISTER", "sip:127.0.0.1",
              contact() + "Expires: 60\r\n" + authorization(*challenge, {"lobby-1", "secret", {}}, "REGISTER", "sip:127.0.0.1"), "again");
  EXPECT_EQ(status(phone, bytes), 200);
  EXPECT_EQ(status(phone, bytes), 200);
  EXPECT_EQ(bindings(), 1U);
}

}  // namespace
}  // namespace tandem::test
