// The trunk to the outside: who it believes, what leaves and what comes in, probing, emergencies.
#include <fmt/format.h>

#include "office.h"

namespace tandem::test {
namespace {

class Trunk : public Office {
 protected:
  void SetUp() override {
    Office::SetUp();
    john_ = std::make_unique<Phone>(*tandem_, kJohn, 440);
    john_->must_enroll();
  }
  /// What the gateway sees when `phone` dials `number`; the call is then cancelled.
  SipMessage leaves_as(Phone& phone, const std::string& number) {
    auto dialog = phone.call(number, phone.offer());
    const auto invite = gateway().expect_request("INVITE");
    gateway().respond(gateway().accept(invite), invite, 404, "Not Found");
    gateway().expect_request("ACK");
    phone.ack(dialog, phone.expect_final("INVITE"));
    return invite;
  }
  /// What John's phone sees when the gateway calls `number` as `caller`.
  SipMessage arrives_from(const std::string& caller, const std::string& number, Headers headers = {}) {
    headers.emplace_back("From", fmt::format("<sip:{}@{}>;tag=gw", caller, gateway().local().to_string()));
    auto dialog = gateway().invite(number, make_sdp(voice_.port()), headers);
    const auto invite = john_->expect_request("INVITE");
    john_->respond(invite, 486, "Busy Here");
    const auto response = gateway().expect_final("INVITE");
    gateway().ack(dialog, response);
    return invite;
  }
  std::unique_ptr<Phone> john_;
  RtpEnd voice_;
};

TEST_F(Trunk, OutsideNumbersLeaveAsE164UnderTheDirectNumber) {
  const std::vector<std::pair<std::string, std::string>> numbers{{"94085551234", "+14085551234"},
                                                                 {"914085551234", "+14085551234"},
                                                                 {"9011442071234567", "+442071234567"},
                                                                 {"+14085551234", "+14085551234"}};
  for (const auto& [dialled, expected] : numbers) {
    const auto invite = leaves_as(*john_, dialled);
    EXPECT_EQ(user_of(invite.uri()), expected) << dialled;
    EXPECT_EQ(user_of(uri_of(invite.header("From"))), "+14085551001") << dialled;
    EXPECT_EQ(user_of(uri_of(invite.header("P-Asserted-Identity"))), "+14085551001") << "RFC 3325: the trunk is trusted with who calls";
  }
}

TEST_F(Trunk, WhoSentACallOnIsPassedOn) {
  const auto told = arrives_from("+14085557001", "+14085551001", {{"Diversion", "<sip:+14085559876@gw>;reason=no-answer;privacy=off"}});
  EXPECT_NE(told.header("Diversion").find("+14085559876@"), std::string::npos) << told.header("Diversion");
  EXPECT_NE(told.header("Diversion").find("reason=no-answer"), std::string::npos);
  const auto history = arrives_from("+14085557001", "+14085551001",
                                    {{"History-Info", "<sip:+14085559876@gw>;index=1, <sip:+14085551001@gw;cause=486>;index=1.1"}});
  EXPECT_NE(history.header("Diversion").find("reason=user-busy"), std::string::npos) << history.header("Diversion");
}

TEST_F(Trunk, CarriesSoundBothWays) {
  voice_.tone = 1200;
  auto dialog = john_->call("914085551234", john_->offer());
  const auto invite = gateway().expect_request("INVITE");
  auto called = gateway().accept(invite);
  voice_.remote = Sdp::parse(invite.body).rtp;
  gateway().respond(called, invite, 183, "Session Progress", make_sdp(voice_.port()));
  john_->expect(183, "INVITE");
  gateway().respond(called, invite, 200, "OK", make_sdp(voice_.port()));
  john_->hear_of(john_->answered(dialog));
  gateway().expect_request("ACK");
  expect_tones_both_ways(john_->audio, voice_);
  gateway().bye(called);
  john_->respond(dialog, john_->expect_request("BYE"), 200, "OK");
  expect_nothing_left();
}

TEST_F(Trunk, CallsComeInUnchallengedForADirectNumber) {
  voice_.tone = 1200;
  auto dialog = gateway().invite("+14085551001", make_sdp(voice_.port()));
  const auto invite = john_->expect_request("INVITE");
  john_->hear_of(invite);
  auto called = john_->accept(invite);
  john_->respond(called, invite, 180, "Ringing");
  gateway().expect(180, "INVITE");
  john_->respond(called, invite, 200, "OK", john_->offer());
  voice_.remote = Sdp::parse(gateway().answered(dialog).body).rtp;
  john_->expect_request("ACK");
  expect_tones_both_ways(voice_, john_->audio);
  john_->bye(called);
  gateway().respond(dialog, gateway().expect_request("BYE"), 200, "OK");
  expect_nothing_left();
}

TEST_F(Trunk, CallerNumbersAreNormalised) {
  EXPECT_EQ(user_of(uri_of(arrives_from("4089717272", "+14085551001").header("From"))), "914089717272") << "10 digits get 91 in front";
  EXPECT_EQ(user_of(uri_of(arrives_from("14089717272", "+14085551001").header("From"))), "914089717272") << "11 digits get 9 in front";
}

TEST_F(Trunk, AnAssertedIdentityIsBelieved) {
  auto dialog = gateway().invite("+14085551001", make_sdp(voice_.port()),
                                 {{"From", "<sip:switch-7@gw>;tag=x1"}, {"P-Asserted-Identity", "<sip:4089717272@gw>"}});
  const auto invite = john_->expect_request("INVITE");
  EXPECT_EQ(user_of(uri_of(invite.header("From"))), "914089717272") << invite.header("From");
  john_->respond(invite, 486, "Busy Here");
  gateway().ack(dialog, gateway().expect_final("INVITE"));
}

TEST_F(Trunk, WhoeverWithholdsTheNameStaysUnknown) {
  auto dialog =
      gateway().invite("+14085551001", make_sdp(voice_.port()), {{"From", "\"Anonymous\" <sip:anonymous@anonymous.invalid>;tag=x1"}});
  const auto invite = john_->expect_request("INVITE");
  EXPECT_NE(invite.header("From").find("nonymous"), std::string::npos) << invite.header("From");
  john_->respond(invite, 486, "Busy Here");
  gateway().ack(dialog, gateway().expect_final("INVITE"));
}

TEST_F(Trunk, APrivateCallerStaysPrivate) {
  auto dialog =
      gateway().invite("+14085551001", make_sdp(voice_.port()), {{"P-Asserted-Identity", "<sip:4089717272@gw>"}, {"Privacy", "id"}});
  const auto invite = john_->expect_request("INVITE");
  EXPECT_EQ(invite.raw.find("4089717272"), std::string::npos) << "RFC 3325: Privacy id, and a phone is no trusted network\n" << invite.raw;
  john_->respond(invite, 486, "Busy Here");
  gateway().ack(dialog, gateway().expect_final("INVITE"));
}

TEST_F(Trunk, AnIdentityAssertedByAPhoneIsNotBelieved) {
  Phone jane(*tandem_, kJane);
  jane.must_enroll();
  auto dialog = jane.call("11001", jane.offer(), {{"From", "\"The Boss\" <sip:19999@x>;tag=b1"}, {"P-Asserted-Identity", "<sip:11003@x>"}});
  const auto invite = john_->expect_request("INVITE");
  EXPECT_EQ(user_of(uri_of(invite.header("From"))), "11002");
  EXPECT_EQ(invite.raw.find("11003"), std::string::npos);
  EXPECT_EQ(invite.raw.find("The Boss"), std::string::npos);
  jane.cancel(dialog);
  jane.expect(487, "INVITE");
}

TEST_F(Trunk, NumbersThatNobodyHasAreUnknown) {
  auto dialog = gateway().invite("+14085559999", make_sdp(voice_.port()));
  const auto response = gateway().expect_final("INVITE");
  EXPECT_EQ(response.status(), 404);
  gateway().ack(dialog, response);
}

TEST_F(Trunk, OutsideCallersDoNotGetOutAgain) {
  auto dialog = gateway().invite("914085551234", make_sdp(voice_.port()));
  const auto response = gateway().expect_final("INVITE");
  EXPECT_GE(response.status(), 400) << "toll fraud";
  gateway().ack(dialog, response);
  EXPECT_TRUE(gateway().silent([](const auto& m) { return m.is_request() && m.method() == "INVITE"; }, Milliseconds(200)));
}

TEST_F(Trunk, AnotherPortOfTheSameAddressIsAStranger) {
  SipPeer neighbour(tandem_->sip(), "pstn");
  auto dialog = neighbour.invite("+14085551001", make_sdp(voice_.port()));
  const auto response = neighbour.expect_final("INVITE");
  EXPECT_TRUE(response.status() == 401 || response.status() == 407) << response.start;
  neighbour.ack(dialog, response);
  EXPECT_TRUE(john_->silent([](const auto& m) { return m.is_request(); }, Milliseconds(200)));
}

TEST_F(Trunk, EmergencyCallsLeaveFromAnyPhoneWithItsSitesCallBackNumber) {
  Phone hot_desk(*tandem_, kHotDesk), annex(*tandem_, "SEP0011223300B1");
  hot_desk.must_enroll();
  annex.must_enroll();
  for (const char* number : {"911", "112", "9911", "9112"}) {
    const auto invite = leaves_as(hot_desk, number);
    const std::string bare = std::string(number).size() == 4 ? std::string(number).substr(1) : number;
    EXPECT_EQ(user_of(invite.uri()), bare);
    EXPECT_EQ(user_of(uri_of(invite.header("P-Asserted-Identity"))), "+14085551000") << number;
  }
  EXPECT_EQ(user_of(uri_of(leaves_as(annex, "911").header("P-Asserted-Identity"))), "+14085551900");
  EXPECT_EQ(user_of(uri_of(leaves_as(*john_, "911").header("P-Asserted-Identity"))), "+14085551000") << "the phone's site, not the person";
}

TEST_F(Trunk, IsProbedAndShownAsUp) {
  tandem_->ask_until("sip show trunks", [&](const auto& rows) {
    gateway().pump();  // answers what it has been asked
    return rows.size() == 1 && rows[0].at("state") == "up";
  });
  EXPECT_GE(gateway().options_seen(), 1u);
}

class SilentTrunk : public Trunk {
  void SetUp() override {
    // A gateway that says nothing until a test lets it.
    gateway_ = std::make_unique<SipPeer>(SocketAddress(), "pstn");
    gateway_->answer_options = false;
    tandem_ = std::make_unique<TandemProcess>(std::vector<std::string>{"sip/pstn/address=" + gateway_->local().to_string()});
    gateway_->aim(tandem_->sip());
    john_ = std::make_unique<Phone>(*tandem_, kJohn, 440);
    john_->must_enroll();
  }
};

TEST_F(SilentTrunk, IsTriedAllTheSameForAnEmergency) {
  const auto invite = leaves_as(*john_, "911");
  EXPECT_EQ(user_of(invite.uri()), "911");
}

TEST_F(SilentTrunk, ComesUpWithAnyValidMessage) {
  const auto state = [&] { return tandem_->ask("sip show trunks").at(0).at("state").get<std::string>(); };
  EXPECT_NE(state(), "up");
  gateway().transact(gateway().make_request("OPTIONS", gateway().uri("ping")));
  EXPECT_EQ(state(), "up");
}

class TcpTrunk : public Trunk {
  void SetUp() override {
    gateway_ = std::make_unique<SipPeer>(SocketAddress(), "pstn", "", SipPeer::Over::tcp_server);
    tandem_ = std::make_unique<TandemProcess>(
        std::vector<std::string>{"sip/pstn/address=" + gateway_->local().to_string(), "sip/pstn/transport=tcp"});
    gateway_->aim(tandem_->listener("sip-tcp"));
    john_ = std::make_unique<Phone>(*tandem_, kJohn, 440);
    john_->must_enroll();
  }
};

TEST_F(TcpTrunk, IsProbedAndCallsGoBothWaysOverItsConnection) {
  tandem_->ask_until("sip show trunks", [&](const auto& rows) {
    gateway().pump();
    return rows.at(0).at("state") == "up";
  });
  voice_.tone = 1200;
  auto out = john_->call("914085551234", john_->offer());
  auto invite = gateway().expect_request("INVITE");
  EXPECT_NE(invite.header("Via").find("SIP/2.0/TCP"), std::string::npos) << invite.header("Via");
  EXPECT_NE(invite.header("Contact").find("transport=tcp"), std::string::npos) << invite.header("Contact");
  auto called = gateway().accept(invite);
  voice_.remote = Sdp::parse(invite.body).rtp;
  gateway().respond(called, invite, 200, "OK", make_sdp(voice_.port()));
  john_->hear_of(john_->answered(out));
  gateway().expect_request("ACK");
  expect_tones_both_ways(john_->audio, voice_, Milliseconds(200));
  gateway().send(gateway().in_dialog(called, "BYE"));
  john_->respond(out, john_->expect_request("BYE"), 200, "OK");
  gateway().expect(200, "BYE");

  auto in = gateway().invite("+14085551001", make_sdp(voice_.port()));
  invite = john_->expect_request("INVITE");
  auto rung = john_->accept(invite);
  john_->respond(rung, invite, 200, "OK", john_->offer());
  gateway().answered(in);
  john_->expect_request("ACK");
  john_->send(john_->in_dialog(rung, "BYE"));
  gateway().respond(in, gateway().expect_request("BYE"), 200, "OK");
  john_->expect(200, "BYE");
  EXPECT_EQ(tandem_->ask("sip show tcp").size(), 1u);
  expect_nothing_left();
}

TEST_F(Trunk, OptionsAreAnsweredWithWhatIsAllowed) {
  const auto answer = gateway().transact(gateway().make_request("OPTIONS", gateway().uri("ping")));
  EXPECT_EQ(answer.status(), 200);
  for (const char* method : {"INVITE", "ACK", "BYE", "CANCEL", "OPTIONS"}) {
    EXPECT_NE(answer.header("Allow").find(method), std::string::npos) << answer.raw;
  }
}

}  // namespace
}  // namespace tandem::test
