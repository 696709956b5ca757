// SIP over TLS, WS and WSS: phones that call over it, connections that go, and what strangers do to a door.
#include <fmt/format.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>

#include "office.h"

namespace tandem::test {
namespace {

using Time = std::chrono::steady_clock;
using Over = SipPeer::Over;

class Edge : public Office {
 protected:
  void SetUp() override { open({"sip/ws/enabled=yes"}); }
  std::unique_ptr<Phone> phone(const std::string& device, double tone, Over over) {
    auto made = std::make_unique<Phone>(*tandem_, device, tone, over);
    made->must_enroll();
    return made;
  }
  nlohmann::json flows(size_t count) {
    return tandem_->ask_until("sip show flows", [count](const auto& rows) { return rows.size() == count; });
  }
};

class OverEach : public Edge, public testing::WithParamInterface<Over> {
 protected:
  std::string transport() const { return GetParam() == Over::tls ? "TLS" : GetParam() == Over::ws ? "WS" : "WSS"; }
  std::string parameter() const { return GetParam() == Over::tls ? "transport=tls" : "transport=ws"; }
  SocketAddress door() const { return tandem_->listener(Phone::listener_for(GetParam())); }
};

INSTANTIATE_TEST_SUITE_P(Transports, OverEach, testing::Values(Over::tls, Over::ws, Over::wss), [](const auto& each) {
  return each.param == Over::tls ? "Tls" : each.param == Over::ws ? "Ws" : "Wss";
});

TEST_P(OverEach, TwoPhonesTalk) {
  auto john = phone(kJohn, 440, GetParam()), jane = phone(kJane, 880, GetParam());
  const auto rows = tandem_->ask("sip show flows");
  ASSERT_EQ(rows.size(), 2u);
  EXPECT_EQ(rows[0].at("peer"), john->local().to_string()) << "the client's own address, not a loopback one of ours";
  EXPECT_EQ(rows[0].at("transport"), transport());
  auto call = converse(*john, *jane, "11002");
  EXPECT_TRUE(call.invite.header("Via").starts_with("SIP/2.0/" + transport() + " " + door().to_string() + ";"))
      << call.invite.header("Via");
  for (const auto& message : {call.invite, call.answer}) {
    EXPECT_NE(message.header("Contact").find(door().to_string()), std::string::npos) << message.header("Contact");
    EXPECT_NE(message.header("Contact").find(parameter()), std::string::npos) << message.header("Contact");
  }
  EXPECT_NE(call.answer.header("Via").find("received=127.0.0.1"), std::string::npos) << call.answer.header("Via");
  EXPECT_NE(call.answer.header("Via").find(fmt::format("rport={}", john->local().port())), std::string::npos) << call.answer.header("Via");
  expect_tones_both_ways(john->audio, jane->audio, Milliseconds(200));
  EXPECT_EQ(tandem_->ask("sip show flows").size(), 2u) << "no connection but theirs";
  EXPECT_TRUE(tandem_->ask("sip show tcp").empty());
  jane->send(jane->in_dialog(call.called, "BYE"));
  jane->expect(200, "BYE");
  john->respond(call.caller, john->expect_request("BYE"), 200, "OK");
  expect_nothing_left();
}

TEST_P(OverEach, ACallerWhoThinksBetterOfItIsHeardByTheRingingPhone) {
  Phone john(*tandem_, kJohn, 440);
  john.must_enroll();
  auto jane = phone(kJane, 880, GetParam());
  auto dialog = john.call("11002", john.offer());
  const SipMessage invite = jane->expect_request("INVITE");
  jane->respond(jane->accept(invite), invite, 180, "Ringing");
  john.expect(180, "INVITE");
  john.cancel(dialog);
  john.expect(200, "CANCEL");
  john.ack(dialog, john.expect(487, "INVITE"));
  jane->respond(jane->expect_request("CANCEL"), 200, "OK");
  jane->respond(jane->accept(invite), invite, 487, "Request Terminated");
  jane->expect_request("ACK");
  expect_nothing_left();
}

// By nta's own clock the caller would wait for 32 s.
TEST_P(OverEach, ARequestOnAConnectionThatDiesIsOverWithinASecond) {
  auto jane = phone(kJane, 880, GetParam());
  Phone john(*tandem_, kJohn, 440);
  john.must_enroll();
  auto dialog = john.call("11002", john.offer());
  jane->expect_request("INVITE");  // and not a word to it
  const auto died = Time::now();
  jane->disconnect();
  const SipMessage refusal = john.expect_final("INVITE");
  EXPECT_LT(std::chrono::duration_cast<Milliseconds>(Time::now() - died).count(), 1000);
  EXPECT_EQ(refusal.status(), 480);
  john.ack(dialog, refusal);
  expect_nothing_left();
  auto again = john.call("11002", john.offer());
  john.ack(again, john.expect(480, "INVITE"));
  jane->connect();
  jane->must_enroll();
  auto call = converse(john, *jane, "11002");
  john.bye(call.caller);
  jane->respond(call.called, jane->expect_request("BYE"), 200, "OK");
  expect_nothing_left();
}

// Not only what makes a call: john's change of media waits for jane's answer, which never comes.
TEST_P(OverEach, ARequestInsideADialogIsOverToo) {
  Phone john(*tandem_, kJohn, 440);
  john.must_enroll();
  auto jane = phone(kJane, 880, GetParam());
  auto call = converse(john, *jane, "11002");
  john.send(john.in_dialog(call.caller, "BYE"));
  jane->expect_request("BYE");
  const auto died = Time::now();
  jane->disconnect();
  tandem_->ask_until("sip show objects", [](const auto& o) { return o.dump().find("\"sessions\":0") != std::string::npos; });
  EXPECT_LT(std::chrono::duration_cast<Milliseconds>(Time::now() - died).count(), 5000);
  expect_nothing_left();
}

TEST_F(Edge, KeepAlivesAreAnsweredAndRecommended) {
  SipPeer tls(tandem_->listener("sip-tls"), "stranger", {}, Over::tls), wss(tandem_->listener("sip-wss"), "stranger", {}, Over::wss);
  for (SipPeer* peer : {&tls, &wss}) {
    peer->send("\r\n\r\n");
    EXPECT_FALSE(peer->receive([&](const auto&) { return peer->pongs() > 0; }, Milliseconds(200)));
    EXPECT_EQ(peer->pongs(), 1u);
    auto request = peer->make_request("OPTIONS", "sip:127.0.0.1");
    request.set("Via", request.header("Via") + ";keep");
    const auto response = peer->transact(request);
    EXPECT_EQ(response.status(), 200);
    EXPECT_NE(response.header("Via").find(";keep=30"), std::string::npos) << response.header("Via");
  }
}

TEST_F(Edge, TheOfficesCertificateIsTrustedByWhoTrustsItsAuthority) {
  SipPeer peer(tandem_->listener("sip-tls"), "stranger", {}, Over::tls, {.trust = tandem_->state() + "/tls/ca.pem"});
  EXPECT_EQ(peer.transact(peer.make_request("OPTIONS", "sips:127.0.0.1")).status(), 200);
  SipPeer plain(tandem_->sip(), "stranger");
  EXPECT_EQ(plain.transact(plain.make_request("OPTIONS", "sips:127.0.0.1")).status(), 416);
}

TEST_F(Edge, AnOldPhoneCallsWhereTls10IsAllowed) {
  EXPECT_THROW(SipPeer(tandem_->listener("sip-tls"), kJohn, kSecret, Over::tls, {.most = TLS1_VERSION}), std::runtime_error);
  open({"sip/tls/minimum_version=1.0"});
  SipPeer old(tandem_->listener("sip-tls"), kJohn, kSecret, Over::tls, {.most = TLS1_VERSION});
  EXPECT_EQ(old.enroll().status(), 200);
  EXPECT_TRUE(tandem_->ask("sip show flows")[0].at("tls").get<std::string>().starts_with("TLSv1 "));
}

TEST_F(Edge, GarbageIsCutOffAndOthersDoNotNotice) {
  auto jane = phone(kJane, 880, Over::wss);
  const auto tls = tandem_->listener("sip-tls"), wss = tandem_->listener("sip-wss");
  SipPeer no_sip(tls, "stranger", {}, Over::tls), two_lengths(tls, "stranger", {}, Over::tls), large(tls, "stranger", {}, Over::tls);
  no_sip.send("GET / HTTP/1.1\r\n\r\n");
  EXPECT_TRUE(no_sip.closed_by_server(kPatience));
  two_lengths.send("OPTIONS sip:a SIP/2.0\r\nl: 1\r\nl: 2\r\n\r\nxx");
  EXPECT_TRUE(two_lengths.closed_by_server(kPatience));
  large.send("OPTIONS sip:a SIP/2.0\r\nSubject: " + std::string(100'000, 'x'));
  EXPECT_TRUE(large.closed_by_server(kPatience));
  const SipPeer plain(tls, "stranger", {}, Over::tcp);
  const_cast<SipPeer&>(plain).send("OPTIONS sip:a SIP/2.0\r\n\r\n");
  EXPECT_TRUE(const_cast<SipPeer&>(plain).closed_by_server(kPatience));

  const auto close_code = [&](const std::string& raw) {
    SipPeer peer(wss, "stranger", {}, Over::wss);
    peer.wire().send_raw(raw);
    EXPECT_TRUE(peer.closed_by_server(kPatience));
    return peer.wire().close_code();
  };
  EXPECT_EQ(close_code("\x81\x02hi"), 1002) << "not masked";
  EXPECT_EQ(close_code(TestWire::frame(0x81, "\xff\xff")), 1007);
  EXPECT_EQ(close_code(std::string("\x82\xff\0\0\0\x7f\xff\xff\xff\xff", 10) + "mask"), 1009);
  EXPECT_EQ(close_code(TestWire::frame(0x81, "OPTIONS sip:a SIP/2.0\r\nl: 99\r\n\r\nshort")), 1008);
  EXPECT_EQ(close_code(TestWire::frame(0x88, std::string("\x03\xe8", 2))), 1000);

  SipPeer pieces(wss, "stranger", {}, Over::wss);
  const std::string text = pieces.make_request("OPTIONS", "sip:127.0.0.1").text();
  for (size_t i = 0; i + 1 < text.size(); ++i) pieces.wire().send_raw(TestWire::frame(i == 0 ? 0x01 : 0x00, text.substr(i, 1)));
  pieces.wire().send_raw(TestWire::frame(0x89, "") + TestWire::frame(0x80, text.substr(text.size() - 1)));
  EXPECT_EQ(pieces.expect_final("OPTIONS").status(), 200);
  EXPECT_EQ(jane->enroll().status(), 200);
}

TEST_F(Edge, AThousandHalfOpenConnectionsDisturbNobody) {
  open({"sip/tls/handshake_time=2s", "sip/tls/connections_per_source=1500", "sip/tls/handshakes_per_source=1200"});
  const auto door = tandem_->listener("sip-tls");
  std::vector<int> crowd;
  for (int i = 0; i < 1000; ++i) {
    crowd.push_back(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    ASSERT_EQ(::connect(crowd.back(), door.sa(), door.length()), 0) << i;
    if (i % 2 == 0) (void)!::send(crowd.back(), "\x16\x03\x01", 3, MSG_NOSIGNAL);
  }
  auto john = phone(kJohn, 440, Over::tls), jane = phone(kJane, 880, Over::tls);
  auto call = converse(*john, *jane, "11002");
  john->bye(call.caller);
  jane->respond(call.called, jane->expect_request("BYE"), 200, "OK");
  const auto door_of = [](const auto& rows) {
    for (const auto& one : rows) {
      if (one.at("door") == "sip-tls") return one;
    }
    throw std::runtime_error("no door sip-tls");
  };
  const auto row = [&] { return door_of(tandem_->ask("edge show")); };
  EXPECT_GE(row().at("accepted").get<int>(), 1002);
  tandem_->ask_until(
      "edge show", [&](const auto& rows) { return door_of(rows).at("connections") == 2; }, Milliseconds(10'000));
  EXPECT_EQ(row().at("late"), 1000);
  for (const int fd : crowd) ::close(fd);
}

// As many as the descriptors of one process allow where this was written (20 000, three a flow). Minutes, so only where it is asked for:
// TANDEM_HEAVY=1 scenario_edge --gtest_filter=*SixThousand*
TEST_F(Edge, SixThousandFlows) {
  if (std::getenv("TANDEM_HEAVY") == nullptr) GTEST_SKIP() << "only with TANDEM_HEAVY=1";
  constexpr size_t kFlows = 6000;
  open({"sip/tls/connections_per_source=7000", "sip/tls/handshakes_per_source=7000", "sip/general/source_rate=100000"});
  const auto door = tandem_->listener("sip-tls");
  const auto used = [this] { return tandem_->ask("core show memory").at("used KiB").get<int64_t>(); };
  const int64_t before = used();
  const std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)> context(SSL_CTX_new(TLS_client_method()), SSL_CTX_free);
  SSL_CTX_set_mode(context.get(), SSL_MODE_RELEASE_BUFFERS);
  std::vector<std::pair<int, SSL*>> crowd;
  SipPeer words(tandem_->sip(), "stranger");
  const std::string request =
      words.make_request("OPTIONS", "sip:127.0.0.1").set("Via", "SIP/2.0/TLS 127.0.0.1:9;branch=z9hG4bKflow;rport").text();
  const auto began = Time::now();
  while (crowd.size() < kFlows) {
    const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    ASSERT_EQ(::connect(fd, door.sa(), door.length()), 0) << crowd.size() << ": " << std::strerror(errno);
    SSL* const ssl = SSL_new(context.get());
    SSL_set_fd(ssl, fd);
    crowd.emplace_back(fd, ssl);
    ASSERT_EQ(SSL_connect(ssl), 1) << crowd.size();
    char room[2048];
    SSL_write(ssl, request.data(), static_cast<int>(request.size()));
    ASSERT_GT(SSL_read(ssl, room, sizeof room), 0) << crowd.size();
  }
  const double each = std::chrono::duration<double, std::micro>(Time::now() - began).count() / kFlows;
  flows(kFlows);
  const double memory = static_cast<double>(used() - before) / kFlows;
  fmt::print("{} TLS flows: {:.0f} microseconds each to come (both ends), {:.1f} KiB each to stay\n", kFlows, each, memory);
  EXPECT_LT(memory, 40);
  auto john = phone(kJohn, 440, Over::tls), jane = phone(kJane, 880, Over::tls);
  auto call = converse(*john, *jane, "11002");
  john->bye(call.caller);
  jane->respond(call.called, jane->expect_request("BYE"), 200, "OK");
  for (const auto& [fd, ssl] : crowd) {
    SSL_free(ssl);
    ::close(fd);
  }
  flows(2);
  expect_nothing_left();
}

}  // namespace
}  // namespace tandem::test
