// Digits between phones whose clocks differ.
#include <cmath>

#include "media/sound_codec.h"
#include "media/telephone_event.h"
#include "media_fixture.h"

namespace tandem::test {
namespace {

class EventRate : public MediaFixture {
 protected:
  void SetUp() override { start(); }
  static Bytes event(uint8_t number, uint16_t sequence, uint32_t timestamp, uint16_t duration, bool end = false, bool first = false) {
    Bytes packet = rtp(number, sequence, first, 4);
    write_32(&packet[4], timestamp);
    write_event(&packet[12], TelephoneEvent{5, end, 10, duration});
    return packet;
  }
  static Codec opus() {
    Codec made = codec("OPUS", 111, 48000);
    made.channels = 2;
    return made;
  }
  Phone a_, b_;
};

TEST_F(EventRate, DurationsAreThoseOfTheOtherClock) {
  const Pair call = join(a_, b_, description({opus(), codec("TELEPHONE-EVENT", 110, 48000)}),
                         description({codec("PCMU", 0), codec("TELEPHONE-EVENT", 101)}));
  std::vector<char> digits;
  call.a->listen([&](const MediaEvent& e) { digits.push_back(e.digit); });
  uint32_t begun = 0;
  for (uint16_t n = 0; n < 4; ++n) {
    a_.rtp.send(event(110, n, 48000, static_cast<uint16_t>(960 * (n + 1)), n == 3, n == 0), call.a->local_rtp());
    const Bytes got = b_.rtp.receive();
    ASSERT_EQ(got.size(), 16U);
    EXPECT_EQ(payload_type(got.data()), 101);
    EXPECT_EQ(read_event(std::span(got).subspan(12))->duration, 160 * (n + 1));
    if (n == 0) begun = timestamp_of(got.data());
    EXPECT_EQ(timestamp_of(got.data()), begun);
  }
  loop.settle();
  EXPECT_EQ(digits, std::vector<char>{'5'});
}

TEST_F(EventRate, EventsOfAnotherClockThanTheSoundKeepOneTimestampEach) {
  // As browsers do: Opus, and events of 8 kHz beside it.
  const auto both = description({opus(), codec("TELEPHONE-EVENT", 101)});
  const Pair call = join(a_, b_, both, both);
  for (int press = 0; press < 2; ++press) {
    uint32_t begun = 0;
    for (uint16_t n = 0; n < 5; ++n) {  // the end three times, as RFC 4733 has it
      clock.advance(std::chrono::milliseconds(20));
      a_.rtp.send(event(101, static_cast<uint16_t>(press * 5 + n), 7000U * static_cast<unsigned>(press + 1),
                        static_cast<uint16_t>(160 * std::min(n + 1, 3)), n >= 2, n == 0),
                  call.a->local_rtp());
      const Bytes got = b_.rtp.receive();
      ASSERT_EQ(got.size(), 16U);
      EXPECT_EQ(read_event(std::span(got).subspan(12))->duration, 160 * std::min(n + 1, 3));
      if (n == 0) begun = timestamp_of(got.data());
      EXPECT_EQ(timestamp_of(got.data()), begun) << press << n;
    }
    clock.advance(std::chrono::seconds(1));
  }
}

TEST_F(EventRate, OurOwnDigitsAreOfTheClockOfTheSound) {
  const auto both = description({opus(), codec("TELEPHONE-EVENT", 101), codec("TELEPHONE-EVENT", 110, 48000)});
  const auto port = open();
  port->set_remote(a_.rtp.address(), a_.rtcp.address(), false);
  agree(*port, both);
  port->send_digit('5');
  const Bytes got = [&] {
    Bytes packet;
    eventually([&] {
      clock.advance(std::chrono::milliseconds(20));
      packet = a_.rtp.receive(std::chrono::milliseconds(20));
      return !packet.empty();
    });
    return packet;
  }();
  ASSERT_EQ(got.size(), 16U);
  EXPECT_EQ(payload_type(got.data()), 110);
  EXPECT_EQ(read_event(std::span(got).subspan(12))->duration % 960, 0);
}

/// 80 ms of a key in PCMU, from its two tones, and as much silence behind it.
TEST_F(EventRate, DigitsInTheSoundAreToldWhereAsked) {
  const auto port = agreed();
  std::string digits;
  port->listen([&](const MediaEvent& e) { digits += e.kind == MediaEvent::Kind::digit ? e.digit : '?'; });
  port->set_remote(a_.rtp.address(), a_.rtcp.address(), false);
  port->relay_to(nullptr);
  const auto encoder = make_encoder(Format::pcmu, 8);
  uint16_t sequence = 0;
  const auto press = [&](double low, double high) {
    for (size_t n = 0; n < 8; ++n, ++sequence) {
      std::array<int16_t, 160> samples{};
      for (size_t i = 0; i < samples.size() && n < 4; ++i) {
        const double t = static_cast<double>(n * 160 + i) / 8000;
        samples[i] = static_cast<int16_t>(6000 * (std::sin(2 * M_PI * low * t) + std::sin(2 * M_PI * high * t)));
      }
      Bytes packet = rtp(0, sequence);
      encoder->encode(samples, std::span(packet).subspan(12));
      a_.rtp.send(packet, port->local_rtp());
    }
    ASSERT_TRUE(eventually([&] { return port->counts().received_packets == sequence; }));
    loop.settle();
  };
  barrier();
  press(770, 1336);
  EXPECT_EQ(digits, "") << "nobody has asked";
  port->hear_tones(true);
  barrier();
  press(770, 1336);
  press(941, 1477);
  EXPECT_EQ(digits, "5#");
  port->hear_tones(false);
  barrier();
  press(697, 1209);
  EXPECT_EQ(digits, "5#");
}

}  // namespace
}  // namespace tandem::test
