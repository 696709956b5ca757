// Sounds: tones, files, the store, the pace of a player, digits that are sent, recordings.
#include <sndfile.h>

#include <cmath>
#include <filesystem>

#include "media/digit_sender.h"
#include "media/player.h"
#include "media/recorder.h"
#include "media/sound_file.h"
#include "media_fixture.h"
#include "support/tone.h"

namespace tandem::test {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

TEST(Tones, CadencesAreReadAndMade) {
  const auto busy = parse_cadence("480+620/500, 0/500");
  ASSERT_TRUE(busy);
  const Sound sound = render_cadence(*busy);
  ASSERT_EQ(sound.narrow.size(), 8000U);
  ASSERT_EQ(sound.wide.size(), 16000U);
  const auto on = std::span(sound.narrow).first(4000), off = std::span(sound.narrow).last(4000);
  EXPECT_NEAR(amplitude_at(on, 8000, 480), 4100, 100);
  EXPECT_NEAR(amplitude_at(on, 8000, 620), 4100, 100);
  EXPECT_TRUE(std::all_of(off.begin(), off.end(), [](int16_t s) { return s == 0; }));
  EXPECT_EQ(render_cadence(*parse_cadence("425")).narrow.size(), 8000U);
  for (const char* wrong :
       {"", "425/0", "425/500, 480", "5000/100", "1+2+3", "300+400+500+600+700/10", "a/100", "400/99999999999", "400/100/100"})
    EXPECT_FALSE(parse_cadence(wrong)) << wrong;
}

TEST(Pace, HasNoDriftAndDoesNotFlood) {
  Pace pace;
  Instant now{};
  pace.begin(now);
  unsigned sent = 0;
  for (int i = 0; i < 1000; ++i) {
    now += milliseconds(i % 3 == 0 ? 25 : i % 3 == 1 ? 18 : 17);
    sent += pace.take(now).send;
  }
  EXPECT_EQ(sent, static_cast<unsigned>(now.time_since_epoch() / kFrameTime) + 1);
  const auto late = pace.take(now + seconds(1));
  EXPECT_EQ(late.send, Pace::kMostAtOnce);
  EXPECT_EQ(late.skip + late.send, 50U);
}

std::shared_ptr<const Sound> ramp(size_t narrow) {
  auto sound = std::make_shared<Sound>();
  for (size_t i = 0; i < narrow; ++i) sound->narrow.push_back(static_cast<int16_t>(i + 1));
  for (size_t i = 0; i < 2 * narrow; ++i) sound->wide.push_back(static_cast<int16_t>(i + 1));
  return sound;
}

TEST(Player, SoundsJoinWithoutAGapAndEndWithSilence) {
  Player player({{ramp(100), ramp(0), ramp(100)}}, 7);
  std::array<int16_t, 160> frame;
  ASSERT_TRUE(player.next(8, frame));
  EXPECT_EQ(frame[99], 100);
  EXPECT_EQ(frame[100], 1);
  ASSERT_TRUE(player.next(8, frame));
  EXPECT_EQ(frame[39], 100);
  EXPECT_EQ(frame[40], 0);
  EXPECT_FALSE(player.next(8, frame));
}

TEST(Player, RepeatsAtEitherRateAndSkips) {
  Player player({{ramp(400)}, true}, 7);
  std::array<int16_t, 320> frame;
  player.skip(2);
  ASSERT_TRUE(player.next(16, frame));
  EXPECT_EQ(frame[0], 641);
  EXPECT_EQ(frame[160], 1);
  player.skip(5 * 1000 * 1000);
  EXPECT_TRUE(player.next(16, frame));
  Player nothing({{ramp(0)}, true}, 7);
  EXPECT_FALSE(nothing.next(16, frame)) << "repeated nothing does not go on for ever";
}

TEST(DigitSender, PressesPausesAndLimits) {
  DigitSender keys;
  EXPECT_FALSE(keys.add('x'));
  EXPECT_TRUE(keys.add('#'));
  EXPECT_TRUE(keys.add('1'));
  int packets = 0, begun = 0, frames = 0;
  for (; !keys.idle(); ++frames) {
    const auto step = keys.step();
    begun += step.begins ? 1 : 0;
    packets += step.event ? step.copies : 0;
    if (step.event && step.event->end) {
      EXPECT_EQ(step.event->duration, 800);
    }
  }
  EXPECT_EQ(begun, 2);
  EXPECT_EQ(packets, 14);
  EXPECT_EQ(frames, 16) << "160 ms each";
  for (size_t i = 0; i < DigitSender::kMost; ++i) EXPECT_TRUE(keys.add('5'));
  EXPECT_FALSE(keys.add('5'));
}

class SoundTest : public MediaFixture {
 protected:
  void SetUp() override {
    folder_ = std::filesystem::temp_directory_path() / ("tandem-sounds-" + std::to_string(::getpid()));
    std::filesystem::create_directories(folder_ / "music/slow");
    settings.sounds.folders = {folder_ / "none", folder_};
    settings.sounds.music = "slow";
    settings.recordings = folder_ / "recordings";
    start();
    phone_rtp_ = phone_.rtp.address();
  }
  void TearDown() override {
    engine.reset();
    std::filesystem::remove_all(folder_);
  }
  void write(const std::string& name, int rate, int format, double hertz = 440) {
    SF_INFO info{};
    info.samplerate = rate;
    info.channels = 1;
    info.format = SF_FORMAT_WAV | format;
    SNDFILE* file = sf_open((folder_ / name).c_str(), SFM_WRITE, &info);
    std::vector<short> samples(static_cast<size_t>(rate));
    for (size_t i = 0; i < samples.size(); ++i)
      samples[i] = static_cast<short>(8000 * std::sin(2 * M_PI * hertz * static_cast<double>(i) / rate));
    sf_write_short(file, samples.data(), static_cast<sf_count_t>(samples.size()));
    sf_close(file);
  }
  Result<Playlist> load(std::vector<std::string> names) {
    std::optional<Result<Playlist>> loaded;
    engine->sounds().load(std::move(names), [&](Result<Playlist> list) { loaded = std::move(list); });
    EXPECT_FALSE(loaded);
    EXPECT_TRUE(loop.run_until([&] { return loaded.has_value(); }));
    return std::move(*loaded);
  }
  std::unique_ptr<MediaPort> facing_phone(const MediaDescription& formats = usual()) {
    auto port = open();
    agree(*port, formats);
    port->set_remote(phone_rtp_, phone_.rtcp.address(), false);
    port->listen([this](const MediaEvent& e) {
      if (e.kind == MediaEvent::Kind::played) played_.push_back(e.play);
    });
    barrier();
    return port;
  }
  /// The next frame that is due.
  Bytes frame() {
    const Bytes packet = phone_.rtp.receive();
    clock.advance(milliseconds(20));
    return packet;
  }

  std::filesystem::path folder_;
  Phone phone_;
  SocketAddress phone_rtp_;
  std::vector<uint32_t> played_;
};

TEST_F(SoundTest, FilesOfEveryKindSoundTheSame) {
  write("a.wav", 8000, SF_FORMAT_PCM_16);
  write("b.wav", 16000, SF_FORMAT_PCM_16);
  write("c.wav", 8000, SF_FORMAT_ALAW);
  write("d.wav", 8000, SF_FORMAT_ULAW);
  for (const char* name : {"a", "b", "c", "d"}) {
    const auto list = load({name});
    ASSERT_TRUE(list) << list.error().message;
    const Sound& sound = *list->sounds.at(0);
    EXPECT_NEAR(static_cast<double>(sound.narrow.size()), 8000, 50) << name;
    EXPECT_NEAR(static_cast<double>(sound.wide.size()), 16000, 100) << name;
    EXPECT_NEAR(measure(sound.wide, 16000).hertz, 440, 10) << name;
    EXPECT_GT(measure(sound.narrow, 8000).purity, 0.95) << name;
  }
  EXPECT_EQ(load({"a"})->sounds[0], load({"a"})->sounds[0]) << "decoded once";
}

TEST_F(SoundTest, WhatCannotBePlayedIsSaid) {
  for (const auto& [name, said] : std::vector<std::pair<std::string, std::string>>{{"../secret", "no name of a sound"},
                                                                                   {"/etc/passwd", "no name of a sound"},
                                                                                   {"missing", "there is no sound \"missing\""},
                                                                                   {"tone:busy", "no country"},
                                                                                   {"silence:x", "MILLISECONDS"},
                                                                                   {"music:none", "there is no music/none"}}) {
    const auto list = load({name});
    ASSERT_FALSE(list) << name;
    EXPECT_NE(list.error().message.find(said), std::string::npos) << list.error().message;
  }
  std::filesystem::copy_file("/proc/self/status", folder_ / "junk.wav");
  EXPECT_EQ(load({"junk"}).error().code, ErrorCode::invalid);
}

TEST_F(SoundTest, MusicIsAWholeFolderInOrder) {
  write("music/slow/b.wav", 8000, SF_FORMAT_PCM_16);
  write("music/slow/a.wav", 16000, SF_FORMAT_PCM_16, 880);
  const auto list = load({"music:hold"});
  ASSERT_TRUE(list) << list.error().message;
  ASSERT_EQ(list->sounds.size(), 2U);
  EXPECT_NEAR(measure(list->sounds[0]->narrow).hertz, 880, 10);
}

TEST_F(SoundTest, PlaysInTheFormatOfThePeerAndTellsTheEnd) {
  const auto port = facing_phone(description({codec("L16", 97, 16000)}));
  write("a.wav", 16000, SF_FORMAT_PCM_16);
  auto list = load({"a"});
  list->sounds[0] = [&] {
    auto cut = std::make_shared<Sound>(*list->sounds[0]);
    cut->narrow.resize(480);
    return cut;
  }();
  const uint32_t id = port->play(*list);
  Bytes before;
  for (int i = 0; i < 3; ++i) {
    const Bytes packet = frame();
    ASSERT_EQ(packet.size(), 12U + 640);
    EXPECT_EQ(payload_type(packet.data()), 97);
    EXPECT_EQ(marker(packet.data()), i == 0);
    if (i > 0) {
      EXPECT_EQ(sequence_of(packet.data()), static_cast<uint16_t>(sequence_of(before.data()) + 1));
      EXPECT_EQ(timestamp_of(packet.data()) - timestamp_of(before.data()), 320U);
    }
    before = packet;
  }
  EXPECT_TRUE(loop.run_until([&] { return !played_.empty(); }));
  EXPECT_EQ(played_, std::vector<uint32_t>{id});
  EXPECT_TRUE(phone_.rtp.idle());
}

TEST_F(SoundTest, MusicYieldsToTheFirstPacketThatIsRelayed) {
  const Phone other;
  const auto port = facing_phone(), from = agreed();
  from->set_remote(other.rtp.address(), other.rtcp.address(), false);
  from->relay_to(port.get());
  port->play({{ramp(8000)}, true});
  barrier();
  const Bytes music = frame();
  other.rtp.send(rtp(8, 1), from->local_rtp());
  EXPECT_TRUE(eventually([&] { return from->counts().dropped_packets == 1; })) << "music goes before";
  port->stop_playing(true);
  barrier();
  const Bytes more = frame();
  EXPECT_EQ(sequence_of(more.data()), static_cast<uint16_t>(sequence_of(music.data()) + 1)) << "until somebody speaks";
  other.rtp.send(rtp(8, 2), from->local_rtp());
  const Bytes voice = phone_.rtp.receive();
  EXPECT_EQ(sound(voice), sound(rtp(8, 2)));
  EXPECT_TRUE(marker(voice.data()));
  EXPECT_EQ(ssrc_of(voice.data()), ssrc_of(music.data()));
  EXPECT_EQ(sequence_of(voice.data()), static_cast<uint16_t>(sequence_of(more.data()) + 1));
  clock.advance(seconds(1));
  barrier();
  EXPECT_TRUE(phone_.rtp.idle()) << "the music has ended";
}

TEST_F(SoundTest, KeysAreSentAsEvents) {
  const auto port = facing_phone();
  port->send_digit('7');
  uint32_t time = 0;
  for (int i = 0; i < 7; ++i) {
    const Bytes packet = i < 4 ? frame() : phone_.rtp.receive();  // the last comes three times at once
    ASSERT_EQ(payload_type(packet.data()), 101);
    const auto event = read_event(*rtp_payload(packet));
    EXPECT_EQ(event->event, 7);
    EXPECT_EQ(event->end, i >= 4);
    if (i > 0) {
      EXPECT_EQ(timestamp_of(packet.data()), time);
    }
    time = timestamp_of(packet.data());
  }
}

TEST_F(SoundTest, RecordsBothSidesAndEndsByItself) {
  const auto port = facing_phone();
  std::optional<Result<RecordingEnd>> end;
  const auto sink = engine->start_recording({"greeting", milliseconds(200)}, [&](Result<RecordingEnd> e) { end = std::move(e); });
  ASSERT_TRUE(sink) << sink.error().message;
  port->record(*sink);
  port->relay_to(port.get());
  barrier();
  for (uint16_t n = 0; n < 40; ++n) {
    Bytes packet = rtp(0, n);
    for (size_t i = 0; i < 160; ++i)
      packet[12 + i] = compress(Law::mu, static_cast<int16_t>(4000 * std::sin(2 * M_PI * 500 * static_cast<double>(n * 160 + i) / 8000)));
    phone_.rtp.send(packet, port->local_rtp());
    ASSERT_FALSE(phone_.rtp.receive().empty());
    clock.advance(milliseconds(20));
  }
  EXPECT_TRUE(loop.run_until([&] { return end.has_value(); }));
  ASSERT_TRUE(*end) << end->error().message;
  EXPECT_EQ((*end)->reason, RecordingEnd::Reason::longest);
  const auto wave = read_wave(folder_ / "recordings/greeting.wav");
  ASSERT_TRUE(wave);
  EXPECT_EQ(wave->samples.size(), 1600U);
  EXPECT_NEAR(measure(wave->samples).hertz, 500, 10);
  EXPECT_GT(measure(wave->samples).amplitude, 6000) << "in and out, one on the other";
  EXPECT_FALSE(engine->start_recording({"../x"}, nullptr));
}

TEST_F(SoundTest, AMutePhoneIsRecordedForNoLonger) {
  std::optional<Result<RecordingEnd>> longest, silence;
  ASSERT_TRUE(engine->start_recording({"mute", milliseconds(1000)}, [&](Result<RecordingEnd> e) { longest = std::move(e); }));
  ASSERT_TRUE(engine->start_recording({"still", {}, seconds(3)}, [&](Result<RecordingEnd> e) { silence = std::move(e); }));
  clock.advance(milliseconds(1300));
  EXPECT_TRUE(loop.run_until([&] { return longest.has_value(); }));
  EXPECT_EQ((*longest)->reason, RecordingEnd::Reason::longest);
  const auto wave = read_wave(folder_ / "recordings/mute.wav");
  ASSERT_TRUE(wave);
  EXPECT_EQ(wave->samples.size(), 8000U);
  EXPECT_FALSE(silence);
  clock.advance(milliseconds(2000));
  EXPECT_TRUE(loop.run_until([&] { return silence.has_value(); }));
  EXPECT_EQ((*silence)->reason, RecordingEnd::Reason::silence);
}

TEST_F(SoundTest, ARecordingThatIsCutShortIsAWholeFile) {
  std::optional<Result<RecordingEnd>> end;
  const auto sink = engine->start_recording({.name = "cut"}, [&](Result<RecordingEnd> e) { end = std::move(e); });
  ASSERT_TRUE(sink);
  const std::vector<int16_t> samples(160, 1000);
  for (uint64_t i = 0; i < 100; ++i) (*sink)->put(i * 160, samples);
  // As a crash would leave it: the file is read while it is written.
  EXPECT_TRUE(eventually([&] {
    const auto wave = read_wave(folder_ / "recordings/cut.wav");
    return wave && wave->samples.size() == 14000;
  }));
  engine->stop_recording(*sink);
  EXPECT_TRUE(loop.run_until([&] { return end.has_value(); }));
  EXPECT_EQ((*end)->length, seconds(2));
}

}  // namespace
}  // namespace tandem::test
