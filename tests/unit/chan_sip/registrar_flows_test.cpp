// Path, instances, flows, GRUUs and what a phone may not register: RFC 3327, 5626, 5627.
#include "wire.h"

namespace tandem::test {
namespace {

constexpr std::string_view kInstance = ";+sip.instance=\"<urn:uuid:00000000-0000-1000-8000-001122330001>\"";

class RegistrarFlowsTest : public Wire {
 protected:
  void SetUp() override {
    Wire::SetUp();
    registrar->set_own({"tandem.example", {stack->bound()}});
  }
  SipMessage enroll(std::string_view extra, std::string_view call_id = "reg") {
    return authorized(phone, {user, user == "lobby-1" ? "secret" : "other", {}}, "REGISTER", "sip:127.0.0.1", extra, call_id);
  }
  static std::string contact(std::string_view parameters = {}, int port = 5070) {
    return "Contact: <sip:lobby-1@127.0.0.1:" + std::to_string(port) + ">" + std::string(parameters) + "\r\nExpires: 300\r\n";
  }
  std::string with_instance(std::string_view more = {}, int port = 5070) {
    return contact(std::string(kInstance) + std::string(more), port);
  }
};

TEST_F(RegistrarFlowsTest, TheSameInstanceReplacesItsContact) {
  enroll(with_instance({}, 5070));
  const auto answer = enroll(with_instance({}, 5071), "after-a-restart");
  EXPECT_EQ(registrar->size(), 1U);
  EXPECT_NE(answer.header("Contact").find(":5071>"), std::string::npos);
  EXPECT_NE(answer.header("Contact").find("+sip.instance=\"<urn:uuid:00000000-0000-1000-8000-001122330001>\""), std::string::npos);
  enroll(contact({}, 5072), "another-phone");
  EXPECT_EQ(registrar->size(), 2U);
}

TEST_F(RegistrarFlowsTest, EachFlowOfAPhoneHasAContact) {
  const auto first = enroll(with_instance(";reg-id=1") + "Supported: path, outbound\r\n", "flow1");
  EXPECT_EQ(first.header("Require"), "outbound");
  EXPECT_NE(first.header("Contact").find(";reg-id=1"), std::string::npos);
  enroll(with_instance(";reg-id=2") + "Supported: path, outbound\r\n", "flow2");
  EXPECT_EQ(registrar->size(), 2U) << "the same URI, another flow";
  enroll(with_instance(";reg-id=2", 5074) + "Supported: path, outbound\r\n", "flow2-again");
  EXPECT_EQ(registrar->size(), 2U);
  const auto plain = enroll(with_instance(";reg-id=3") + "Supported: path\r\n", "means-nothing-by-it");
  EXPECT_FALSE(plain.has("Require"));
  EXPECT_EQ(enroll(with_instance(";reg-id=0") + "Supported: outbound\r\n").status(), 400);
  EXPECT_EQ(enroll(with_instance(";reg-id=1") + "Contact: <sip:lobby-1@127.0.0.1:5075>" + std::string(kInstance) + ";reg-id=2\r\n" +
                   "Supported: outbound\r\n")
                .status(),
            400);
}

TEST_F(RegistrarFlowsTest, AProxyThatDoesNotKeepFlowsIsNamed) {
  const std::string via = "Via: SIP/2.0/UDP 192.0.2.77;branch=z9hG4bKphone\r\n", outbound = "Supported: path, outbound\r\n";
  EXPECT_EQ(enroll(via + with_instance(";reg-id=1") + outbound).status(), 439);
  EXPECT_EQ(enroll(via + "Path: <sip:127.0.0.1:5090;lr>\r\n" + with_instance(";reg-id=1") + outbound).status(), 439);
  EXPECT_EQ(enroll(via + "Path: <sip:127.0.0.1:5090;lr;ob>\r\n" + with_instance(";reg-id=1") + outbound).status(), 200);
}

TEST_F(RegistrarFlowsTest, PathIsTheWayBack) {
  const auto answer = enroll("Path: <sip:127.0.0.1:5090;lr>,<sip:p2.example;lr>\r\nSupported: path\r\n" + contact());
  EXPECT_EQ(answer.status(), 200);
  EXPECT_EQ(answer.header("Path").substr(0, 23), "<sip:127.0.0.1:5090;lr>");
  const Contact kept = registrar->contacts("lobby-1")->front();
  EXPECT_EQ(kept.path, "<sip:127.0.0.1:5090;lr>,<sip:p2.example;lr>");
  EXPECT_EQ(Registrar::next_hop(kept, true).port(), 5090) << "behind NAT or not, the proxy is in between";
  EXPECT_EQ(enroll("Path: nonsense\r\n" + contact()).status(), 400);
  EXPECT_EQ(enroll("Path: <sip:" + stack->bound().to_string() + ";lr>\r\n" + contact()).status(), 403) << "a circle";
}

TEST_F(RegistrarFlowsTest, NoContactLeadsBackToUsOrToAGateway) {
  for (const SocketAddress& back : {stack->bound(), trunk.local}) {
    EXPECT_EQ(enroll("Contact: <sip:+19005550100@" + back.to_string() + ">\r\nExpires: 300\r\n").status(), 403) << back.to_string();
  }
  EXPECT_EQ(registrar->size(), 0U);
}

TEST_F(RegistrarFlowsTest, APhoneThatIsTranslatedIsReachedWhereItComesFrom) {
  std::string text = request(phone, "REGISTER", "sip:127.0.0.1", "Contact: <sip:lobby-1@10.1.2.3:5060>\r\nExpires: 300\r\n", "nat");
  const auto from_inside = [&](std::string bytes) {
    const size_t at = bytes.find("UDP ") + 4;
    return bytes.replace(at, bytes.find(';', at) - at, "10.1.2.3:5060");
  };
  const auto challenge = ask(phone, from_inside(text));
  ASSERT_TRUE(challenge);
  ++cseq;
  text = request(phone, "REGISTER", "sip:127.0.0.1",
                 "Contact: <sip:lobby-1@10.1.2.3:5060>\r\nExpires: 300\r\n" +
                     authorization(*challenge, {"lobby-1", "secret", {}}, "REGISTER", "sip:127.0.0.1"),
                 "nat");
  EXPECT_EQ(status(phone, from_inside(text)), 200);
  EXPECT_EQ(Registrar::next_hop(registrar->contacts("lobby-1")->front(), false), phone.local);
}

TEST_F(RegistrarFlowsTest, GruusLastAsLongAsTheCallId) {
  const std::string gruu = "Supported: gruu\r\n";
  const auto temporary = [](const SipMessage& answer) {
    const std::string text = answer.header("Contact");
    const size_t at = text.find("temp-gruu=\"sip:") + 15;
    return text.substr(at, text.find('@', at) - at);
  };
  EXPECT_EQ(enroll(with_instance()).header("Contact").find("gruu"), std::string::npos) << "only for those who know them";
  const auto first = enroll(with_instance() + gruu);
  EXPECT_NE(first.header("Contact").find("pub-gruu=\"sip:lobby-1@tandem.example;gr=urn:uuid:00000000-0000-1000-8000-001122330001\""),
            std::string::npos)
      << first.header("Contact");
  const auto second = enroll(with_instance() + gruu);
  EXPECT_NE(temporary(first), temporary(second));
  const GruuSeed seed = registrar->contacts("lobby-1")->front().gruu;
  EXPECT_TRUE(made_from(seed, temporary(first)));
  EXPECT_TRUE(made_from(GruuSeed::from_text(seed.to_text()), temporary(second))) << "over a restart";
  EXPECT_EQ(registrar->device_of_gruu(temporary(first), ""), "lobby-1");
  EXPECT_EQ(registrar->device_of_gruu("lobby-1", "urn:uuid:00000000-0000-1000-8000-001122330001"), "lobby-1");
  EXPECT_EQ(registrar->device_of_gruu("lobby-1", "urn:uuid:another"), "");
  std::string bent = temporary(first);
  bent.back() = bent.back() == '0' ? '1' : '0';
  EXPECT_FALSE(made_from(seed, bent));
  enroll(with_instance() + gruu, "another-Call-ID");
  EXPECT_FALSE(made_from(registrar->contacts("lobby-1")->front().gruu, temporary(first)));
  EXPECT_EQ(registrar->device_of_gruu(temporary(first), ""), "");
}

TEST_F(RegistrarFlowsTest, OneRegistrationForAllLinesWhereTheFamilyWantsIt) {
  enroll(contact());
  EXPECT_FALSE(registrar->contacts("lobby-1-2"));
  EXPECT_EQ(device_of_line("SEP001122330001-2"), "SEP001122330001");
  for (const char* name : {"lobby-1", "lobby-01", "lobby", "-2", "lobby-100", "lobby-"}) EXPECT_EQ(device_of_line(name), "") << name;
  EXPECT_EQ(with_user("sip:a@127.0.0.1:5060;transport=tcp", "b-2"), "sip:b-2@127.0.0.1:5060;transport=tcp");
  EXPECT_EQ(with_user("sip:127.0.0.1", "b-2"), "sip:b-2@127.0.0.1");
  auto device = std::make_shared<Device>(*directory.device("lobby-2"));
  device->vendor = "cisco";
  directory.put(device);
  user = to = "lobby-2";
  enroll("Contact: <sip:lobby-2@127.0.0.1:5071>\r\nExpires: 300\r\n");
  const auto line = registrar->contacts("lobby-2-3");
  ASSERT_TRUE(line);
  EXPECT_EQ(line->front().uri, "sip:lobby-2-3@127.0.0.1:5071");
}

TEST_F(RegistrarFlowsTest, ServiceRouteAndFlowTimerAsConfigured) {
  settings.service_route = "<sip:edge.example;lr>";
  settings.flow_timer = std::chrono::seconds(120);
  look->reconfigure(settings);
  const auto answer = enroll(with_instance(";reg-id=1") + "Supported: outbound\r\n");
  EXPECT_EQ(answer.header("Service-Route"), "<sip:edge.example;lr>");
  EXPECT_EQ(answer.header("Flow-Timer"), "120");
}

}  // namespace
}  // namespace tandem::test
