// Over real sockets: what a receiver sees when its source changes, of RTCP, of another codec on the other side, of telephone events.
#include "media/rtcp.h"
#include "media/sound_codec.h"
#include "media/telephone_event.h"
#include "media_fixture.h"
#include "support/tone.h"

namespace tandem::test {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

Bytes event(uint8_t type, uint16_t sequence, uint32_t timestamp, uint8_t digit, uint16_t duration, bool end, bool mark = false) {
  Bytes packet = rtp(type, sequence, mark, 4);
  write_32(&packet[4], timestamp);
  write_event(&packet[12], {digit, end, 10, duration});
  return packet;
}

class SeamTest : public MediaFixture {
 protected:
  void SetUp() override { start(); }
  Bytes through(const Phone& from, const MediaPort& port, const Bytes& packet, const Phone& to) {
    from.rtp.send(packet, port.local_rtp());
    return to.rtp.receive();
  }
  std::unique_ptr<MediaPort> facing(const Phone& phone) {
    auto port = agreed();
    port->set_remote(phone.rtp.address(), phone.rtcp.address(), false);
    return port;
  }
  Phone alice_, bob_, carol_;
};

TEST_F(SeamTest, TheOldSourcePlaysUntilTheNewOnesFirstPacket) {
  auto call = join(alice_, bob_);
  const auto c = facing(carol_);
  const Bytes one = through(alice_, *call.a, rtp(0, 100), bob_);
  c->relay_to(call.b.get());
  barrier();
  const Bytes two = through(alice_, *call.a, rtp(0, 101), bob_);
  clock.advance(milliseconds(500));
  const Bytes three = through(carol_, *c, rtp(8, 60000), bob_);
  EXPECT_TRUE(marker(three.data()));
  EXPECT_EQ(ssrc_of(three.data()), ssrc_of(one.data()));
  EXPECT_EQ(sequence_of(three.data()), static_cast<uint16_t>(sequence_of(one.data()) + 2));
  EXPECT_EQ(timestamp_of(three.data()) - timestamp_of(two.data()), 4000U);
  alice_.rtp.send(rtp(0, 102), call.a->local_rtp());
  EXPECT_TRUE(eventually([&] { return call.a->counts().dropped_packets == 1; })) << "its turn is over";
  EXPECT_TRUE(bob_.rtp.idle());
}

TEST_F(SeamTest, AnOpenEventIsClosedBefore) {
  auto call = join(alice_, bob_);
  const auto c = facing(carol_);
  const Bytes pressed = through(alice_, *call.a, event(101, 1, 5000, 5, 320, false, true), bob_);
  c->relay_to(call.b.get());
  barrier();
  carol_.rtp.send(rtp(0, 1), c->local_rtp());
  for (int i = 1; i <= 3; ++i) {
    const Bytes end = bob_.rtp.receive();
    EXPECT_EQ(timestamp_of(end.data()), timestamp_of(pressed.data()));
    EXPECT_EQ(sequence_of(end.data()), static_cast<uint16_t>(sequence_of(pressed.data()) + i));
    EXPECT_TRUE(read_event(*rtp_payload(end))->end);
  }
  EXPECT_EQ(sound(bob_.rtp.receive()), sound(rtp(0, 1)));
}

TEST_F(SeamTest, DigitsAreToldOnceAndGoOn) {
  auto call = join(alice_, bob_);
  std::string heard;
  call.a->listen([&](const MediaEvent& e) { heard += e.digit; });
  uint16_t n = 1;
  for (uint16_t i = 1; i <= 3; ++i)
    alice_.rtp.send(event(101, n++, 5000, 11, static_cast<uint16_t>(160 * i), i == 3, i == 1), call.a->local_rtp());
  alice_.rtp.send(event(101, n++, 9000, 7, 800, true), call.a->local_rtp());  // only its end came
  alice_.rtp.send(event(101, n++, 9000, 7, 800, true), call.a->local_rtp());
  alice_.rtp.send(event(101, n++, 12000, 16, 800, true), call.a->local_rtp());  // a hook flash is no digit
  for (int i = 0; i < 6; ++i) EXPECT_EQ(payload_type(bob_.rtp.receive().data()), 101);
  EXPECT_TRUE(loop.run_until([&] { return heard.size() >= 2; }));
  barrier();
  loop.settle();
  EXPECT_EQ(heard, "#7");
}

TEST_F(SeamTest, TranscodesBothWays) {
  settings.codecs = *codecs_named({"pcmu", "l16/16000"});
  const auto call = join(alice_, bob_, description({codec("PCMU", 0)}), description({codec("L16", 99, 16000)}));
  std::vector<int16_t> narrow, wide;
  for (uint16_t n = 0; n < 50; ++n) {
    Bytes mu = rtp(0, n), l16 = rtp(99, n, false, 640);
    write_32(&l16[4], 320U * n);
    for (size_t i = 0; i < 160; ++i)
      mu[12 + i] = compress(Law::mu, static_cast<int16_t>(8000 * std::sin(2 * M_PI * 440 * static_cast<double>(n * 160 + i) / 8000)));
    for (size_t i = 0; i < 320; ++i)
      write_16(&l16[12 + 2 * i],
               static_cast<uint16_t>(static_cast<int16_t>(8000 * std::sin(2 * M_PI * 700 * static_cast<double>(n * 320 + i) / 16000))));
    const Bytes at_bob = through(alice_, *call.a, mu, bob_), at_alice = through(bob_, *call.b, l16, alice_);
    ASSERT_EQ(payload_type(at_bob.data()), 99);
    ASSERT_EQ(payload_type(at_alice.data()), 0);
    for (size_t i = 12; i + 1 < at_bob.size(); i += 2) wide.push_back(static_cast<int16_t>(read_16(&at_bob[i])));
    for (size_t i = 12; i < at_alice.size(); ++i) narrow.push_back(expand(Law::mu, at_alice[i]));
  }
  EXPECT_NEAR(static_cast<double>(wide.size()), 16000, 200);
  EXPECT_NEAR(measure(wide, 16000).hertz, 440, 10);
  EXPECT_GT(measure(wide, 16000).purity, 0.95);
  EXPECT_NEAR(measure(narrow, 8000).hertz, 700, 10);
  EXPECT_GT(measure(narrow, 8000).purity, 0.95);
  EXPECT_TRUE(eventually([&] { return call.b->counts().transcoded_packets == 50; }));
}

/// The next report of `kind` at the phone; the clock is moved until it is due.
RtcpFacts next_report(const Phone& phone, uint32_t about) {
  const Bytes packet = phone.rtcp.receive();
  EXPECT_TRUE(is_rtcp(packet));
  return read_rtcp(packet, about);
}

TEST_F(SeamTest, TranscodedPacketsAreAsLongAsTheReceiverWishes) {
  auto with_bob = description({codec("G722", 9)});
  with_bob.ptime_ms = 40;
  const auto call = join(alice_, bob_, description({codec("PCMU", 0)}), with_bob);
  Bytes before;
  for (uint16_t n = 0; n < 10; n += 2) {
    alice_.rtp.send(rtp(0, n), call.a->local_rtp());
    const Bytes at_bob = through(alice_, *call.a, rtp(0, static_cast<uint16_t>(n + 1)), bob_);
    ASSERT_EQ(at_bob.size(), 12U + 320);
    EXPECT_EQ(payload_type(at_bob.data()), 9);
    EXPECT_EQ(marker(at_bob.data()), n == 0);
    if (n > 0) {
      EXPECT_EQ(sequence_of(at_bob.data()), static_cast<uint16_t>(sequence_of(before.data()) + 1));
      EXPECT_EQ(timestamp_of(at_bob.data()), timestamp_of(before.data()) + 320);
    }
    before = at_bob;
  }
  EXPECT_TRUE(bob_.rtp.idle());
  EXPECT_TRUE(eventually([&] { return call.b->counts().transcoded_packets == 5; }));  // counted a moment after it was sent
}

TEST_F(SeamTest, ReportsThatCannotBeTrueAreNotBelieved) {
  const auto call = join(alice_, bob_);
  const Bytes packet = through(alice_, *call.a, rtp(0, 1), bob_);
  const auto tell = [&](ReportBlock block) {
    block.ssrc = ssrc_of(packet.data());
    Bytes report(200);
    report.resize(write_rtcp(report, 77, std::nullopt, block, "bob", false));
    bob_.rtcp.send(report, call.b->local_rtcp());
  };
  tell({.cumulative_lost = 2});  // one was sent
  tell({.jitter = 0xffffffff});  // a week
  EXPECT_TRUE(eventually([&] { return call.b->counts().absurd_reports == 2; }));
  EXPECT_EQ(call.b->counts().remote_lost_packets, 0U);
  EXPECT_EQ(call.b->counts().remote_jitter_us, 0U);
  EXPECT_EQ(call.b->counts().remote_mos, 0U);
  tell({.cumulative_lost = 1, .jitter = 8});
  EXPECT_TRUE(eventually([&] { return call.b->counts().remote_lost_packets == 1; }));
  EXPECT_EQ(call.b->counts().absurd_reports, 2U);
  EXPECT_GT(call.a->counts().mos, 400U) << "what comes from Alice is fine";
}

TEST_F(SeamTest, ReportsAreOurOwn) {
  auto call = join(alice_, bob_);
  Bytes packet;
  for (uint16_t n = 0; n < 10; ++n) {
    if (n == 4) continue;
    packet = through(alice_, *call.a, rtp(0, n), bob_);
  }
  clock.advance(seconds(4));
  const auto to_alice = next_report(alice_, 0);  // the SSRC of rtp() is 0
  EXPECT_FALSE(to_alice.sender) << "nothing was sent to Alice";
  ASSERT_TRUE(to_alice.about_us);
  EXPECT_EQ(to_alice.about_us->cumulative_lost, 1);
  EXPECT_EQ(to_alice.about_us->highest, 9U);
  EXPECT_EQ(call.a->counts().lost_packets, 1U);

  const auto to_bob = next_report(bob_, 0);
  ASSERT_TRUE(to_bob.sender);
  EXPECT_EQ(to_bob.sender->packets, 9U);
  EXPECT_EQ(to_bob.sender->octets, 9U * 160);
  EXPECT_FALSE(to_bob.about_us);

  // Bob says what he thinks of our stream, half a second after our report.
  const uint32_t ours = ssrc_of(packet.data());
  Bytes report(200);
  ReportBlock block{.ssrc = ours, .cumulative_lost = 3, .jitter = 80, .last_report = middle_of(to_bob.sender->ntp)};
  report.resize(write_rtcp(report, 77, SenderInfo{.ntp = 0x123456789a, .packets = 1}, block, "bob", false));
  bob_.rtcp.send(report, call.b->local_rtcp());
  EXPECT_TRUE(eventually([&] { return call.b->counts().remote_lost_packets == 3; }));
  EXPECT_EQ(call.b->counts().remote_jitter_us, 10000U);

  call.b.reset();
  EXPECT_TRUE(eventually([&] { return next_report(bob_, 0).bye; }));
}

TEST(Rtcp, RoundTrip) {
  const uint64_t now = 0x1'8000'0000ULL;  // 1.5 s
  ReportBlock block{.last_report = 0x0001'0000, .delay_since_report = 0x4000};
  EXPECT_EQ(round_trip(block, now), 0x4000U) << "a quarter of a second there and back";
  block.delay_since_report = 0x9000;
  EXPECT_FALSE(round_trip(block, now)) << "before it was asked";
  block.last_report = 0;
  EXPECT_FALSE(round_trip(block, now));
}

TEST(TelephoneEvents, ALongPressIsOne) {
  DigitEar ear;
  EXPECT_EQ(ear.hear(1, 1000, true, {.event = 3, .duration = 0xff00}), '3');
  EXPECT_FALSE(ear.hear(1, 1000 + 0xffff, false, {.event = 3, .duration = 160})) << "its next segment";
  EXPECT_FALSE(ear.hear(1, 1000, false, {.event = 3, .end = true})) << "late";
  EXPECT_FALSE(ear.hear(1, 1000 + 0xffff, false, {.event = 3, .end = true, .duration = 320}));
  EXPECT_EQ(ear.hear(1, 90000, false, {.event = 3, .end = true}), '3');
  EXPECT_EQ(ear.hear(2, 90000, false, {.event = 3, .end = true}), '3') << "of another stream";
}

}  // namespace
}  // namespace tandem::test
