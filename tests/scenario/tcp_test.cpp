// SIP over TCP: phones that come and go with their connection, and what strangers do to a stream.
#include <fmt/format.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "office.h"

namespace tandem::test {
namespace {

class Tcp : public Office {
 protected:
  SocketAddress server() const { return tandem_->listener("sip-tcp"); }
  std::unique_ptr<Phone> phone(const std::string& device, double tone) {
    auto made = std::make_unique<Phone>(*tandem_, device, tone, SipPeer::Over::tcp);
    made->must_enroll();
    return made;
  }
  nlohmann::json registrations(const std::string& state) {
    return tandem_->ask_until("sip show registrations", [&](const nlohmann::json& rows) {
      return !rows.empty() && std::all_of(rows.begin(), rows.end(), [&](const auto& row) { return row.at("state") == state; });
    });
  }
};

TEST_F(Tcp, TwoPhonesTalkEachOverItsOwnConnection) {
  auto john = phone(kJohn, 440), jane = phone(kJane, 880);
  auto call = converse(*john, *jane, "11002");
  EXPECT_NE(call.invite.header("Via").find("SIP/2.0/TCP"), std::string::npos) << call.invite.header("Via");
  EXPECT_NE(call.invite.header("Contact").find("transport=tcp"), std::string::npos);
  expect_tones_both_ways(john->audio, jane->audio, Milliseconds(200));
  EXPECT_EQ(tandem_->ask("sip show tcp").size(), 2u) << "no connection but theirs";
  jane->send(jane->in_dialog(call.called, "BYE"));
  jane->expect(200, "BYE");
  john->respond(call.caller, john->expect_request("BYE"), 200, "OK");
  expect_nothing_left();
}

TEST_F(Tcp, AUdpPhoneCallsATcpPhone) {
  Phone john(*tandem_, kJohn, 440);
  john.must_enroll();
  auto jane = phone(kJane, 880);
  auto call = converse(john, *jane, "11002");
  expect_tones_both_ways(john.audio, jane->audio, Milliseconds(200));
  john.bye(call.caller);
  jane->respond(call.called, jane->expect_request("BYE"), 200, "OK");
  expect_nothing_left();
}

TEST_F(Tcp, APhoneWhoseConnectionHasGoneIsExpectedBack) {
  auto jane = phone(kJane, 880);
  Phone john(*tandem_, kJohn, 440);
  john.must_enroll();
  jane->disconnect();
  tandem_->ask_until("sip show tcp", [](const auto& rows) { return rows.empty(); });
  auto refused = john.call("11002", john.offer());
  john.ack(refused, john.expect(480, "INVITE"));
  EXPECT_NE(decisions(1).find("its TCP connection has gone: expected back"), std::string::npos) << decisions(1);
  jane->connect();
  jane->must_enroll();
  EXPECT_EQ(registrations("reachable").size(), 2u);
  auto call = converse(john, *jane, "11002");
  john.bye(call.caller);
  jane->respond(call.called, jane->expect_request("BYE"), 200, "OK");
}

TEST_F(Tcp, ARingingPhoneThatIsLostIsGivenUpAtOnce) {
  auto jane = phone(kJane, 880);
  Phone john(*tandem_, kJohn, 440);
  john.must_enroll();
  auto dialog = john.call("11002", john.offer());
  const SipMessage invite = jane->expect_request("INVITE");
  jane->respond(jane->accept(invite), invite, 180, "Ringing");
  john.expect(180, "INVITE");
  jane->disconnect();
  john.ack(dialog, john.expect(480, "INVITE"));  // not after the 32 s of a transaction
  expect_nothing_left();
}

TEST_F(Tcp, AConversationOutlivesTheConnection) {
  auto john = phone(kJohn, 440), jane = phone(kJane, 880);
  auto call = converse(*john, *jane, "11002");
  jane->disconnect(true);
  tandem_->ask_until("sip show tcp", [](const auto& rows) { return rows.size() == 1; });
  expect_tones_both_ways(john->audio, jane->audio, Milliseconds(200));
  jane->connect();
  jane->must_enroll();
  john->bye(call.caller);
  jane->respond(call.called, jane->expect_request("BYE"), 200, "OK");
  expect_nothing_left();
}

TEST_F(Tcp, AfterARestartTcpPhonesAreExpectedUntilTheyAreBack) {
  auto jane = phone(kJane, 880);
  Phone john(*tandem_, kJohn, 440);
  john.must_enroll();
  tandem_->stop();
  tandem_->start();
  john.aim(tandem_->sip());
  gateway_->aim(tandem_->sip());
  jane->aim(server());
  const auto rows = tandem_->ask("sip show registrations");
  ASSERT_EQ(rows.size(), 2u);
  EXPECT_EQ(rows[0].at("state"), "reachable") << "UDP contacts are as they were";
  EXPECT_EQ(rows[1].at("state"), "expected");
  auto refused = john.call("11002", john.offer());
  john.ack(refused, john.expect(480, "INVITE"));
  // Any request of the phone brings it back, not only REGISTER.
  jane->connect();
  auto echo = jane->call("600", jane->offer(), {{"Contact", jane->contact()}});
  jane->answered(echo);
  jane->bye(echo);
  EXPECT_EQ(registrations("reachable").size(), 2u);
  auto call = converse(john, *jane, "11002");
  john.bye(call.caller);
  jane->respond(call.called, jane->expect_request("BYE"), 200, "OK");
}

class TcpHostile : public Tcp {
 protected:
  void SetUp() override {
    open({"sip/tcp/message_time=1", "sip/tcp/idle=5", "sip/tcp/connections_per_source=20", "sip/general/max_message=4096"});
  }
  void TearDown() override {
    ASSERT_TRUE(tandem_->alive()) << tandem_->log();
    SipPeer udp(tandem_->sip(), kJohn, kSecret);
    EXPECT_EQ(udp.enroll().status(), 200) << "others are disturbed";
  }
};

TEST_F(TcpHostile, OneOctetAtATimeIsStillAMessage) {
  SipPeer peer(server(), "stranger", {}, SipPeer::Over::tcp);
  for (const char c : peer.make_request("OPTIONS", "sip:127.0.0.1").text()) peer.send(std::string(1, c));
  EXPECT_EQ(peer.expect_final("OPTIONS").status(), 200);
}

TEST_F(TcpHostile, ManyRequestsInOneWriteAreAnsweredOneByOne) {
  SipPeer peer(server(), "stranger", {}, SipPeer::Over::tcp);
  std::string all;
  for (int i = 0; i < 20; ++i) all += peer.make_request("OPTIONS", "sip:127.0.0.1").text();
  peer.send(all);
  for (int i = 0; i < 20; ++i) EXPECT_EQ(peer.expect_final("OPTIONS").status(), 200) << i;
}

TEST_F(TcpHostile, AKeepAliveGetsItsPong) {
  SipPeer peer(server(), "stranger", {}, SipPeer::Over::tcp);
  peer.send("\r\n\r\n");
  EXPECT_FALSE(peer.receive([&](const auto&) { return false; }, Milliseconds(300)));
  EXPECT_EQ(peer.pongs(), 1u);
  peer.send(peer.make_request("OPTIONS", "sip:127.0.0.1"));
  EXPECT_EQ(peer.expect_final("OPTIONS").status(), 200);
}

TEST_F(TcpHostile, HalfAMessageIsNotWaitedForLong) {
  SipPeer peer(server(), "stranger", {}, SipPeer::Over::tcp);
  const std::string text = peer.make_request("OPTIONS", "sip:127.0.0.1").text();
  peer.send(text.substr(0, text.size() / 2));
  EXPECT_TRUE(peer.closed_by_server(Milliseconds(5000)));
}

// A message, the beginning of another, and away: nothing is waited for.
TEST_F(TcpHostile, WhoeverLeavesInTheMiddleOfAMessageIsForgotten) {
  const std::string flood(70'000, 'z');  // nta stops reading, and the rest stays in the socket
  for (const char* rest :
       {"", "I", "NONSENSE sip:x SIP/2.0\r\nVia: ", "INVITE sip:x SIP/2.0\r\nContent-Length: 99999999\r\n\r\nx", flood.c_str()}) {
    SipPeer peer(server(), "stranger", {}, SipPeer::Over::tcp);
    peer.send(peer.make_request("INVITE", peer.uri("18001")).text() + rest);
    peer.disconnect();
  }
  tandem_->ask_until("sip show tcp", [](const auto& rows) { return rows.empty(); });
}

TEST_F(TcpHostile, AnIdleStrangerIsSentAway) {
  SipPeer peer(server(), "stranger", {}, SipPeer::Over::tcp);
  EXPECT_TRUE(peer.closed_by_server(Milliseconds(10'000)));
}

TEST_F(TcpHostile, TooLargeIsRefusedAndGarbageCutOff) {
  SipPeer large(server(), "stranger", {}, SipPeer::Over::tcp);
  large.send(large.make_request("OPTIONS", "sip:127.0.0.1").set("Subject", std::string(100'000, 'a')).text());
  EXPECT_TRUE(large.closed_by_server(Milliseconds(5000)));
  SipPeer garbage(server(), "stranger", {}, SipPeer::Over::tcp);
  garbage.send(std::string("\x16\x03\x01\x02garbage\r\n\r\n\r\n\r\n"));
  EXPECT_TRUE(garbage.closed_by_server(Milliseconds(5000)));
}

// It asks and asks and never reads an answer: what waits for it is bounded, and nobody else waits.
TEST_F(TcpHostile, WhoeverStopsReadingCostsLittleAndDisturbsNobody) {
  SipPeer words(server(), "stranger", {}, SipPeer::Over::tcp);
  const int deaf = ::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  const int small = 4096;
  ::setsockopt(deaf, SOL_SOCKET, SO_RCVBUF, &small, sizeof small);
  (void)::connect(deaf, server().sa(), server().length());
  const auto used = [this] { return tandem_->ask("core show memory").at("used KiB").get<int64_t>(); };
  const int64_t before = used();
  std::string waiting;
  size_t sent = 0;
  for (const auto end = std::chrono::steady_clock::now() + Milliseconds(1000);
       std::chrono::steady_clock::now() < end && sent < 20'000'000;) {
    if (waiting.empty()) waiting = words.make_request("OPTIONS", "sip:127.0.0.1").text();
    const ssize_t n = ::send(deaf, waiting.data(), waiting.size(), MSG_NOSIGNAL);
    if (n > 0) {
      sent += static_cast<size_t>(n);
      waiting.erase(0, static_cast<size_t>(n));
      continue;
    }
    if (errno != EAGAIN) break;  // sent away
    pollfd polled{deaf, POLLOUT, 0};
    (void)::poll(&polled, 1, 50);
  }
  EXPECT_GT(sent, 100'000u);
  Phone john(*tandem_, kJohn, 440);
  john.must_enroll();
  auto echo = john.call("600", john.offer());
  john.answered(echo);
  john.bye(echo);
  EXPECT_LT(used() - before, 4096) << "KiB for one connection, after " << sent << " octets";
  ::close(deaf);
}

TEST_F(TcpHostile, ConnectionsOfOneAddressAreCounted) {
  std::vector<std::unique_ptr<SipPeer>> crowd;
  for (int i = 0; i < 40; ++i) crowd.push_back(std::make_unique<SipPeer>(server(), "stranger", "", SipPeer::Over::tcp));
  tandem_->ask_until("sip show tcp", [](const auto& rows) { return rows.size() == 20; });
  EXPECT_NE(tandem_->log().find("SessionLimit"), std::string::npos);
  crowd.clear();
  tandem_->ask_until("sip show tcp", [](const auto& rows) { return rows.empty(); });
  SipPeer again(server(), "stranger", {}, SipPeer::Over::tcp);
  again.send(again.make_request("OPTIONS", "sip:127.0.0.1"));
  EXPECT_EQ(again.expect_final("OPTIONS").status(), 200);
}

}  // namespace
}  // namespace tandem::test
