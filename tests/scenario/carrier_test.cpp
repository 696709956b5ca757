// Trunks of several gateways, with names, accounts and numbers of their own kind: what a carrier sees of us.
#include <fmt/format.h>

#include "office.h"
#include "support/dns_server.h"

namespace tandem::test {
namespace {

class Carrier : public Office {
 protected:
  void SetUp() override {}  // each test says what its trunk is
  /// An office whose trunk has these peers and settings ("sip/pstn/..." without the beginning).
  void start(const std::string& peers, const std::vector<std::string>& settings = {}, const std::vector<std::string>& others = {}) {
    std::vector<std::string> all{"sip/pstn/address=", "sip/pstn/peers=" + peers};
    for (const auto& setting : settings) all.push_back("sip/pstn/" + setting);
    all.insert(all.end(), others.begin(), others.end());
    tandem_ = std::make_unique<TandemProcess>(all);
    for (SipPeer* peer : {&first_, &second_}) peer->aim(tandem_->sip());
    john_ = std::make_unique<Phone>(*tandem_, kJohn, 440);
    john_->must_enroll();
  }
  std::string both(const std::string& first = ";priority=1", const std::string& second = ";priority=2") const {
    return first_.local().to_string() + first + "," + second_.local().to_string() + second;
  }
  void both_up() {
    tandem_->ask_until("sip show trunk pstn", [&](const auto& rows) {
      first_.pump();
      second_.pump();
      return rows.size() == 2 && rows[0].at("state") == "up" && rows[1].at("state") == "up";
    });
  }
  /// The call that `peer` has been asked for is refused there, and over.
  void end(SipPeer& peer, Dialog& dialog, const SipMessage& invite) {
    peer.respond(peer.accept(invite), invite, 404, "Not Found");
    peer.expect_request("ACK");
    john_->ack(dialog, john_->expect_final("INVITE"));
  }
  SipPeer first_{SocketAddress(), "one"}, second_{SocketAddress(), "two"};
  std::unique_ptr<Phone> john_;
};

TEST_F(Carrier, TheNextGatewayIsAskedWhenTheFirstIsBusyAndStaysAwayAsLongAsItSays) {
  start(both());
  both_up();
  auto dialog = john_->call("914085551234", john_->offer());
  auto invite = first_.expect_request("INVITE");
  first_.respond(first_.accept(invite), invite, 503, "Service Unavailable", {}, {{"Retry-After", "60"}});
  first_.expect_request("ACK");
  invite = second_.expect_request("INVITE");
  EXPECT_EQ(user_of(invite.uri()), "+14085551234");
  end(second_, dialog, invite);

  dialog = john_->call("914085551234", john_->offer());
  end(second_, dialog, second_.expect_request("INVITE"));
  EXPECT_EQ(tandem_->ask("sip show trunk pstn").at(1).at("takes calls"), "no, it said 503");
}

TEST_F(Carrier, TheNextGatewayIsAskedWhenTheFirstIsSilent) {
  start(both(), {"patience=300ms"});
  both_up();
  auto dialog = john_->call("914085551234", john_->offer());
  const auto lost = first_.expect_request("INVITE");
  const auto invite = second_.expect_request("INVITE", Milliseconds(2000));
  EXPECT_EQ(lost.header("Call-ID"), invite.header("Call-ID"));
  first_.respond(first_.accept(lost), lost, 180, "Ringing");
  EXPECT_EQ(std::atoi(first_.expect_request("CANCEL").header("CSeq").c_str()), std::atoi(lost.header("CSeq").c_str()))
      << "a gateway that wakes up late must not ring on";
  end(second_, dialog, invite);
}

TEST_F(Carrier, EqualsShareTheCallsByWeight) {
  start(both(";weight=1", ";weight=0"));
  both_up();
  for (int i = 0; i < 3; ++i) {
    auto dialog = john_->call("914085551234", john_->offer());
    end(first_, dialog, first_.expect_request("INVITE"));
  }
}

TEST_F(Carrier, EachGatewayOfATrunkMayCallWithoutAPassword) {
  start(both());
  for (SipPeer* peer : {&first_, &second_}) {
    auto dialog = peer->invite("+14085559999", make_sdp(40000));
    const auto response = peer->expect_final("INVITE");
    EXPECT_EQ(response.status(), 404) << response.start;
    peer->ack(dialog, response);
  }
}

TEST_F(Carrier, NumbersAreWrittenAsTheCarrierWants) {
  start(first_.local().to_string(), {"send_numbers=+1>1, +>011", "called_numbers=001>+1", "caller_numbers=001>", "domain=carrier.example"});
  auto dialog = john_->call("914085551234", john_->offer());
  auto invite = first_.expect_request("INVITE");
  EXPECT_EQ(uri_of(invite.start.substr(invite.start.find(' ') + 1)).substr(0, 31), "sip:14085551234@carrier.example") << invite.start;
  end(first_, dialog, invite);
  auto in = first_.invite("0014085551001", make_sdp(40000), {{"From", "<sip:0014089717272@carrier.example>;tag=c1"}});
  invite = john_->expect_request("INVITE");
  EXPECT_EQ(user_of(uri_of(invite.header("From"))), "914089717272") << "10 digits, with the office's prefix";
  john_->respond(invite, 486, "Busy Here");
  first_.ack(in, first_.expect_final("INVITE"));
}

// The gateway plays a proxy that wants a password for each call, and finds the first nonce stale.
TEST_F(Carrier, AsksForAPassword) {
  start(first_.local().to_string(), {"user=office", "password=carrier-secret"});
  auto dialog = john_->call("914085551234", john_->offer());
  SipMessage invite = first_.expect_request("INVITE");
  EXPECT_FALSE(invite.has("Proxy-Authorization"));
  const int first = std::atoi(invite.header("CSeq").c_str());
  const auto challenge = [&](const std::string& nonce, const std::string& more) {
    first_.respond(
        invite, 407, "Proxy Authentication Required",
        {{"Proxy-Authenticate", fmt::format("Digest realm=\"carrier\", nonce=\"{}\", algorithm=SHA-256, qop=\"auth\"{}", nonce, more)}});
    first_.expect_request("ACK");
    invite = first_.expect_request("INVITE");
  };
  challenge("n1", "");
  challenge("n2", ", stale=true");
  auto sent = digest_parameters(invite.header("Proxy-Authorization"));
  EXPECT_EQ(sent["nonce"], "n2");
  const Credentials who{"office", "carrier-secret", {{"cnonce", sent["cnonce"]}}};
  auto expected = digest_parameters(
      digest_response(who, "Digest realm=\"carrier\", nonce=\"n2\", algorithm=SHA-256, qop=\"auth\"", "INVITE", sent["uri"]));
  EXPECT_EQ(sent["response"], expected["response"]);
  EXPECT_EQ(std::atoi(invite.header("CSeq").c_str()), first + 2);
  end(first_, dialog, invite);
  EXPECT_EQ(tandem_->log().find("carrier-secret"), std::string::npos);
}

// And for each request of the call: without the BYE it would go on being paid for.
TEST_F(Carrier, AsksForAPasswordAtTheEndToo) {
  start(first_.local().to_string(), {"user=office", "password=carrier-secret"});
  const std::string challenge = "Digest realm=\"carrier\", nonce=\"{}\", algorithm=MD5, qop=\"auth\"";
  const auto is_right = [&](const SipMessage& request, const std::string& nonce) {
    auto sent = digest_parameters(request.header("Proxy-Authorization"));
    const Credentials who{"office", "carrier-secret", {{"cnonce", sent["cnonce"]}}};
    const std::string header = fmt::format(fmt::runtime(challenge), nonce);
    return sent["response"] ==
           digest_parameters(digest_response(who, header, request.method(), sent["uri"], std::stoi(sent["nc"], nullptr, 16)))["response"];
  };
  RtpEnd voice;
  auto dialog = john_->call("914085551234", john_->offer());
  auto invite = first_.expect_request("INVITE");
  auto called = first_.accept(invite);
  first_.respond(called, invite, 200, "OK", make_sdp(voice.port()));
  EXPECT_FALSE(first_.expect_request("ACK").has("Proxy-Authorization"));
  john_->answered(dialog);
  john_->bye(dialog);
  const auto plain = first_.expect_request("BYE");
  first_.respond(called, plain, 407, "Proxy Authentication Required", {},
                 {{"Proxy-Authenticate", fmt::format(fmt::runtime(challenge), "n1")}});
  const auto bye = first_.expect_request("BYE");
  EXPECT_TRUE(is_right(bye, "n1")) << bye.text();
  first_.respond(called, bye, 200, "OK");

  dialog = john_->call("914085551234", john_->offer());
  invite = first_.expect_request("INVITE");
  first_.respond(invite, 407, "Proxy Authentication Required", {{"Proxy-Authenticate", fmt::format(fmt::runtime(challenge), "n2")}});
  first_.expect_request("ACK");
  invite = first_.expect_request("INVITE");
  called = first_.accept(invite);
  first_.respond(called, invite, 200, "OK", make_sdp(voice.port()));
  EXPECT_EQ(first_.expect_request("ACK").header("Proxy-Authorization"), invite.header("Proxy-Authorization")) << "RFC 3261 22.1";
  john_->answered(dialog);
  john_->bye(dialog);
  const auto end = first_.expect_request("BYE");
  EXPECT_TRUE(is_right(end, "n2")) << "without being asked again: " << end.text();
  first_.respond(called, end, 200, "OK");
  expect_nothing_left();
}

TEST_F(Carrier, WeRegisterThereAndAreCalled) {
  start(first_.local().to_string(), {"register=yes", "user=office", "password=carrier-secret", "domain=carrier.example"});
  SipMessage request = first_.expect_request("REGISTER");
  EXPECT_EQ(request.start, "REGISTER sip:carrier.example SIP/2.0");
  first_.respond(request, 401, "Unauthorized", {{"WWW-Authenticate", "Digest realm=\"carrier\", nonce=\"n1\", qop=\"auth\""}});
  request = first_.expect_request("REGISTER");
  auto sent = digest_parameters(request.header("Authorization"));
  EXPECT_EQ(sent["username"], "office");
  first_.respond(request, 423, "Interval Too Brief", {{"Min-Expires", "7200"}});
  request = first_.expect_request("REGISTER");
  EXPECT_EQ(request.header("Expires"), "7200");
  first_.respond(request, 200, "OK", {{"Contact", request.header("Contact") + ";expires=7200"}});
  const auto rows =
      tandem_->ask_until("sip show registrations outbound", [](const auto& r) { return r.at(0).at("state") == "registered"; });
  EXPECT_EQ(rows.at(0).at("address of record"), "sip:office@carrier.example");
  EXPECT_EQ(user_of(uri_of(request.header("Contact"))), "office");
  // At the end we are taken off the carrier's list.
  EXPECT_EQ(tandem_->stop(), 0);
  EXPECT_EQ(first_.expect_request("REGISTER").header("Expires"), "0");
  tandem_->start();
}

TEST_F(Carrier, ARefusedRegistrationIsShownWithItsReason) {
  start(first_.local().to_string(), {"register=yes", "user=office", "password=wrong", "domain=carrier.example"});
  first_.respond(first_.expect_request("REGISTER"), 403, "Forbidden");
  const auto rows = tandem_->ask_until("sip show registrations outbound", [](const auto& r) { return r.at(0).at("state") == "refused"; });
  EXPECT_EQ(rows.at(0).at("last answer"), "403 Forbidden");
  EXPECT_GT(rows.at(0).at("next in seconds").get<int>(), 30) << "who says no is not pressed";
}

TEST_F(Carrier, NamesLeadToGatewaysAndFollowTheirChanges) {
  DnsServer dns;
  const auto serve = [&](const SipPeer& peer) {
    dns.forget("_sip._udp.carrier.example");
    dns.srv("_sip._udp.carrier.example", 10, 0, peer.local().port(), "gw.carrier.example", 1);
  };
  dns.a("gw.carrier.example", "127.0.0.1", 1);
  serve(first_);
  start("carrier.example", {}, {"sip/dns/servers=" + dns.address().to_string()});
  const auto leads_to = [&](const SipPeer& peer) {
    tandem_->ask_until("sip show trunk pstn", [&](const auto& rows) {
      first_.pump();
      second_.pump();
      return rows.size() == 1 && rows[0].at("gateway") == peer.local().to_string() && rows[0].at("state") == "up";
    });
  };
  leads_to(first_);
  auto dialog = john_->call("914085551234", john_->offer());
  auto invite = first_.expect_request("INVITE");
  EXPECT_NE(invite.start.find("@carrier.example"), std::string::npos) << invite.start;
  end(first_, dialog, invite);
  serve(second_);
  leads_to(second_);
  dialog = john_->call("914085551234", john_->offer());
  end(second_, dialog, second_.expect_request("INVITE"));
}

TEST_F(Carrier, ACallForHelpTakesTheLastChannel) {
  start(first_.local().to_string(), {"max_channels=1"});
  auto talk = john_->call("914085551234", john_->offer());
  auto invite = first_.expect_request("INVITE");
  auto called = first_.accept(invite);
  first_.respond(called, invite, 200, "OK", make_sdp(40000));
  john_->answered(talk);
  first_.expect_request("ACK");
  Phone jane(*tandem_, kJane);
  jane.must_enroll();
  auto refused = jane.call("914085550000", jane.offer());
  jane.ack(refused, jane.expect_final("INVITE"));
  EXPECT_TRUE(first_.silent([](const auto& m) { return m.is_request() && m.method() == "INVITE"; }, Milliseconds(200)));

  auto help = jane.call("911", jane.offer());
  invite = first_.expect_request("INVITE");
  EXPECT_EQ(user_of(invite.uri()), "911");
  first_.respond(called, first_.expect_request("BYE"), 200, "OK");
  john_->respond(talk, john_->expect_request("BYE"), 200, "OK");
  first_.respond(first_.accept(invite), invite, 404, "Not Found");
  first_.expect_request("ACK");
  jane.ack(help, jane.expect_final("INVITE"));
}

}  // namespace
}  // namespace tandem::test
