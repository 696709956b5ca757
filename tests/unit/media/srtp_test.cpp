#include <map>
#include <numeric>

#include "media/srtp_crypto.h"
#include "media/srtp_stream.h"
#include "media_fixture.h"

namespace tandem::test {
namespace {

Bytes from_hex(std::string_view hex) {
  Bytes bytes;
  for (size_t i = 0; i + 1 < hex.size(); i += 2)
    bytes.push_back(static_cast<uint8_t>(std::stoi(std::string(hex.substr(i, 2)), nullptr, 16)));
  return bytes;
}

SdesKey key_of(SrtpSuite suite, std::string_view hex) {
  SdesKey key;
  key.suite = suite;
  key.secret = SrtpSecret(from_hex(hex));
  return key;
}

using Way = SrtpStream::Direction;

Bytes protect(SrtpStream& stream, Bytes packet, bool rtcp = false) {
  size_t size = packet.size();
  packet.resize(size + SrtpStream::kTrailer);
  if (!(rtcp ? stream.protect_rtcp(packet.data(), size) : stream.protect(packet.data(), size))) return {};
  packet.resize(size);
  return packet;
}
Bytes unprotect(SrtpStream& stream, Bytes packet, bool rtcp = false) {
  size_t size = packet.size();
  if (!(rtcp ? stream.unprotect_rtcp(packet.data(), size) : stream.unprotect(packet.data(), size))) return {};
  packet.resize(size);
  return packet;
}

class Srtp : public ::testing::Test {
 protected:
  void SetUp() override {
    const auto started = start_srtp();
    ASSERT_TRUE(started) << started.error().message;
  }
};

/// Derivation (RFC 3711 B.3), counter mode and HMAC in one: the packets that libsrtp's own test expects of the key of B.3.
TEST_F(Srtp, PacketsOfTheKeyOfRfc3711) {
  const SdesKey key = key_of(SrtpSuite::aes_cm_128_hmac_sha1_80, "e1f97a0d3e018be0d64fa32c06de41390ec675ad498afeebb6960b3aabe6");
  const auto send = SrtpStream::make(key, Way::send);
  ASSERT_TRUE(send);
  EXPECT_EQ(protect(*send, from_hex("800f1234decafbadcafebabeabababababababababababababababab")),
            from_hex("800f1234decafbadcafebabe4e55dc4ce79978d88ca4d215949d2402b78d6acc99ea179b8dbb"));
  EXPECT_EQ(protect(*send, from_hex("81c8000bcafebabeabababababababababababababababab"), true),
            from_hex("81c8000bcafebabe7128035be487b9bdbef89041f977a5a880000001993e08cd54d6c1230798"));
}

TEST_F(Srtp, EverySuiteThereAndBack) {
  for (size_t i = 0; i < kSrtpSuites; ++i) {
    const SdesKey key = fresh_sdes_key(1, static_cast<SrtpSuite>(i));
    const auto send = SrtpStream::make(key, Way::send), receive = SrtpStream::make(key, Way::receive);
    ASSERT_TRUE(send && receive) << i;
    const Bytes plain = rtp(0, 7), sealed = protect(*send, plain);
    EXPECT_EQ(sealed.size(), plain.size() + facts_of(key.suite).tag);
    EXPECT_FALSE(std::equal(plain.begin() + 12, plain.end(), sealed.begin() + 12));
    EXPECT_EQ(unprotect(*receive, sealed), plain);
    EXPECT_TRUE(unprotect(*receive, sealed).empty()) << "seen before";
    const Bytes report = protect(*send, rtcp(), true);
    Bytes spoilt = report;
    spoilt[9] ^= 1;
    EXPECT_TRUE(unprotect(*receive, spoilt, true).empty());
    EXPECT_EQ(unprotect(*receive, report, true), rtcp());
    EXPECT_TRUE(unprotect(*receive, report, true).empty()) << "seen before";
    for (size_t at = 0; at < sealed.size(); at += 7) {
      Bytes other = protect(*send, rtp(0, static_cast<uint16_t>(8 + at)));
      other[at] ^= 0x10;
      EXPECT_TRUE(unprotect(*receive, other).empty()) << at;
    }
  }
}

TEST_F(Srtp, TheRollOverCounterGoesOn) {
  const SdesKey key = fresh_sdes_key(1, SrtpSuite::aead_aes_256_gcm);
  const auto send = SrtpStream::make(key, Way::send), receive = SrtpStream::make(key, Way::receive);
  for (uint32_t n = 60000; n < 60000 + 80000; n += 50) {
    ASSERT_FALSE(unprotect(*receive, protect(*send, rtp(0, static_cast<uint16_t>(n)))).empty()) << n;
  }
}

TEST_F(Srtp, LateOnesPassWithinTheWindowAndOnlyOnce) {
  const SdesKey key = fresh_sdes_key(1, SrtpSuite::aes_cm_128_hmac_sha1_32);
  const auto send = SrtpStream::make(key, Way::send), receive = SrtpStream::make(key, Way::receive);
  std::map<uint16_t, Bytes> sealed;
  for (uint16_t n = 0; n < 2000; ++n) sealed[n] = protect(*send, rtp(0, n));
  EXPECT_FALSE(unprotect(*receive, sealed[1500]).empty());
  EXPECT_FALSE(unprotect(*receive, sealed[1400]).empty());
  EXPECT_TRUE(unprotect(*receive, sealed[1400]).empty());
  EXPECT_TRUE(unprotect(*receive, sealed[400]).empty()) << "too old";
}

TEST_F(Srtp, AKeyIsUsedForItsLifetimeAndNoNumberTwice) {
  SdesKey key = fresh_sdes_key(1, SrtpSuite::aes_cm_128_hmac_sha1_80);
  key.lifetime = 3;
  const auto send = SrtpStream::make(key, Way::send);
  EXPECT_FALSE(protect(*send, rtp(0, 1)).empty());
  EXPECT_TRUE(protect(*send, rtp(0, 1)).empty()) << "the same number with another payload would give the keystream away";
  EXPECT_FALSE(protect(*send, rtp(0, 2)).empty());
  EXPECT_TRUE(protect(*send, rtp(0, 3)).empty());
}

TEST_F(Srtp, AnMkiIsSentAndExpected) {
  SdesKey key = fresh_sdes_key(1, SrtpSuite::aes_cm_128_hmac_sha1_80);
  key.mki = 0x0102;
  key.mki_length = 2;
  const auto send = SrtpStream::make(key, Way::send), receive = SrtpStream::make(key, Way::receive);
  const Bytes sealed = protect(*send, rtp(0, 1));
  ASSERT_EQ(sealed.size(), rtp(0, 1).size() + 12);
  EXPECT_EQ(Bytes(sealed.end() - 12, sealed.end() - 10), (Bytes{1, 2}));
  Bytes other = sealed;
  other[other.size() - 12] = 9;
  EXPECT_TRUE(unprotect(*receive, other).empty());
  EXPECT_EQ(unprotect(*receive, sealed), rtp(0, 1));
}

TEST_F(Srtp, WhoeverMakesUpSourcesHoldsNoMoreThanAFew) {
  const SdesKey key = fresh_sdes_key(1, SrtpSuite::aes_cm_128_hmac_sha1_80);
  const auto send = SrtpStream::make(key, Way::send), receive = SrtpStream::make(key, Way::receive);
  const auto from = [](uint8_t ssrc) {
    Bytes packet = rtp(0, 1);
    packet[11] = ssrc;
    return packet;
  };
  const Bytes first = protect(*send, from(1));
  ASSERT_FALSE(unprotect(*receive, first).empty());
  for (uint8_t n = 2; n < 10; ++n) ASSERT_FALSE(unprotect(*receive, protect(*send, from(n))).empty());
  EXPECT_FALSE(unprotect(*receive, first).empty()) << "its context has made room";
}

TEST_F(Srtp, SecretsOfAnotherLengthAreRefused) {
  SdesKey key = fresh_sdes_key(1, SrtpSuite::aes_cm_128_hmac_sha1_80);
  key.suite = SrtpSuite::aes_256_cm_hmac_sha1_80;
  EXPECT_FALSE(SrtpStream::make(key, Way::send));
}

/// A phone that encrypts.
struct SecurePhone : Phone {
  explicit SecurePhone(SrtpSuite suite = SrtpSuite::aes_cm_128_hmac_sha1_80) {
    const SdesKey to_us = fresh_sdes_key(1, suite), to_it = fresh_sdes_key(2, suite);
    ours = {.send = to_it, .receive = to_us};
    sends = SrtpStream::make(to_us, Way::send);
    hears = SrtpStream::make(to_it, Way::receive);
  }
  bool send(const Bytes& packet, const MediaPort& port) { return rtp.send(protect(*sends, packet), port.local_rtp()); }
  Bytes receive() { return unprotect(*hears, rtp.receive()); }
  SdesSecurity ours;  ///< as the port has it
  std::unique_ptr<SrtpStream> sends, hears;
};

class SecureRelay : public MediaFixture {
 protected:
  void SetUp() override { start(); }
};

TEST_F(SecureRelay, PlainAndSecurePhonesTalk) {
  for (size_t i = 0; i < kSrtpSuites; ++i) {
    SecurePhone a(static_cast<SrtpSuite>(i));
    const Phone b;
    const Pair call = join(a, b);
    call.a->set_security(a.ours);
    barrier();
    a.send(rtp(0, 1), *call.a);
    EXPECT_EQ(sound(b.rtp.receive()), sound(rtp(0, 1)));
    b.rtp.send(rtp(0, 2), call.b->local_rtp());
    EXPECT_EQ(sound(a.receive()), sound(rtp(0, 2)));
    EXPECT_EQ(call.a->counts().dropped_packets, 0U);
  }
}

TEST_F(SecureRelay, WhatIsNotAuthenticIsDroppedAndCounted) {
  SecurePhone a;
  const Phone b;
  const Pair call = join(a, b);
  call.a->set_security(a.ours);
  barrier();
  a.rtp.send(rtp(0, 1), call.a->local_rtp());  // plain
  const Bytes sealed = protect(*a.sends, rtp(0, 2));
  Bytes spoilt = sealed;
  spoilt.back() ^= 1;
  a.rtp.send(spoilt, call.a->local_rtp());
  a.rtp.send(sealed, call.a->local_rtp());
  a.rtp.send(sealed, call.a->local_rtp());
  ASSERT_TRUE(eventually([&] { return call.a->counts().unauthentic_packets == 3; }));
  EXPECT_EQ(sound(b.rtp.receive()), sound(rtp(0, 2)));
  EXPECT_TRUE(b.rtp.idle());
  EXPECT_EQ(call.a->counts().dropped_packets, 3U);
  EXPECT_EQ(engine->totals().packets.unauthentic_packets, 3U);
}

TEST_F(SecureRelay, ReportsAreEncryptedBothWays) {
  SecurePhone a;
  const Phone b;
  const Pair call = join(a, b);
  call.a->set_security(a.ours);
  barrier();
  b.rtp.send(rtp(0, 1), call.b->local_rtp());
  ASSERT_FALSE(a.receive().empty());
  clock.advance(std::chrono::seconds(10));
  const Bytes report = a.rtcp.receive();
  ASSERT_FALSE(report.empty());
  EXPECT_FALSE(is_rtcp(report));
  EXPECT_TRUE(is_rtcp(unprotect(*a.hears, report, true)));
  a.rtcp.send(rtcp(), call.a->local_rtcp());
  ASSERT_TRUE(eventually([&] { return call.a->counts().unauthentic_packets == 1; }));
  a.rtcp.send(protect(*a.sends, rtcp(), true), call.a->local_rtcp());
  barrier();
  EXPECT_EQ(call.a->counts().unauthentic_packets, 1U);
}

TEST_F(SecureRelay, AChangeOfSourceKeepsStreamAndContext) {
  SecurePhone a;
  const Phone b, c;
  const Pair call = join(a, b);
  call.a->set_security(a.ours);
  barrier();
  for (uint16_t n = 1; n <= 3; ++n) b.rtp.send(rtp(0, n), call.b->local_rtp());
  Bytes last;
  for (int i = 0; i < 3; ++i) last = a.receive();
  const auto other = open();
  other->set_remote(c.rtp.address(), c.rtcp.address(), false);
  agree(*other);
  other->relay_to(call.a.get());
  call.a->set_security(a.ours);  // as a re-INVITE repeats it
  barrier();
  c.rtp.send(rtp(0, 900), other->local_rtp());
  const Bytes next = a.receive();
  ASSERT_FALSE(next.empty());
  EXPECT_EQ(ssrc_of(next.data()), ssrc_of(last.data()));
  EXPECT_EQ(sequence_of(next.data()), sequence_of(last.data()) + 1);
  EXPECT_TRUE(marker(next.data()));
  EXPECT_EQ(next.size(), rtp(0, 1).size());
}

TEST_F(SecureRelay, ANewKeyOfOneDirectionLeavesTheOtherAlone) {
  SecurePhone a;
  const Phone b;
  const Pair call = join(a, b);
  call.a->set_security(a.ours);
  barrier();
  a.send(rtp(0, 0xfff0), *call.a);
  ASSERT_FALSE(b.rtp.receive().empty());
  SdesSecurity renewed = a.ours;
  renewed.send = fresh_sdes_key(1, SrtpSuite::aead_aes_128_gcm);
  call.a->set_security(renewed);
  barrier();
  // Past the roll-over: a context made anew would take it for number 5 of the first round.
  for (const uint16_t n : {uint16_t{0xffff}, uint16_t{5}}) {
    a.send(rtp(0, n), *call.a);
    EXPECT_EQ(sound(b.rtp.receive()), sound(rtp(0, n)));
  }
  a.hears = SrtpStream::make(renewed.send, Way::receive);
  b.rtp.send(rtp(0, 9), call.b->local_rtp());
  EXPECT_EQ(sound(a.receive()), sound(rtp(0, 9)));
}

TEST_F(SecureRelay, ALatchingPortLatchesToWhoKnowsTheKey) {
  SecurePhone a;
  const Phone b;
  const UdpSocket stranger;
  const Pair call = join(a, b);
  call.a->set_security(a.ours);
  call.a->set_remote(*SocketAddress::from("127.0.0.1", 9), SocketAddress(), true);
  barrier();
  stranger.send(rtp(0, 1), call.a->local_rtp());
  ASSERT_TRUE(eventually([&] { return call.a->counts().unauthentic_packets == 1; }));
  a.send(rtp(0, 2), *call.a);
  EXPECT_EQ(sound(b.rtp.receive()), sound(rtp(0, 2)));
  b.rtp.send(rtp(0, 3), call.b->local_rtp());
  EXPECT_EQ(sound(a.receive()), sound(rtp(0, 3)));
}

TEST_F(SecureRelay, AKeyThatCannotBeUsedLetsNothingThrough) {
  const Phone a, b;
  const Pair call = join(a, b);
  call.a->set_security(SdesSecurity{});
  barrier();
  a.rtp.send(rtp(0, 1), call.a->local_rtp());
  b.rtp.send(rtp(0, 1), call.b->local_rtp());
  ASSERT_TRUE(eventually([&] { return call.a->counts().unauthentic_packets == 1 && call.b->counts().dropped_packets == 1; }));
  EXPECT_TRUE(a.rtp.idle() && b.rtp.idle());
}

}  // namespace
}  // namespace tandem::test
