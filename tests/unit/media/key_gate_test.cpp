// Keys that are held back for a feature code: none reaches the far end, and its stream shows no gap.
#include "media/telephone_event.h"
#include "media_fixture.h"

namespace tandem::test {
namespace {

class KeyGateTest : public MediaFixture {
 protected:
  void SetUp() override { start(); }
  static Bytes press(uint8_t key, uint16_t sequence, uint32_t timestamp, bool end, bool first) {
    Bytes packet = rtp(101, sequence, first, 4);
    write_32(&packet[4], timestamp);
    write_event(&packet[12], TelephoneEvent{key, end, 10, 160});
    return packet;
  }
  Phone a_, b_;
};

TEST(KeyGate, AStarShutsItAndAnOrderOpensIt) {
  KeyGate gate;
  EXPECT_FALSE(gate.press('*')) << "nobody has asked";
  gate.set(true);
  EXPECT_FALSE(gate.press('5'));
  EXPECT_TRUE(gate.press('*'));
  EXPECT_TRUE(gate.press('8'));
  gate.set(true);
  EXPECT_TRUE(gate.holds()) << "what is left of that press is held too";
  EXPECT_FALSE(gate.press('1'));
  EXPECT_FALSE(gate.holds());
}

TEST_F(KeyGateTest, WhatIsHeldLeavesNoGap) {
  const auto both = description({codec("PCMU", 0), codec("TELEPHONE-EVENT", 101)});
  const Pair call = join(a_, b_, both, both);
  std::string keys;
  call.a->listen([&](const MediaEvent& e) { keys += {e.held ? 'h' : 'p', e.digit}; });
  call.a->hold_keys(true);
  barrier();
  a_.rtp.send(rtp(0, 1), call.a->local_rtp());
  const uint16_t before = sequence_of(b_.rtp.receive().data());
  a_.rtp.send(press(10, 2, 8000, false, true), call.a->local_rtp());  // a star
  a_.rtp.send(press(10, 3, 8000, true, false), call.a->local_rtp());
  a_.rtp.send(press(8, 4, 9000, true, true), call.a->local_rtp());
  a_.rtp.send(rtp(0, 5), call.a->local_rtp());
  Bytes got = b_.rtp.receive();
  ASSERT_FALSE(got.empty());
  EXPECT_EQ(payload_type(got.data()), 0) << "speech, and none of the keys";
  EXPECT_EQ(sequence_of(got.data()), static_cast<uint16_t>(before + 1));
  call.a->hold_keys(true);
  barrier();
  a_.rtp.send(press(5, 6, 10000, true, true), call.a->local_rtp());
  got = b_.rtp.receive();
  ASSERT_FALSE(got.empty());
  EXPECT_EQ(payload_type(got.data()), 101) << "an ordinary key goes through at once";
  EXPECT_EQ(sequence_of(got.data()), static_cast<uint16_t>(before + 2));
  loop.settle();
  EXPECT_EQ(keys, "h*h8p5");
}

}  // namespace
}  // namespace tandem::test
