// Ports that go from one media thread to another: nothing of their stream is lost on the way.
#include "media_fixture.h"

namespace tandem::test {
namespace {

using std::chrono::milliseconds;

class MovesTest : public MediaFixture {
 protected:
  MovesTest() : MediaFixture(2) {}
  void SetUp() override { start(); }
  std::unique_ptr<MediaPort> facing(const Phone& phone, uint64_t affinity) {
    auto port = open(affinity);
    agree(*port);
    port->set_remote(phone.rtp.address(), phone.rtcp.address(), false);
    return port;
  }
  static void connect(MediaPort& a, MediaPort& b) {
    a.relay_to(&b);
    b.relay_to(&a);
  }
  Bytes through(const Phone& from, const MediaPort& port, const Bytes& packet, const Phone& to) {
    from.rtp.send(packet, port.local_rtp());
    return to.rtp.receive();
  }
  Phone alice_, bob_, carol_;
};

TEST_F(MovesTest, APortJoinsOneOfAnotherThreadAndItsStreamGoesOn) {
  const auto a = facing(alice_, 0), b = facing(bob_, 0), c = facing(carol_, 1);
  connect(*a, *b);
  barrier(0);
  const Bytes before = through(alice_, *a, rtp(0, 100), bob_);
  a->relay_to(nullptr);
  b->relay_to(nullptr);
  engine->move(*b, 1);
  connect(*b, *c);
  barrier(0);
  barrier(1);
  clock.advance(milliseconds(500));
  const Bytes after = through(carol_, *c, rtp(8, 60000), bob_);
  EXPECT_EQ(ssrc_of(after.data()), ssrc_of(before.data())) << "bob sees one stream";
  EXPECT_EQ(sequence_of(after.data()), static_cast<uint16_t>(sequence_of(before.data()) + 1));
  EXPECT_EQ(timestamp_of(after.data()) - timestamp_of(before.data()), 4000U);
  EXPECT_TRUE(marker(after.data()));
  EXPECT_EQ(sound(through(bob_, *b, rtp(0, 7), carol_)), sound(rtp(0, 7)));
  EXPECT_EQ(b->counts().sent_packets, 2U) << "of both threads";
  alice_.rtp.send(rtp(0, 101), a->local_rtp());
  EXPECT_TRUE(eventually([&] { return a->counts().dropped_packets == 1; })) << "nobody is there any more";
  EXPECT_TRUE(bob_.rtp.idle());
  EXPECT_TRUE(bob_.rtcp.idle()) << "nothing has ended for bob";
}

TEST_F(MovesTest, KeysGoWithIt) {
  const SdesKey key = fresh_sdes_key(1, SrtpSuite::aes_cm_128_hmac_sha1_80);
  const auto a = facing(alice_, 0), b = facing(bob_, 0);
  b->set_security(SdesSecurity{.send = key, .receive = key});
  connect(*a, *b);
  barrier(0);
  const Bytes first = through(alice_, *a, rtp(0, 1), bob_);
  for (MediaPort* port : {a.get(), b.get()}) {
    port->relay_to(nullptr);
    engine->move(*port, 1);
  }
  connect(*a, *b);
  barrier(0);
  barrier(1);
  // What bob was sent is, with the same key, what he may send: and once only, wherever the port is.
  bob_.rtp.send(first, b->local_rtp());
  EXPECT_EQ(sound(alice_.rtp.receive()), sound(rtp(0, 1)));
  for (MediaPort* port : {a.get(), b.get()}) {
    port->relay_to(nullptr);
    engine->move(*port, 0);
  }
  connect(*a, *b);
  barrier(1);
  barrier(0);
  bob_.rtp.send(first, b->local_rtp());
  EXPECT_TRUE(eventually([&] { return b->counts().unauthentic_packets == 1; })) << "a replay";
  EXPECT_TRUE(alice_.rtp.idle());
}

TEST_F(MovesTest, WhatItPlaysGoesOnAndItsEndIsTold) {
  const auto b = facing(bob_, 0);
  std::vector<uint32_t> played;
  b->listen([&](const MediaEvent& e) {
    if (e.kind == MediaEvent::Kind::played) played.push_back(e.play);
  });
  auto sound = std::make_shared<Sound>();
  sound->narrow.resize(160 * 4);
  sound->wide.resize(320 * 4);
  const uint32_t id = b->play({{sound}, false});
  barrier(0);
  const Bytes first = bob_.rtp.receive();
  engine->move(*b, 1);
  barrier(0);
  barrier(1);
  const auto next = [&] {
    clock.advance(milliseconds(20));
    return bob_.rtp.receive();
  };
  const Bytes second = next();
  ASSERT_GE(second.size(), 12U);
  EXPECT_EQ(ssrc_of(second.data()), ssrc_of(first.data()));
  EXPECT_EQ(sequence_of(second.data()), static_cast<uint16_t>(sequence_of(first.data()) + 1));
  next();
  next();
  clock.advance(milliseconds(20));
  EXPECT_TRUE(loop.run_until([&] { return !played.empty(); }));
  EXPECT_EQ(played, std::vector<uint32_t>{id});
}

TEST_F(MovesTest, ToAndFroUnderTraffic) {
  const auto a = facing(alice_, 0), b = facing(bob_, 0);
  connect(*a, *b);
  barrier(0);
  uint16_t sequence = 0;
  for (uint64_t round = 1; round <= 100; ++round) {
    for (MediaPort* port : {a.get(), b.get()}) {
      port->relay_to(nullptr);
      engine->move(*port, round);
    }
    connect(*a, *b);
    alice_.rtp.send(rtp(0, ++sequence), a->local_rtp());
  }
  barrier(1);
  barrier(0);
  EXPECT_TRUE(eventually([&] { return a->counts().received_packets == 100; })) << a->counts().received_packets;
  Bytes last;
  while (!bob_.rtp.idle()) last = bob_.rtp.receive(milliseconds(0));
  const Bytes after = through(alice_, *a, rtp(0, ++sequence), bob_);
  EXPECT_EQ(sound(after), sound(rtp(0, sequence)));
}

TEST_F(MovesTest, OneThatIsClosedAtOnceLeavesNothing) {
  for (uint64_t i = 0; i < 50; ++i) {
    const auto a = facing(alice_, i);
    a->relay_to(a.get());
    engine->move(*a, i + 1);
  }
  barrier(0);
  barrier(1);
  EXPECT_EQ(engine->totals().ports_open, 0U);
}

TEST_F(MovesTest, BeforeItsFirstOrderThereIsNothingToMove) {
  const auto a = open(0), b = open(1);
  engine->move(*a, 1);
  for (auto* port : {a.get(), b.get()}) agree(*port);
  a->set_remote(alice_.rtp.address(), alice_.rtcp.address(), false);
  b->set_remote(bob_.rtp.address(), bob_.rtcp.address(), false);
  connect(*a, *b);
  barrier(1);
  EXPECT_EQ(sound(through(alice_, *a, rtp(0, 3), bob_)), sound(rtp(0, 3)));
}

}  // namespace
}  // namespace tandem::test
