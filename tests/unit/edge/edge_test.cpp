// The edge's thread with real sockets on loopback: TLS, certificates, limits, ends.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <vector>

#include "edge/certificate.h"
#include "edge/own_certificate.h"
#include "edge_fixture.h"

namespace tandem::test {
namespace {

using testing::Contains;
using testing::HasSubstr;

const std::string kOptions = "OPTIONS sip:a SIP/2.0\r\nVia: SIP/2.0/TLS 10.0.0.1;branch=z9hG4bK1;rport\r\nContent-Length: 0\r\n\r\n";

TEST_F(EdgeTest, BytesPassBothWaysAndThePeerIsKnownByTheLoopbackAddress) {
  const auto door = open(settings(EdgeKind::https));
  TlsClient client(door->bound(), {.name = "localhost"});
  ASSERT_TRUE(client.stands());
  client.send("GET / HTTP/1.1\r\n\r\n");
  auto inner = inside_.accept();
  ASSERT_TRUE(inner);
  EXPECT_EQ(inner->until("\r\n\r\n"), "GET / HTTP/1.1\r\n\r\n");
  const auto peer = edge_.peer(inner->far_end());
  ASSERT_TRUE(peer);
  EXPECT_TRUE(inner->far_end().is_loopback());
  EXPECT_NE(inner->far_end(), peer->address);
  EXPECT_EQ(peer->door, door->bound());
  EXPECT_EQ(peer->server_name, "localhost");
  EXPECT_EQ(peer->version, "TLSv1.3");
  EXPECT_EQ(peer->certificate, nullptr);
  EXPECT_EQ(edge_.peer(loopback(1)), nullptr);
  inner->send("HTTP/1.1 200 OK\r\n\r\n");
  EXPECT_EQ(client.until("\r\n\r\n"), "HTTP/1.1 200 OK\r\n\r\n");
  const std::string large(3'000'000, 'x');
  std::thread writer([&] {
    inner->send(large);
    inner->send("end");
    inner->close();
  });
  EXPECT_EQ(client.until("end").size(), large.size() + 3);
  writer.join();
  EXPECT_TRUE(client.ended());
}

TEST_F(EdgeTest, TheEndOfAClientIsTheEndOfItsLoopbackConnectionAfterItsLastWords) {
  const auto door = open(settings(EdgeKind::tls));
  for (const bool reset : {false, true}) {
    TlsClient client(door->bound());
    client.send(kOptions);
    auto inner = inside_.accept();
    ASSERT_TRUE(inner);
    EXPECT_THAT(inner->until("\r\n\r\n"), HasSubstr("OPTIONS"));
    if (!reset) client.send("BYE sip:a SIP/2.0\r\nl: 0\r\n\r\n");
    const linger now{1, 0};
    if (reset) ::setsockopt(client.socket().fd(), SOL_SOCKET, SO_LINGER, &now, sizeof now);
    // Closing with a session ticket unread would be a reset as well.
    reset ? client.socket().close() : static_cast<void>(::shutdown(client.socket().fd(), SHUT_WR));
    if (!reset) {
      EXPECT_THAT(inner->until("\r\n\r\n"), HasSubstr("BYE"));
    }
    EXPECT_TRUE(inner->ended()) << reset;
  }
}

TEST_F(EdgeTest, APingIsAnsweredHereAndNothingOfItGoesInward) {
  const auto door = open(settings(EdgeKind::tls));
  TlsClient client(door->bound());
  client.send("\r\n\r\n");
  EXPECT_EQ(client.until("\r\n"), "\r\n");
  client.send(kOptions);
  EXPECT_TRUE(inside_.accept()->until("\r\n\r\n").starts_with("OPTIONS"));
}

TEST_F(EdgeTest, TheOwnCertificateIsTrustedThroughTheAuthorityInTheStateFolder) {
  const auto door = open(settings(EdgeKind::tls));
  TlsClient client(door->bound());
  ASSERT_TRUE(client.stands());
  const auto ca = read_certificate(folder_.path() + "/tls/ca.pem");
  ASSERT_TRUE(ca) << ca.error().message;
  const X509Ptr shown(SSL_get1_peer_certificate(client.ssl()));
  EXPECT_EQ(X509_verify(shown.get(), X509_get0_pubkey(ca->get())), 1);
  EXPECT_EQ(X509_check_ip_asc(shown.get(), "127.0.0.1", 0), 1);
  EXPECT_EQ(X509_check_host(shown.get(), "localhost", 0, 0, nullptr), 1);
  struct stat about {};
  for (const char* key : {"/tls/ca.key", "/tls/server.key"}) {
    ASSERT_EQ(::stat((folder_.path() + key).c_str(), &about), 0);
    EXPECT_EQ(about.st_mode & 0777, 0600u) << key;
  }
}

TEST(OwnCertificate, IsKeptUntilItEndsOrLacksAName) {
  const Folder folder;
  const WallTime now = system_clock().wall();
  const auto serial = [&](WallTime at, const std::vector<std::string>& names) {
    const auto chain = own_certificate(folder.path(), names, at);
    EXPECT_TRUE(chain) << chain.error().message;
    const auto certificate = read_certificate(chain->certificate);
    EXPECT_TRUE(certificate);
    return describe_certificate(certificate->get(), true)->serial;
  };
  const std::string first = serial(now, {"192.0.2.1"});
  EXPECT_EQ(serial(now + std::chrono::hours(24), {"192.0.2.1"}), first);
  const std::string second = serial(now, {"pbx.example.org", "not a name\n"});
  EXPECT_NE(second, first);
  EXPECT_EQ(serial(now, {"192.0.2.1"}), second) << "what it was for before, it is for still";
  EXPECT_NE(serial(now + std::chrono::hours(24 * 800), {}), second) << "it is renewed in time";
}

TEST_F(EdgeTest, SniChoosesTheCertificateAndAReloadDisturbsNobody) {
  const Folder other;
  const auto chain = [](const Folder& folder, const std::string& name) {
    return *own_certificate(folder.path(), {name}, system_clock().wall());
  };
  const Folder a, b;
  auto wanted = settings(EdgeKind::tls);
  wanted.tls.chains = {chain(a, "a.example"), chain(b, "*.b.example")};
  const auto door = open(wanted);
  const auto fingerprint = [](TlsClient& client) {
    return describe_certificate(X509Ptr(SSL_get1_peer_certificate(client.ssl())).get(), true)->fingerprint;
  };
  const auto file = [](const TlsSettings::Chain& c) {
    return describe_certificate(read_certificate(c.certificate)->get(), true)->fingerprint;
  };
  TlsClient first(door->bound(), {.name = "a.example"}), second(door->bound(), {.name = "X.B.example"}), third(door->bound());
  EXPECT_EQ(fingerprint(first), file(wanted.tls.chains[0]));
  EXPECT_EQ(fingerprint(second), file(wanted.tls.chains[1]));
  EXPECT_EQ(fingerprint(third), file(wanted.tls.chains[0]));

  first.send(kOptions);
  auto inner = inside_.accept();
  inner->until("\r\n\r\n");
  const Folder c;
  auto changed = wanted;
  changed.tls.chains = {chain(c, "c.example")};
  auto bad = changed;
  bad.tls.chains[0].key = wanted.tls.chains[0].key;
  const auto refused = door->prepare(bad);
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().message, HasSubstr("server.key"));
  auto task = door->prepare(changed);
  ASSERT_TRUE(task) << task.error().message;
  (*task)();
  TlsClient fourth(door->bound());
  EXPECT_EQ(fingerprint(fourth), file(changed.tls.chains[0]));
  first.send(kOptions);
  EXPECT_THAT(inner->until("\r\n\r\n"), HasSubstr("OPTIONS")) << "a connection goes on with the certificate that it began with";
}

TEST_F(EdgeTest, Tls10WhereItIsAllowedAndNowhereElse) {
  auto old = settings(EdgeKind::tls);
  old.tls.minimum = TlsVersion::tls10;
  const auto modern_door = open(settings(EdgeKind::tls)), old_door = open(old);
  TlsClient refused(modern_door->bound(), {.most = TLS1_VERSION});
  EXPECT_FALSE(refused.stands());
  TlsClient taken(old_door->bound(), {.most = TLS1_VERSION});
  ASSERT_TRUE(taken.stands());
  EXPECT_STREQ(SSL_get_version(taken.ssl()), "TLSv1");
  TlsClient modern(old_door->bound());
  EXPECT_STREQ(SSL_get_version(modern.ssl()), "TLSv1.3");
}

TEST_F(EdgeTest, ClientCertificatesAreHandedInwardOrRequired) {
  const Folder known, unknown;
  const auto own = *own_certificate(known.path(), {"phone.example"}, system_clock().wall());
  const auto stranger = *own_certificate(unknown.path(), {"phone.example"}, system_clock().wall());
  auto optional = settings(EdgeKind::tls);
  optional.tls.client = ClientCertificates::optional;
  optional.tls.client_ca = known.path() + "/tls/ca.pem";
  auto required = optional;
  required.tls.client = ClientCertificates::required;
  const auto open_door = open(optional), strict_door = open(required);

  const auto facts = [&](const ClientWishes& wishes) -> std::shared_ptr<const EdgePeer> {
    TlsClient client(open_door->bound(), wishes);
    if (!client.stands()) return nullptr;
    client.send(kOptions);
    auto inner = inside_.accept();
    return inner ? edge_.peer(inner->far_end()) : nullptr;
  };
  const auto good = facts({.certificate = own.certificate, .key = own.key});
  ASSERT_TRUE(good && good->certificate);
  EXPECT_TRUE(good->certificate->trusted);
  EXPECT_THAT(good->certificate->names, Contains("dns:phone.example"));
  EXPECT_EQ(good->certificate->fingerprint.size(), 64u);
  const auto foreign = facts({.certificate = stranger.certificate, .key = stranger.key});
  ASSERT_TRUE(foreign && foreign->certificate);
  EXPECT_FALSE(foreign->certificate->trusted);
  const auto without = facts({});
  ASSERT_TRUE(without);
  EXPECT_EQ(without->certificate, nullptr);

  // With TLS 1.3 a client believes in its handshake before it is refused.
  const auto taken = [&](const ClientWishes& wishes) {
    TlsClient client(strict_door->bound(), wishes);
    if (!client.stands()) return false;
    client.send("\r\n\r\n");
    return client.until("\r\n") == "\r\n";
  };
  EXPECT_TRUE(taken({.certificate = own.certificate, .key = own.key}));
  EXPECT_FALSE(taken({.certificate = stranger.certificate, .key = stranger.key}));
  EXPECT_FALSE(taken({}));
}

TEST_F(EdgeTest, WhatCannotBeServedIsSaidWithTheFilesName) {
  auto wanted = settings(EdgeKind::tls);
  wanted.tls.chains = {{"/nowhere.pem", "/nowhere.key"}};
  auto opened = edge_.open(wanted);
  ASSERT_FALSE(opened);
  EXPECT_THAT(opened.error().message, HasSubstr("/nowhere.pem"));
  wanted.tls.chains.clear();
  wanted.tls.ciphers = "NONSENSE";
  opened = edge_.open(wanted);
  ASSERT_FALSE(opened);
  EXPECT_THAT(opened.error().message, HasSubstr("NONSENSE"));
  EXPECT_FALSE(Edge::check(wanted.tls));
  const auto door = open(settings(EdgeKind::tls));
  auto taken = settings(EdgeKind::tls);
  taken.address = door->bound();
  opened = edge_.open(taken);
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code, ErrorCode::io);
  auto outside = settings(EdgeKind::tls);
  outside.inward = *SocketAddress::parse("192.0.2.1:5060");
  EXPECT_FALSE(edge_.open(outside));
}

TEST_F(EdgeTest, WhoDoesNotFinishItsHandshakeOrItsMessageIsSentAway) {
  auto hasty = settings(EdgeKind::tls);
  hasty.limits.handshake = hasty.limits.message = std::chrono::milliseconds(1000);
  const auto door = open(hasty);
  const Socket silent(door->bound()), half_hello(door->bound());
  half_hello.send("\x16\x03\x01\x02");
  TlsClient slow(door->bound());
  slow.send("OPTIONS sip:a");
  const Socket garbage(door->bound());
  garbage.send("OPTIONS sip:a SIP/2.0\r\n\r\n");
  EXPECT_TRUE(garbage.ended());
  EXPECT_TRUE(silent.ended());
  EXPECT_TRUE(half_hello.ended());
  EXPECT_TRUE(slow.ended());
}

TEST_F(EdgeTest, ConnectionsAreCountedBySourceAndThoseThatHaveGoneMakeRoom) {
  auto few = settings(EdgeKind::ws);
  few.limits.connections_per_source = 3;
  const auto door = open(few);
  std::vector<Socket> crowd;
  for (int i = 0; i < 3; ++i) crowd.emplace_back(door->bound());
  const Socket fourth(door->bound());
  EXPECT_TRUE(fourth.ended());
  crowd.clear();
  for (int attempt = 0; attempt < 100; ++attempt) {
    Socket again(door->bound());
    again.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
    if (again.until("\r\n\r\n").starts_with("HTTP/1.1 426")) return;
  }
  FAIL() << "no room again";
}

// It asks and never reads: what waits for it is bounded, the stack behind is slowed down, and in the end it goes.
TEST_F(EdgeTest, AReaderThatDoesNotReadStopsItsSenderAndIsSentAway) {
  auto wanted = settings(EdgeKind::https);
  wanted.limits.unread = std::chrono::milliseconds(1000);
  const auto door = open(wanted);
  TlsClient client(door->bound());
  client.send("x");
  auto inner = inside_.accept();
  ASSERT_TRUE(inner);
  const std::string much(65'536, 'x');
  size_t sent = 0;
  for (;;) {
    pollfd waiting{inner->fd(), POLLOUT, 0};
    if (::poll(&waiting, 1, 300) != 1) break;
    const ssize_t n = ::send(inner->fd(), much.data(), much.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (n < 0) break;
    sent += static_cast<size_t>(n);
    ASSERT_LT(sent, 100'000'000u) << "nothing holds the sender back";
  }
  EXPECT_TRUE(inner->ended());
}

TEST_F(EdgeTest, ClosingADoorSendsItsClientsAwayAndFreesThePort) {
  auto door = open(settings(EdgeKind::tls));
  TlsClient client(door->bound());
  client.send(kOptions);
  auto inner = inside_.accept();
  inner->until("\r\n\r\n");
  const SocketAddress was = door->bound();
  door.reset();
  const int late = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  EXPECT_NE(::connect(late, was.sa(), was.length()), 0);
  ::close(late);
  EXPECT_TRUE(client.ended());
  EXPECT_TRUE(inner->ended());
}

TEST_F(EdgeTest, OneClientCanBeSentAway) {
  const auto door = open(settings(EdgeKind::tls));
  TlsClient client(door->bound());
  client.send(kOptions);
  auto inner = inside_.accept();
  inner->until("\r\n\r\n");
  edge_.disconnect(edge_.peer(inner->far_end())->id);
  EXPECT_TRUE(client.ended());
}

TEST(Certificate, IsOfADomainAsRfc5922Says) {
  const auto fits = [](std::vector<std::string> names, const char* name, std::string common_name = {}) {
    EdgeCertificate certificate;
    certificate.names = std::move(names);
    certificate.common_name = std::move(common_name);
    return is_certificate_of(certificate, name);
  };
  EXPECT_TRUE(fits({"dns:sip.carrier.example"}, "SIP.carrier.example"));
  EXPECT_FALSE(fits({"dns:sip.carrier.example"}, "carrier.example"));
  EXPECT_TRUE(fits({"dns:*.carrier.example"}, "sip.carrier.example"));
  EXPECT_FALSE(fits({"dns:*.carrier.example"}, "a.sip.carrier.example"));
  EXPECT_TRUE(fits({"ip:192.0.2.1"}, "192.0.2.1"));
  EXPECT_FALSE(fits({"ip:192.0.2.1"}, "192.0.2.2"));
  EXPECT_TRUE(fits({"uri:sip:carrier.example", "dns:host7.carrier.example"}, "carrier.example"));
  EXPECT_FALSE(fits({"uri:sip:carrier.example", "dns:host7.carrier.example"}, "host7.carrier.example"))
      << "where there are sip URIs they count";
  EXPECT_TRUE(fits({"uri:sip:jane@carrier.example", "dns:carrier.example"}, "carrier.example")) << "a person's says nothing of the domain";
  EXPECT_TRUE(fits({}, "carrier.example", "carrier.example"));
  EXPECT_FALSE(fits({"dns:other.example"}, "carrier.example", "carrier.example"));
  EXPECT_FALSE(fits({}, ""));
}

}  // namespace
}  // namespace tandem::test
