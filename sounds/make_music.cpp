// make_music FILE: a quiet piece for callers on hold, made from nothing, so that it is free to use: four chords, broken, with a soft decay,
// that join their own beginning. Run at build time.
#include <sndfile.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <numbers>
#include <vector>

namespace {

constexpr int kRate = 16000;
constexpr double kNote = 0.375;  // seconds
constexpr std::array kPattern{0, 2, 1, 3, 2, 1, 3, 2};
// MIDI numbers. C major, A minor, F major, G major, and once more with other tops: 24 seconds.
constexpr std::array<std::array<int, 4>, 8> kChords{{{48, 55, 60, 64},
                                                     {45, 52, 60, 64},
                                                     {41, 53, 57, 65},
                                                     {43, 50, 59, 62},
                                                     {48, 55, 64, 67},
                                                     {45, 57, 60, 69},
                                                     {41, 53, 60, 65},
                                                     {43, 55, 59, 67}}};

double hertz(int note) { return 440.0 * std::exp2((note - 69) / 12.0); }

/// A string that is plucked: the fundamental and two weaker overtones, each dying faster.
void pluck(std::vector<double>& into, size_t at, int note) {
  constexpr double kLength = 2.5;
  for (size_t i = 0; i < static_cast<size_t>(kLength * kRate); ++i) {
    const double t = static_cast<double>(i) / kRate, phase = 2 * std::numbers::pi * hertz(note) * t;
    const double rise = std::min(1.0, t / 0.008);
    const double sound = std::sin(phase) * std::exp(-1.8 * t) + 0.35 * std::sin(2 * phase) * std::exp(-3.0 * t) +
                         0.12 * std::sin(3 * phase) * std::exp(-5.0 * t);
    into[(at + i) % into.size()] += 2600 * rise * sound;  // what is left at the end sounds on at the beginning
  }
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fprintf(stderr, "usage: make_music FILE.wav\n");
    return 2;
  }
  std::vector<double> sound(static_cast<size_t>(kChords.size() * kPattern.size() * kNote * kRate));
  size_t step = 0;
  for (const auto& chord : kChords) {
    for (const int voice : kPattern)
      pluck(sound, static_cast<size_t>(static_cast<double>(step++) * kNote * kRate), chord[static_cast<size_t>(voice)]);
  }
  std::vector<short> samples;
  for (const double s : sound) samples.push_back(static_cast<short>(std::lround(std::max(-32000.0, std::min(32000.0, s)))));
  SF_INFO info{};
  info.samplerate = kRate;
  info.channels = 1;
  info.format = SF_FORMAT_WAV | SF_FORMAT_PCM_16;
  SNDFILE* file = sf_open(argv[1], SFM_WRITE, &info);
  if (file == nullptr ||
      sf_write_short(file, samples.data(), static_cast<sf_count_t>(samples.size())) != static_cast<sf_count_t>(samples.size())) {
    std::fprintf(stderr, "%s: %s\n", argv[1], sf_strerror(file));
    return 1;
  }
  return sf_close(file) == 0 ? 0 : 1;
}
