// What a port does with packets, over real sockets on loopback.
#include "media_fixture.h"

namespace tandem::test {
namespace {

class RelayTest : public MediaFixture {
 protected:
  void SetUp() override { start(); }
  Phone alice_, bob_, mallory_;

  /// After what was sent has been counted at `port`, nothing of it may have reached `phone`.
  void expect_dropped(const MediaPort& port, uint64_t packets, const UdpSocket& phone) {
    EXPECT_TRUE(eventually([&] { return port.counts().dropped_packets >= packets; }));
    EXPECT_EQ(port.counts().dropped_packets, packets);
    EXPECT_TRUE(phone.idle());
  }
};

TEST_F(RelayTest, CarriesRtpBothWays) {
  const auto call = join(alice_, bob_);
  EXPECT_EQ(call.a->local_rtcp().port(), call.a->local_rtp().port() + 1);
  const Bytes there = rtp(0, 1), back = rtp(8, 2);
  alice_.rtp.send(there, call.a->local_rtp());
  EXPECT_EQ(sound(bob_.rtp.receive()), sound(there));
  bob_.rtp.send(back, call.b->local_rtp());
  EXPECT_EQ(sound(alice_.rtp.receive()), sound(back));
}

TEST_F(RelayTest, CountsRtp) {
  const auto call = join(alice_, bob_);
  for (uint16_t i = 0; i < 3; ++i) {
    alice_.rtp.send(rtp(0, i), call.a->local_rtp());
    ASSERT_FALSE(bob_.rtp.receive().empty());
  }
  ASSERT_TRUE(eventually([&] { return call.b->counts().sent_packets == 3; }));
  const MediaCounts in = call.a->counts(), out = call.b->counts();
  EXPECT_EQ(in.received_packets, 3U);
  EXPECT_EQ(in.received_bytes, 3U * 172);
  EXPECT_EQ(in.sent_packets, 0U);
  EXPECT_EQ(out.sent_bytes, 3U * 172);
  EXPECT_EQ(out.received_packets, 0U);
  EXPECT_EQ(in.dropped_packets + out.dropped_packets, 0U);
  EXPECT_EQ(engine->totals().packets.sent_packets, 3U);
  EXPECT_EQ(engine->totals().ports_open, 2U);
}

TEST_F(RelayTest, RenumbersPayloadsAndKeepsTheMarker) {
  const auto call = join(alice_, bob_, usual(), description({codec("PCMU", 0), codec("PCMA", 8), codec("TELEPHONE-EVENT", 96)}));
  alice_.rtp.send(rtp(101, 7, true, 4), call.a->local_rtp());
  EXPECT_EQ(sound(bob_.rtp.receive()), sound(rtp(96, 7, true, 4)));
  alice_.rtp.send(rtp(0, 8), call.a->local_rtp());
  EXPECT_EQ(sound(bob_.rtp.receive()), sound(rtp(0, 8)));
  alice_.rtp.send(rtp(18, 9), call.a->local_rtp());
  expect_dropped(*call.a, 1, bob_.rtp);
}

TEST_F(RelayTest, EchoesToItself) {
  const auto port = agreed();
  port->set_remote(alice_.rtp.address(), alice_.rtcp.address(), false);
  port->relay_to(port.get());
  barrier();
  alice_.rtp.send(rtp(8, 5), port->local_rtp());
  EXPECT_EQ(sound(alice_.rtp.receive()), sound(rtp(8, 5)));
  EXPECT_EQ(port->counts().received_packets, 1U);
}

TEST_F(RelayTest, JunkIsDropped) {
  const auto call = join(alice_, bob_);
  const std::vector<Bytes> junk{{}, {0x80}, Bytes(11, 0x80), Bytes(172, 0x00), Bytes(172, 0xff), Bytes(3000, 0x80), rtcp()};
  for (const auto& packet : junk) alice_.rtp.send(packet, call.a->local_rtp());
  expect_dropped(*call.a, junk.size(), bob_.rtp);
  for (const auto& packet : {Bytes(), rtp(0, 1), Bytes(8, 0x80), Bytes(2052, 0x80)}) alice_.rtcp.send(packet, call.a->local_rtcp());
  expect_dropped(*call.a, junk.size() + 4, bob_.rtp);
  EXPECT_EQ(call.a->counts().received_packets, 0U);
}

TEST_F(RelayTest, OnlyThePeerIsHeard) {
  const auto call = join(alice_, bob_);
  mallory_.rtp.send(rtp(0, 666), call.a->local_rtp());
  alice_.rtp.send(rtp(0, 1), call.a->local_rtp());
  EXPECT_EQ(sound(bob_.rtp.receive()), sound(rtp(0, 1)));
  EXPECT_TRUE(bob_.rtp.idle());
  EXPECT_EQ(call.a->counts().received_packets, 1U);
}

TEST_F(RelayTest, WhatWaitedBeforeThePeerWasKnownIsNotRelayed) {
  auto a = agreed(), b = agreed();
  b->set_remote(bob_.rtp.address(), bob_.rtcp.address(), false);
  a->relay_to(b.get());
  for (uint16_t i = 0; i < 20; ++i) mallory_.rtp.send(rtp(0, i), a->local_rtp());
  a->set_remote(alice_.rtp.address(), alice_.rtcp.address(), false);
  barrier();
  alice_.rtp.send(rtp(0, 1000), a->local_rtp());
  EXPECT_EQ(sound(bob_.rtp.receive()), sound(rtp(0, 1000)));
  EXPECT_EQ(a->counts().dropped_packets, 20U);
}

TEST_F(RelayTest, NowhereToGoIsADrop) {
  const auto a = agreed(), b = agreed();
  a->set_remote(alice_.rtp.address(), alice_.rtcp.address(), false);
  barrier();
  alice_.rtp.send(rtp(0, 1), a->local_rtp());
  expect_dropped(*a, 1, bob_.rtp);
  a->relay_to(b.get());  // b has no peer yet
  barrier();
  alice_.rtp.send(rtp(0, 2), a->local_rtp());
  expect_dropped(*a, 2, bob_.rtp);
}

TEST_F(RelayTest, HoldStopsSendingAndResumes) {
  const auto call = join(alice_, bob_);
  call.b->set_remote(*SocketAddress::from("0.0.0.0", bob_.rtp.address().port()), SocketAddress(), false);
  barrier();
  alice_.rtp.send(rtp(0, 1), call.a->local_rtp());
  expect_dropped(*call.a, 1, bob_.rtp);
  bob_.rtp.send(rtp(0, 2), call.b->local_rtp());  // music of the one who holds
  EXPECT_EQ(sound(alice_.rtp.receive()), sound(rtp(0, 2)));
  call.b->set_remote(bob_.rtp.address(), bob_.rtcp.address(), false);
  barrier();
  alice_.rtp.send(rtp(0, 3), call.a->local_rtp());
  EXPECT_EQ(sound(bob_.rtp.receive()), sound(rtp(0, 3)));
}

TEST_F(RelayTest, MovesToANewPeer) {
  const auto call = join(alice_, bob_);
  const Phone desk;
  call.b->set_remote(desk.rtp.address(), desk.rtcp.address(), false);
  barrier();
  alice_.rtp.send(rtp(0, 1), call.a->local_rtp());
  EXPECT_EQ(sound(desk.rtp.receive()), sound(rtp(0, 1)));
  bob_.rtp.send(rtp(0, 2), call.b->local_rtp());
  desk.rtp.send(rtp(0, 3), call.b->local_rtp());
  EXPECT_EQ(sound(alice_.rtp.receive()), sound(rtp(0, 3)));
  EXPECT_TRUE(bob_.rtp.idle());
}

TEST_F(RelayTest, AbsurdPeersAreNotSentTo) {
  const auto call = join(alice_, bob_);
  const std::vector<SocketAddress> absurd{SocketAddress(), *SocketAddress::from("127.0.0.1", 0), *SocketAddress::from("::1", 5000),
                                          call.b->local_rtp()};
  uint64_t dropped = 0;
  for (const auto& address : absurd) {
    call.b->set_remote(address, SocketAddress(), false);
    barrier();
    alice_.rtp.send(rtp(0, 1), call.a->local_rtp());
    expect_dropped(*call.a, ++dropped, bob_.rtp);
  }
  call.b->set_remote(*SocketAddress::from("255.255.255.255", 5000), SocketAddress(), false);  // the system refuses that one
  barrier();
  alice_.rtp.send(rtp(0, 1), call.a->local_rtp());
  expect_dropped(*call.a, ++dropped, bob_.rtp);
}

TEST_F(RelayTest, AClosedPhoneDoesNoHarm) {
  const auto call = join(alice_, bob_);
  bob_.rtp.close();
  for (uint16_t i = 0; i < 10; ++i) alice_.rtp.send(rtp(0, i), call.a->local_rtp());
  ASSERT_TRUE(eventually([&] { return call.a->counts().received_packets == 10; }));
  // The refusals have been consumed: a thread that still had one would not come to rest, and the next packet would be lost with it.
  const auto echo = agreed();
  echo->set_remote(mallory_.rtp.address(), mallory_.rtcp.address(), false);
  echo->relay_to(echo.get());
  barrier();
  mallory_.rtp.send(rtp(0, 1), echo->local_rtp());
  EXPECT_EQ(sound(mallory_.rtp.receive()), sound(rtp(0, 1)));
}

TEST_F(RelayTest, LatchesToTheFirstSourceOnce) {
  const Phone behind_nat;
  auto a = agreed(), b = agreed();
  a->set_remote(alice_.rtp.address(), alice_.rtcp.address(), true);  // what the description said, and where nobody can be reached
  b->set_remote(bob_.rtp.address(), bob_.rtcp.address(), false);
  a->relay_to(b.get());
  b->relay_to(a.get());
  barrier();

  bob_.rtp.send(rtp(0, 1), b->local_rtp());
  expect_dropped(*b, 1, alice_.rtp);
  behind_nat.rtcp.send(rtcp(), a->local_rtcp());  // RTCP waits for RTP
  behind_nat.rtp.send(Bytes(40, 0x11), a->local_rtp());
  expect_dropped(*a, 2, bob_.rtp);

  behind_nat.rtp.send(rtp(0, 2), a->local_rtp());
  EXPECT_EQ(sound(bob_.rtp.receive()), sound(rtp(0, 2)));
  bob_.rtp.send(rtp(0, 3), b->local_rtp());
  EXPECT_EQ(sound(behind_nat.rtp.receive()), sound(rtp(0, 3)));
  mallory_.rtp.send(rtp(0, 4), a->local_rtp());
  EXPECT_TRUE(bob_.rtp.idle());

  // The same description again (a session refresh) changes nothing.
  a->set_remote(alice_.rtp.address(), alice_.rtcp.address(), true);
  barrier();
  mallory_.rtp.send(rtp(0, 5), a->local_rtp());
  behind_nat.rtp.send(rtp(0, 6), a->local_rtp());
  EXPECT_EQ(sound(bob_.rtp.receive()), sound(rtp(0, 6)));
  bob_.rtp.send(rtp(0, 7), b->local_rtp());
  EXPECT_EQ(sound(behind_nat.rtp.receive()), sound(rtp(0, 7)));
}

TEST_F(RelayTest, ANewDescriptionLatchesAnew) {
  const Phone first, second;
  auto port = agreed();
  port->relay_to(port.get());
  port->set_remote(alice_.rtp.address(), alice_.rtcp.address(), true);
  barrier();
  first.rtp.send(rtp(0, 1), port->local_rtp());
  EXPECT_EQ(sound(first.rtp.receive()), sound(rtp(0, 1)));
  port->set_remote(bob_.rtp.address(), bob_.rtcp.address(), true);
  barrier();
  second.rtp.send(rtp(0, 2), port->local_rtp());
  EXPECT_EQ(sound(second.rtp.receive()), sound(rtp(0, 2)));
  port->set_remote(first.rtp.address(), first.rtcp.address(), false);
  barrier();
  first.rtp.send(rtp(0, 3), port->local_rtp());
  EXPECT_EQ(sound(first.rtp.receive()), sound(rtp(0, 3)));
}

TEST_F(RelayTest, RtcpDoesNotLatchToAnotherHost) {
  const UdpSocket elsewhere("127.0.0.2");
  const auto port = agreed();
  port->relay_to(port.get());
  port->set_remote(bob_.rtp.address(), bob_.rtcp.address(), true);
  barrier();
  alice_.rtp.send(rtp(0, 1), port->local_rtp());
  EXPECT_EQ(sound(alice_.rtp.receive()), sound(rtp(0, 1)));
  elsewhere.send(rtcp(), port->local_rtcp());
  expect_dropped(*port, 1, elsewhere);
  alice_.rtcp.send(rtcp(), port->local_rtcp());
  barrier();
  clock.advance(std::chrono::seconds(10));
  EXPECT_TRUE(is_rtcp(alice_.rtcp.receive())) << "our reports go to where its own came from";
}

TEST_F(RelayTest, IPv6) {
  settings.address = *SocketAddress::from("::1", 0);
  settings.dscp = 46;
  start();
  const UdpSocket phone("::1");
  const auto port = agreed();
  port->relay_to(port.get());
  port->set_remote(phone.address(), SocketAddress(), false);
  ASSERT_TRUE(eventually([&] {
    phone.send(rtp(0, 1), port->local_rtp());
    return !phone.receive(std::chrono::milliseconds(20)).empty();
  }));
}

TEST_F(RelayTest, AdvertisesAnotherAddressWithTheSamePort) {
  const auto port = agreed();
  EXPECT_TRUE(engine->advertised(port->local_rtp()).empty());
  settings.advertised = *SocketAddress::from("203.0.113.7", 0);
  const auto nat = MediaThreads::open(settings, loop, clock);
  ASSERT_TRUE(nat);
  EXPECT_EQ((*nat)->advertised(port->local_rtp()).to_string(), "203.0.113.7:" + std::to_string(port->local_rtp().port()));
}

TEST_F(RelayTest, AnAddressOfSomebodyElseIsRefusedAtStart) {
  settings.address = *SocketAddress::from("192.0.2.1", 0);
  const auto opened = MediaThreads::open(settings, loop, clock);
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code, ErrorCode::io);
  EXPECT_NE(opened.error().message.find("192.0.2.1"), std::string::npos);
}

}  // namespace
}  // namespace tandem::test
