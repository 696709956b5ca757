// Pictures: passed on as they come, and what asks for them the other way.
#include "media/rtcp.h"
#include "media_fixture.h"

namespace tandem::test {
namespace {

class VideoTest : public MediaFixture {
 protected:
  void SetUp() override { start(); }
  std::unique_ptr<MediaPort> video(const Phone& phone, const MediaDescription& both) {
    auto port = std::move(*engine->open(0, MediaKind::video));
    port->set_remote(phone.rtp.address(), phone.rtcp.address(), false);
    port->set_formats(both, both);
    return port;
  }
  void connect(const MediaDescription& with_a, const MediaDescription& with_b) {
    a_ = video(alice_, with_a);
    b_ = video(bob_, with_b);
    a_->relay_to(b_.get());
    b_->relay_to(a_.get());
    barrier();
  }
  /// A packet of a picture: its payload says nothing to us.
  static Bytes picture(uint8_t number, uint16_t sequence, uint32_t timestamp, bool last, uint32_t ssrc = 77) {
    Bytes packet = rtp(number, sequence, last, 900);
    write_32(&packet[4], timestamp);
    write_32(&packet[8], ssrc);
    return packet;
  }
  Phone alice_, bob_;
  std::unique_ptr<MediaPort> a_, b_;
};

Codec h264(uint8_t number, std::string fmtp = "profile-level-id=42e01f;packetization-mode=1") {
  Codec made = codec("H264", number, 90000);
  made.fmtp = std::move(fmtp);
  return made;
}

TEST_F(VideoTest, PassesUnderTheOthersNumberWithoutAMarkerOfOurs) {
  connect(description({h264(97), codec("VP8", 98, 90000)}), description({codec("VP8", 120, 90000), h264(121)}));
  alice_.rtp.send(picture(97, 1000, 5000, false), a_->local_rtp());
  const Bytes first = bob_.rtp.receive();
  EXPECT_EQ(payload_type(first.data()), 121);
  EXPECT_FALSE(marker(first.data())) << "a seam, but no picture ends here";
  EXPECT_TRUE(std::equal(first.begin() + 12, first.end(), picture(97, 1000, 5000, false).begin() + 12));
  alice_.rtp.send(picture(97, 1001, 5000, true), a_->local_rtp());
  const Bytes second = bob_.rtp.receive();
  EXPECT_TRUE(marker(second.data()));
  EXPECT_EQ(timestamp_of(second.data()), timestamp_of(first.data()));
  EXPECT_EQ(sequence_of(second.data()), sequence_of(first.data()) + 1);
  bob_.rtp.send(picture(120, 9, 9, true), b_->local_rtp());
  EXPECT_EQ(payload_type(alice_.rtp.receive().data()), 98);
}

TEST_F(VideoTest, AnotherPacketizationIsAnotherFormat) {
  connect(description({h264(97)}), description({h264(97, "profile-level-id=42e01f")}));
  alice_.rtp.send(picture(97, 1, 0, true), a_->local_rtp());
  EXPECT_TRUE(eventually([&] { return a_->counts().dropped_packets == 1; }));
}

TEST_F(VideoTest, WhoAsksForAPictureReachesItsSender) {
  connect(description({codec("VP8", 98, 90000)}), description({codec("VP8", 98, 90000)}));
  alice_.rtp.send(picture(98, 1000, 5000, true), a_->local_rtp());
  const Bytes seen = bob_.rtp.receive();
  const uint32_t at_bob = ssrc_of(seen.data());
  // PLI, FIR and a NACK of what Bob saw, without a report before them; and one about a stream that he does not get.
  Bytes asks{0x81, 206, 0, 2, 0, 0, 0, 9, 0, 0, 0, 0};
  write_32(&asks[8], at_bob);
  Bytes fir{0x84, 206, 0, 4, 0, 0, 0, 9, 0, 0, 0, 0, 0, 0, 0, 0, 3, 0, 0, 0};
  write_32(&fir[12], at_bob);
  Bytes nack{0x81, 205, 0, 3, 0, 0, 0, 9, 0, 0, 0, 0, 0, 0, 0, 5};
  write_32(&nack[8], at_bob);
  write_16(&nack[12], sequence_of(seen.data()));
  const Bytes other{0x81, 206, 0, 2, 0, 0, 0, 9, 1, 2, 3, 4};
  for (const Bytes& more : std::vector<Bytes>{fir, nack, other}) asks.insert(asks.end(), more.begin(), more.end());
  bob_.rtcp.send(asks, b_->local_rtcp());
  const Bytes asked = alice_.rtcp.receive();
  ASSERT_TRUE(is_rtcp(asked)) << "a report goes before them";
  ASSERT_GE(asked.size(), 48U);
  const uint8_t* const at = asked.data() + asked.size() - 48;
  EXPECT_EQ(at[1], 206);
  EXPECT_EQ(read_32(at + 8), 77U) << "the stream as Alice numbers it";
  EXPECT_EQ(at[13], 206);
  EXPECT_EQ(read_32(at + 12 + 12), 77U);
  EXPECT_EQ(at[33], 205);
  EXPECT_EQ(read_32(at + 32 + 8), 77U);
  EXPECT_EQ(read_16(at + 32 + 12), 1000);
  EXPECT_EQ(read_16(at + 32 + 14), 5);
}

TEST_F(VideoTest, ASoundPortPassesNoFeedback) {
  const Pair call = join(alice_, bob_);
  alice_.rtp.send(rtp(0, 1), call.a->local_rtp());
  const Bytes seen = bob_.rtp.receive();
  Bytes asks{0x81, 206, 0, 2, 0, 0, 0, 9, 0, 0, 0, 0};
  write_32(&asks[8], ssrc_of(seen.data()));
  bob_.rtcp.send(asks, call.b->local_rtcp());
  EXPECT_TRUE(eventually([&] { return call.b->counts().dropped_packets == 1; }));
}

}  // namespace
}  // namespace tandem::test
