// Sound on the wire: transcoding, music on hold and the seams around it, tones and keys with a dialplan of the test's own.
#include <fstream>
#include <thread>

#include "office.h"

namespace tandem::test {
namespace {

class SoundOnTheWire : public TwoPhones {};

TEST_F(SoundOnTheWire, TwoPhonesWithoutACommonCodecAreTranscoded) {
  jane_->audio.law = Law::a;
  jane_->audio.payload_type = 8;
  auto caller = john_->call("11002", john_->offer({0}));
  const auto invite = jane_->expect_request("INVITE");
  auto called = jane_->accept(invite);
  jane_->hear_of(invite);
  jane_->respond(called, invite, 200, "OK", jane_->offer({8}));
  jane_->expect_request("ACK");
  john_->hear_of(john_->answered(caller));
  expect_tones_both_ways(john_->audio, jane_->audio);
  for (const auto& packet : john_->audio.packets()) EXPECT_EQ(packet.payload_type, 0);
  for (const auto& packet : jane_->audio.packets()) EXPECT_EQ(packet.payload_type, 8);
  const auto rows = tandem_->ask("rtp show");
  ASSERT_EQ(rows.size(), 2u);
  EXPECT_TRUE(rows[0]["transcoding"].get<bool>());
  john_->bye(caller);
  jane_->respond(called, jane_->expect_request("BYE"), 200, "OK");
  expect_nothing_left();
}

TEST_F(SoundOnTheWire, TheHeldPhoneHearsMusicInOneStream) {
  auto call = converse(*john_, *jane_, "11002");
  expect_tones_both_ways(john_->audio, jane_->audio, Milliseconds(200));
  jane_->audio.forget();
  talk({&john_->audio, &jane_->audio}, Milliseconds(100));
  john_->send(john_->in_dialog(call.caller, "INVITE", make_sdp(john_->audio.port(), {0, 8}, 101, "sendonly", 2)));
  john_->answered(call.caller);
  john_->audio.tone = 0;
  const size_t before = jane_->audio.heard().size();
  talk({&john_->audio, &jane_->audio}, Milliseconds(1500));
  const std::span<const int16_t> music = std::span(jane_->audio.heard()).subspan(before);
  EXPECT_GT(music.size(), 8000u) << "music is sent";
  EXPECT_LT(amplitude_at(music, 8000, 440), 500) << "it is not John's tone";
  EXPECT_GT(measure(music).amplitude, 200);

  john_->send(john_->in_dialog(call.caller, "INVITE", make_sdp(john_->audio.port(), {0, 8}, 101, "sendrecv", 3)));
  john_->hear_of(john_->answered(call.caller));
  john_->audio.tone = 440;
  talk({&john_->audio, &jane_->audio}, Milliseconds(400));

  const auto& packets = jane_->audio.packets();
  int markers = 0;
  for (size_t i = 1; i < packets.size(); ++i) {
    EXPECT_EQ(packets[i].ssrc, packets[0].ssrc);
    EXPECT_EQ(packets[i].sequence, static_cast<uint16_t>(packets[i - 1].sequence + 1));
    EXPECT_GT(static_cast<int32_t>(packets[i].timestamp - packets[i - 1].timestamp), 0);
    markers += packets[i].marker ? 1 : 0;
  }
  EXPECT_EQ(markers, 2) << "one at each seam";
  john_->bye(call.caller);
  jane_->respond(call.called, jane_->expect_request("BYE"), 200, "OK");
  expect_nothing_left();
}

/// True as soon as `done` is; false when it was not within five seconds, which only a failure takes.
template <class Done>
bool soon(Done done) {
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(5);
  while (!done()) {
    if (std::chrono::steady_clock::now() > end) return false;
    std::this_thread::sleep_for(Milliseconds(5));
  }
  return true;
}

class SoundDialplan : public Office {
 protected:
  void SetUp() override {
    std::ofstream(folder_.path() + "/main.lua") << R"lua(
context "phones" {
  ["700"] = function(call)
    call:progress()
    call:play{"tone:dial", seconds = 0.5}
    call:answer()
    local digits = call:read_digits{prompt = "tone:congestion", max = 4, timeout = 2}
    call:record_call("whole")
    if digits == "12" then call:play{"tone:beep"} end
    local message = call:record{"message", max = 1, beep = false}
    call:log(message.ended)
    call:hangup("busy")
  end,
}
)lua";
    open({"tandem/dialplan/file=" + folder_.path() + "/main.lua"});
    john_ = std::make_unique<Phone>(*tandem_, kJohn, 440);
    john_->must_enroll();
  }
  TemporaryFolder folder_;
  std::unique_ptr<Phone> john_;
};

TEST_F(SoundDialplan, TonesKeysAndARecording) {
  auto call = john_->call("700", john_->offer());
  const auto early = john_->expect(183, "INVITE");
  john_->hear_of(early);
  SipPeer::learn(call, early);
  john_->audio.tone = 0;
  talk({&john_->audio}, Milliseconds(400));
  EXPECT_GT(amplitude_at(john_->audio.heard(), 8000, 350), 2000) << "the dial tone, before the answer";
  EXPECT_GT(amplitude_at(john_->audio.heard(), 8000, 440), 2000);

  john_->hear_of(john_->answered(call));
  john_->audio.forget();
  for (const uint8_t digit : {1, 2, 11}) {
    john_->audio.send_event(101, digit, 160, false);
    john_->audio.send_event(101, digit, 800, true);
    talk({&john_->audio}, Milliseconds(60));
    john_->audio.skip(1600);
  }
  john_->audio.tone = 440;
  talk({&john_->audio}, Milliseconds(1800));
  EXPECT_GT(amplitude_at(std::span(john_->audio.heard()), 8000, 1000), 300) << "12# was understood: the beep";
  const auto bye = john_->expect_request("BYE");
  john_->respond(call, bye, 200, "OK");
  expect_nothing_left();
  std::optional<Wave> wave;
  ASSERT_TRUE(soon([&] { return (wave = read_wave(tandem_->state() + "/recordings/message.wav")) && wave->samples.size() == 8000; }));
  EXPECT_NEAR(measure(wave->samples).hertz, 440, 10);
  ASSERT_TRUE(soon([&] { return read_wave(tandem_->state() + "/recordings/whole.wav").has_value(); }));
}

}  // namespace
}  // namespace tandem::test
