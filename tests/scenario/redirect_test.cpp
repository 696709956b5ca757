// Calls that a phone sends on (3xx), digits in INFO, and who is shown to whom.
#include "office.h"

namespace tandem::test {
namespace {

constexpr auto kDesk = kHotDesk;  // 19001, nobody there

class Redirects : public TwoPhones {
 protected:
  /// John calls Jane, whose phone sends him on to `contact`.
  Dialog sent_on(const std::string& contact, const Headers& extra = {}) {
    auto dialog = john_->call("11002", john_->offer());
    const SipMessage invite = jane_->expect_request("INVITE");
    Headers headers{{"Contact", contact}};
    headers.insert(headers.end(), extra.begin(), extra.end());
    jane_->respond(jane_->accept(invite), invite, 302, "Moved Temporarily", {}, headers);
    jane_->expect_request("ACK");
    return dialog;
  }
  int refused(Dialog& dialog) {
    const auto response =
        john_->receive([&](const auto& m) { return m.status() >= 300 && m.branch() == dialog.invite.branch(); }, kPatience);
    if (!response) return 0;
    john_->ack(dialog, *response);
    return response->status();
  }
};

TEST_F(Redirects, ToAColleagueRingsThere) {
  Phone desk(*tandem_, kDesk, 600);
  desk.must_enroll();
  auto dialog = sent_on("<sip:19001@" + tandem_->sip().to_string() + ">", {{"Diversion", "<sip:11002@x>;reason=user-busy"}});
  const SipMessage invite = desk.expect_request("INVITE");
  EXPECT_NE(invite.header("Diversion").find("<sip:11002@"), std::string::npos) << invite.header("Diversion");
  EXPECT_NE(invite.header("Diversion").find("reason=user-busy"), std::string::npos);
  EXPECT_NE(invite.header("From").find("11001"), std::string::npos) << "who calls is still John";
  auto called = desk.accept(invite);
  desk.respond(called, invite, 200, "OK", desk.offer());
  const SipMessage answer = john_->answered(dialog);
  EXPECT_NE(answer.header("P-Asserted-Identity").find("19001"), std::string::npos) << "John sees whom he has reached";
  desk.expect_request("ACK");
  john_->bye(dialog);
  desk.respond(called, desk.expect_request("BYE"), 200, "OK");
  EXPECT_NE(decisions(1).find("wants the call at 19001 (user-busy)"), std::string::npos) << decisions(1);
  expect_nothing_left();
}

TEST_F(Redirects, OutsideGoesAsTheRedirectingPhoneMay) {
  auto dialog = sent_on("<sip:914085559876@x>");
  const SipMessage invite = gateway().expect_request("INVITE");
  EXPECT_EQ(user_of(invite.uri()), "+14085559876");
  EXPECT_NE(invite.header("From").find("+14085551002"), std::string::npos) << "Jane's number: it is her call";
  gateway().respond(gateway().accept(invite), invite, 486, "Busy Here");
  EXPECT_EQ(refused(dialog), 486);
  expect_nothing_left();
}

TEST_F(Redirects, WhereThePhoneMayNotDialNobodyIsSent) {
  auto dialog = sent_on("<sip:9011441632960000@x>");  // Jane's class is national
  EXPECT_GE(refused(dialog), 400);
  EXPECT_TRUE(gateway().silent([](const auto& m) { return m.method() == "INVITE"; }, Milliseconds(100)));
  EXPECT_NE(decisions(1).find("not redirected to 9011441632960000: hangup, cause forbidden"), std::string::npos) << decisions(1);
  expect_nothing_left();
}

TEST_F(Redirects, InACircleAndToNonsenseEnd) {
  for (const char* contact : {"<sip:11002@x>", "<sip:911@x>", "<sip:someone@evil.example>", "<mailto:a@b>", "*", "<sip:600@x>"}) {
    auto dialog = sent_on(contact);
    EXPECT_GE(refused(dialog), 400) << contact;
  }
  expect_nothing_left();
}

TEST_F(Redirects, TwoPhonesThatSendToOneAnotherStop) {
  Phone desk(*tandem_, kDesk, 600);
  desk.must_enroll();
  auto dialog = sent_on("<sip:19001@x>");
  const SipMessage invite = desk.expect_request("INVITE");
  desk.respond(desk.accept(invite), invite, 302, "Moved", {}, {{"Contact", "<sip:11002@x>"}});
  EXPECT_GE(refused(dialog), 400);
  expect_nothing_left();
}

class Endpoints : public TwoPhones {
 protected:
  void SetUp() override {
    open({"sip/phones/identity=rpid", "sip/phones/redirects=no", "sip/pstn/identity=both"});
    john_ = std::make_unique<Phone>(*tandem_, kJohn, 440);
    jane_ = std::make_unique<Phone>(*tandem_, kJane, 880);
    john_->must_enroll();
    jane_->must_enroll();
  }
};

TEST_F(Endpoints, ShowRemotePartyIdBothWays) {
  auto call = converse(*john_, *jane_, "11002");
  EXPECT_NE(call.invite.header("Remote-Party-ID").find("<sip:11001@"), std::string::npos) << call.invite.header("Remote-Party-ID");
  EXPECT_NE(call.invite.header("Remote-Party-ID").find("party=calling"), std::string::npos);
  EXPECT_EQ(call.invite.header("P-Asserted-Identity"), "");
  EXPECT_NE(call.answer.header("Remote-Party-ID").find("party=called"), std::string::npos);
  john_->bye(call.caller);
  jane_->respond(call.called, jane_->expect_request("BYE"), 200, "OK");
}

TEST_F(Endpoints, AHiddenCallerOfATrunkStaysHidden) {
  auto dialog = gateway().invite("+14085551002", jane_->offer(), {{"Remote-Party-ID", "<sip:+14085557001@x>;party=calling;privacy=full"}});
  const SipMessage invite = jane_->expect_request("INVITE");
  EXPECT_NE(invite.header("From").find("anonymous.invalid"), std::string::npos) << invite.header("From");
  EXPECT_EQ(invite.header("Remote-Party-ID"), "");
  EXPECT_EQ(invite.header("Privacy"), "id");
  jane_->respond(jane_->accept(invite), invite, 180, "Ringing");
  gateway().expect(180, "INVITE");
  gateway().cancel(dialog);
  gateway().ack(dialog, gateway().expect(487, "INVITE"));
}

TEST_F(Endpoints, APhoneThatWithholdsItsNumberIsNotShown) {
  auto dialog = john_->call("11002", john_->offer(), {{"Privacy", "id"}});
  const SipMessage invite = jane_->expect_request("INVITE");
  EXPECT_NE(invite.header("From").find("anonymous.invalid"), std::string::npos) << invite.header("From");
  EXPECT_EQ(invite.header("Remote-Party-ID"), "");
  jane_->respond(jane_->accept(invite), invite, 302, "Moved", {}, {{"Contact", "<sip:19001@x>"}});
  john_->ack(dialog, john_->expect_final("INVITE"));  // redirects=no
  EXPECT_EQ(decisions(1).find("wants the call at"), std::string::npos);
}

TEST_F(Endpoints, DigitsInInfoAreUnderstoodOrRefused) {
  auto dialog = john_->call("600", john_->offer());
  john_->answered(dialog);
  const auto info = [&](const std::string& type, const std::string& body) {
    SipMessage request = john_->in_dialog(dialog, "INFO");
    request.add("Content-Type", type);
    request.body = body;
    john_->send(request);
    return john_->expect_final("INFO").status();
  };
  EXPECT_EQ(info("application/dtmf-relay", "Signal=5\r\nDuration=160\r\n"), 200);
  EXPECT_EQ(info("application/dtmf", "#"), 200);
  EXPECT_EQ(info("application/dtmf-relay", "Signal=boo\r\n"), 400);
  EXPECT_EQ(info("application/dtmf-relay", std::string(5000, '5')), 400);
  EXPECT_EQ(info("text/plain", "5"), 415);
  john_->bye(dialog);
}

TEST_F(Endpoints, PeersListEverybody) {
  const auto rows = tandem_->ask("sip show peers");
  const auto row = [&](const std::string& name) {
    for (const auto& one : rows) {
      if (one.at("peer") == name) return one.at("state").get<std::string>();
    }
    return std::string("missing");
  };
  EXPECT_EQ(row(kJohn), "registered");
  EXPECT_EQ(row(kHotDesk), "not registered");
  EXPECT_EQ(tandem_->ask("sip show peer " + std::string(kJohn)).at("identity"), "rpid");
  EXPECT_NE(tandem_->console("sip show peer nobody").code, 0);
}

}  // namespace
}  // namespace tandem::test
