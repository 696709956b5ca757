// rtcp-mux, ICE and DTLS on the wire.
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "media/dtls.h"
#include "media/stun.h"
#include "media_fixture.h"

namespace tandem::test {
namespace {

void put(Bytes& message, uint16_t type, const Bytes& value) {
  const size_t at = message.size();
  message.resize(at + 4 + (value.size() + 3) / 4 * 4);
  write_16(&message[at], type);
  write_16(&message[at + 2], static_cast<uint16_t>(value.size()));
  std::copy(value.begin(), value.end(), message.begin() + static_cast<std::ptrdiff_t>(at + 4));
  write_16(&message[2], static_cast<uint16_t>(message.size() - 20));
}

/// A check as a browser sends it.
struct Check {
  std::string username, password;
  bool nominates = true;
  uint16_t extra = 0;  ///< an attribute more
  Bytes bytes() const {
    Bytes message(20);
    write_16(message.data(), 1);
    write_32(&message[4], 0x2112a442);
    for (uint8_t i = 8; i < 20; ++i) message[i] = i;
    if (!username.empty()) put(message, 0x0006, Bytes(username.begin(), username.end()));
    put(message, 0x802a, Bytes(8, 1));  // controlling
    put(message, 0x0024, {0x6e, 0, 1, 0xff});
    if (nominates) put(message, 0x0025, {});
    if (extra != 0) put(message, extra, {1});
    if (!password.empty()) {
      const size_t covered = message.size();
      put(message, 0x0008, Bytes(20));
      unsigned length = 0;
      Bytes hash(20);
      ::HMAC(EVP_sha1(), password.data(), static_cast<int>(password.size()), message.data(), covered, hash.data(), &length);
      std::copy(hash.begin(), hash.end(), message.end() - 20);
    }
    return message;
  }
};

int error_code(const Bytes& answer) {
  if (answer.size() < 28 || read_16(answer.data()) != 0x0111) return 0;
  return answer[26] * 100 + answer[27];
}

const IceLite kIce{{"abcd", "0123456789012345678901"}, "wxyz"};

Bytes answer_of(const Bytes& request, const IceLite& ice = kIce) {
  Bytes answer(kMostStunAnswer);
  if (!is_stun(request)) return {};
  answer.resize(answer_stun(request, *SocketAddress::from("192.0.2.1", 32853), ice, answer).size);
  return answer;
}

/// RFC 5769 2.1: its fingerprint and integrity are right. It wants to be controlled, which a lite agent is already.
TEST(Stun, TheSampleRequestOfRfc5769) {
  const Bytes request{0x00, 0x01, 0x00, 0x58, 0x21, 0x12, 0xa4, 0x42, 0xb7, 0xe7, 0xa7, 0x01, 0xbc, 0x34, 0xd6, 0x86, 0xfa, 0x87,
                      0xdf, 0xae, 0x80, 0x22, 0x00, 0x10, 0x53, 0x54, 0x55, 0x4e, 0x20, 0x74, 0x65, 0x73, 0x74, 0x20, 0x63, 0x6c,
                      0x69, 0x65, 0x6e, 0x74, 0x00, 0x24, 0x00, 0x04, 0x6e, 0x00, 0x01, 0xff, 0x80, 0x29, 0x00, 0x08, 0x93, 0x2f,
                      0xf9, 0xb1, 0x51, 0x26, 0x3b, 0x36, 0x00, 0x06, 0x00, 0x09, 0x65, 0x76, 0x74, 0x6a, 0x3a, 0x68, 0x36, 0x76,
                      0x59, 0x20, 0x20, 0x20, 0x00, 0x08, 0x00, 0x14, 0x9a, 0xea, 0xa7, 0x0c, 0xbf, 0xd8, 0xcb, 0x56, 0x78, 0x1e,
                      0xf2, 0xb5, 0xb2, 0xd3, 0xf2, 0x49, 0xc1, 0xb5, 0x71, 0xa2, 0x80, 0x28, 0x00, 0x04, 0xe5, 0x7a, 0x3b, 0xcf};
  const IceLite ice{{"evtj", "VOkJxbRl1RmTxUk/WvJxBt"}, "h6vY"};
  EXPECT_EQ(error_code(answer_of(request, ice)), 487);
  EXPECT_EQ(error_code(answer_of(request)), 401);
  Bytes spoilt = request;
  spoilt[45] ^= 1;
  EXPECT_TRUE(answer_of(spoilt, ice).empty()) << "the fingerprint does not fit: no STUN at all";
}

TEST(Stun, ChecksAreAnsweredAsTheCredentialsAre) {
  const std::string user = "abcd:wxyz";
  EXPECT_EQ(read_16(answer_of(Check{user, kIce.ours.pwd}.bytes()).data()), 0x0101);
  EXPECT_EQ(error_code(answer_of(Check{user, "wrong"}.bytes())), 401);
  EXPECT_EQ(error_code(answer_of(Check{"abcd:other", kIce.ours.pwd}.bytes())), 401);
  EXPECT_EQ(error_code(answer_of(Check{"", kIce.ours.pwd}.bytes())), 400);
  EXPECT_EQ(error_code(answer_of(Check{user, ""}.bytes())), 400);
  EXPECT_EQ(error_code(answer_of(Check{user, kIce.ours.pwd, true, 0x0030}.bytes())), 420);
  EXPECT_EQ(read_16(answer_of(Check{user, kIce.ours.pwd, true, 0x8055}.bytes()).data()), 0x0101) << "may be passed over";
  Bytes indication = Check{user, kIce.ours.pwd}.bytes();
  indication[1] = 0x11;
  EXPECT_TRUE(answer_of(indication).empty());
}

TEST(Stun, TheAnswerTellsWhereTheCheckCameFrom) {
  const Bytes answer = answer_of(Check{"abcd:wxyz", kIce.ours.pwd}.bytes());
  ASSERT_GE(answer.size(), 32U);
  // RFC 5769 2.2 has the same address.
  EXPECT_EQ(Bytes(answer.begin() + 20, answer.begin() + 32), (Bytes{0, 0x20, 0, 8, 0, 1, 0xa1, 0x47, 0xe1, 0x12, 0xa6, 0x43}));
}

class CarriageTest : public MediaFixture {
 protected:
  void SetUp() override { start(); }
  static MediaTransport muxed() { return {.rtcp_mux = true, .ice = std::nullopt}; }
  static MediaTransport over_ice() { return {.rtcp_mux = true, .ice = kIce}; }
};

TEST_F(CarriageTest, ReportsShareThePortOfRtp) {
  const Phone a, b;
  const Pair call = join(a, b);
  call.a->set_transport(muxed());
  barrier();
  b.rtp.send(rtp(0, 1), call.b->local_rtp());
  EXPECT_EQ(sound(a.rtp.receive()), sound(rtp(0, 1)));
  clock.advance(std::chrono::seconds(10));
  const Bytes report = a.rtp.receive();
  EXPECT_TRUE(is_rtcp(report));
  EXPECT_TRUE(a.rtcp.idle());
  a.rtp.send(rtcp(), call.a->local_rtp());
  a.rtp.send(rtp(0, 2), call.a->local_rtp());
  EXPECT_EQ(sound(b.rtp.receive()), sound(rtp(0, 2)));
  EXPECT_EQ(call.a->counts().received_packets, 1U) << "a report is none";
  EXPECT_EQ(call.a->counts().dropped_packets, 0U);
}

TEST_F(CarriageTest, WhoeverIsNominatedIsThePeerAndNobodyElse) {
  const Phone a, b;
  const UdpSocket moved, stranger;
  const Pair call = join(a, b);
  call.a->set_remote(*SocketAddress::from("127.0.0.1", 9), SocketAddress(), false);
  call.a->set_transport(over_ice());
  barrier();
  stranger.send(Check{"abcd:wxyz", "wrong"}.bytes(), call.a->local_rtp());
  EXPECT_EQ(error_code(stranger.receive()), 401);
  stranger.send(rtp(0, 1), call.a->local_rtp());
  ASSERT_TRUE(eventually([&] { return call.a->counts().foreign_packets == 1; }));
  a.rtp.send(Check{"abcd:wxyz", kIce.ours.pwd, false}.bytes(), call.a->local_rtp());
  EXPECT_EQ(read_16(a.rtp.receive().data()), 0x0101);
  b.rtp.send(rtp(0, 1), call.b->local_rtp());
  ASSERT_TRUE(eventually([&] { return call.b->counts().dropped_packets == 1; })) << "nobody is nominated yet";
  a.rtp.send(Check{"abcd:wxyz", kIce.ours.pwd}.bytes(), call.a->local_rtp());
  EXPECT_EQ(read_16(a.rtp.receive().data()), 0x0101);
  a.rtp.send(rtp(0, 2), call.a->local_rtp());
  EXPECT_EQ(sound(b.rtp.receive()), sound(rtp(0, 2)));
  b.rtp.send(rtp(0, 3), call.b->local_rtp());
  EXPECT_EQ(sound(a.rtp.receive()), sound(rtp(0, 3)));
  // The browser goes over to another of its addresses.
  moved.send(Check{"abcd:wxyz", kIce.ours.pwd}.bytes(), call.a->local_rtp());
  EXPECT_EQ(read_16(moved.receive().data()), 0x0101);
  b.rtp.send(rtp(0, 4), call.b->local_rtp());
  EXPECT_EQ(sound(moved.receive()), sound(rtp(0, 4)));
}

TEST_F(CarriageTest, ChecksKeepALegThatSaysNothingAlive) {
  const Phone a;
  const auto port = agreed();
  size_t silences = 0;
  port->listen([&](const MediaEvent& event) { silences += event.kind == MediaEvent::Kind::silent ? 1 : 0; });
  port->set_transport(over_ice());
  port->set_timeout(std::chrono::seconds(10));
  barrier();
  for (int i = 0; i < 5; ++i) {
    clock.advance(std::chrono::seconds(8));
    a.rtp.send(Check{"abcd:wxyz", kIce.ours.pwd}.bytes(), port->local_rtp());
    ASSERT_FALSE(a.rtp.receive().empty());
    std::this_thread::sleep_for(3 * settings.tick);
  }
  loop.settle();
  EXPECT_EQ(silences, 0U);
}

/// The far end of a handshake.
struct DtlsPhone : Phone {
  DtlsPhone() : context(std::move(*DtlsContext::make())) {}
  void begin(bool client, const DtlsFingerprint& remote, const MediaPort& port) {
    session = DtlsSession::make(*context, {.client = client, .remote = remote},
                                [this, to = port.local_rtp()](std::span<const uint8_t> d) { rtp.send(Bytes(d.begin(), d.end()), to); });
    session->begin(Instant());
  }
  /// Until it is done or has failed; what is no DTLS stays away.
  DtlsSession::State finish() {
    for (int i = 0; i < 50 && session->state() == DtlsSession::State::handshaking; ++i) {
      const Bytes packet = rtp.receive(std::chrono::milliseconds(300));
      if (is_dtls(packet)) session->take(packet);
    }
    if (session->state() == DtlsSession::State::done) {
      sends = SrtpStream::make(session->keys().send, SrtpStream::Direction::send);
      hears = SrtpStream::make(session->keys().receive, SrtpStream::Direction::receive);
    }
    return session->state();
  }
  Bytes sealed(Bytes packet) const {
    size_t size = packet.size();
    packet.resize(size + SrtpStream::kTrailer);
    sends->protect(packet.data(), size);
    packet.resize(size);
    return packet;
  }
  Bytes opened(Bytes packet) const {
    size_t size = packet.size();
    if (!hears->unprotect(packet.data(), size)) return {};
    packet.resize(size);
    return packet;
  }
  std::unique_ptr<DtlsContext> context;
  std::unique_ptr<DtlsSession> session;
  std::unique_ptr<SrtpStream> sends, hears;
};

class DtlsTest : public CarriageTest {
 protected:
  /// What the port has told about its handshake.
  std::vector<MediaEvent::Kind> told_;
  void hear(MediaPort& port) {
    port.listen([this](const MediaEvent& event) { told_.push_back(event.kind); });
  }
  bool told(MediaEvent::Kind kind) {
    return eventually([&] {
      loop.settle();
      return std::find(told_.begin(), told_.end(), kind) != told_.end();
    });
  }
};

TEST_F(DtlsTest, BothRoles) {
  for (const bool we_begin : {false, true}) {
    DtlsPhone a;
    const Phone b;
    const Pair call = join(a, b);
    told_.clear();
    hear(*call.a);
    call.a->set_transport(muxed());
    call.a->set_security(DtlsSecurity{.client = we_begin, .remote = a.context->fingerprint()});
    barrier();  // the phone in this test says everything once
    a.begin(!we_begin, engine->fingerprint(), *call.a);
    ASSERT_EQ(a.finish(), DtlsSession::State::done) << we_begin;
    ASSERT_TRUE(told(MediaEvent::Kind::secured));
    a.rtp.send(rtp(0, 1), call.a->local_rtp());
    ASSERT_TRUE(eventually([&] { return call.a->counts().unauthentic_packets == 1; })) << "plain";
    a.rtp.send(a.sealed(rtp(0, 2)), call.a->local_rtp());
    EXPECT_EQ(sound(b.rtp.receive()), sound(rtp(0, 2)));
    b.rtp.send(rtp(0, 3), call.b->local_rtp());
    EXPECT_EQ(sound(a.opened(a.rtp.receive())), sound(rtp(0, 3)));
    // A re-INVITE that repeats it all.
    call.a->set_security(DtlsSecurity{.client = we_begin, .remote = a.context->fingerprint()});
    barrier();
    b.rtp.send(rtp(0, 4), call.b->local_rtp());
    EXPECT_EQ(sound(a.opened(a.rtp.receive())), sound(rtp(0, 4)));
  }
}

TEST_F(DtlsTest, AnotherCertificateThanAnnouncedIsRefused) {
  DtlsPhone a;
  const Phone b;
  const DtlsPhone other;
  const Pair call = join(a, b);
  hear(*call.a);
  call.a->set_security(DtlsSecurity{.client = false, .remote = other.context->fingerprint()});
  barrier();
  a.begin(true, engine->fingerprint(), *call.a);
  a.finish();
  ASSERT_TRUE(told(MediaEvent::Kind::unsecured));
  b.rtp.send(rtp(0, 1), call.b->local_rtp());
  ASSERT_TRUE(eventually([&] { return call.b->counts().dropped_packets == 1; })) << "nothing flows";
}

TEST_F(DtlsTest, LostMessagesAreSentOnceMoreAndPatienceEnds) {
  const Phone a, b;
  const Pair call = join(a, b);
  hear(*call.a);
  call.a->set_security(DtlsSecurity{.client = true, .remote = engine->fingerprint()});
  ASSERT_TRUE(is_dtls(a.rtp.receive()));
  EXPECT_TRUE(is_dtls(a.rtp.receive())) << "after a second";
  clock.advance(std::chrono::seconds(31));
  EXPECT_TRUE(told(MediaEvent::Kind::unsecured));
}

TEST_F(DtlsTest, RubbishEndsNoHandshake) {
  DtlsPhone a;
  const Phone b;
  const Pair call = join(a, b);
  hear(*call.a);
  call.a->set_transport(muxed());
  call.a->set_security(DtlsSecurity{.client = false, .remote = a.context->fingerprint()});
  barrier();
  for (int i = 0; i < 20; ++i) a.rtp.send(Bytes(60, 22), call.a->local_rtp());
  a.begin(true, engine->fingerprint(), *call.a);
  EXPECT_EQ(a.finish(), DtlsSession::State::done);
  EXPECT_TRUE(told(MediaEvent::Kind::secured));
}

TEST_F(DtlsTest, OverIce) {
  DtlsPhone a;
  const Phone b;
  const Pair call = join(a, b);
  hear(*call.a);
  call.a->set_transport(over_ice());
  call.a->set_security(DtlsSecurity{.client = false, .remote = a.context->fingerprint()});
  barrier();
  a.rtp.send(Check{"abcd:wxyz", kIce.ours.pwd}.bytes(), call.a->local_rtp());
  ASSERT_EQ(read_16(a.rtp.receive().data()), 0x0101);
  a.begin(true, engine->fingerprint(), *call.a);
  ASSERT_EQ(a.finish(), DtlsSession::State::done);
  ASSERT_TRUE(told(MediaEvent::Kind::secured));
  b.rtp.send(rtp(0, 3), call.b->local_rtp());
  EXPECT_EQ(sound(a.opened(a.rtp.receive())), sound(rtp(0, 3)));
}

}  // namespace
}  // namespace tandem::test
