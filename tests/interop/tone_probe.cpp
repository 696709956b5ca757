// tone_probe FILE.wav [HERTZ]: the strongest tone of a recording. With HERTZ: fails unless it is that one, clear and loud.
#include <fmt/format.h>

#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <string>

#include "support/tone.h"

int main(int argc, char** argv) {
  using namespace tandem::test;
  if (argc != 2 && argc != 3) {
    fmt::print(stderr, "usage: tone_probe FILE.wav [HERTZ]\n");
    return 2;
  }
  const auto wave = read_wave(argv[1]);
  if (!wave || wave->samples.empty()) {
    fmt::print("nothing: {} is no 16-bit recording, or an empty one\n", argv[1]);
    return 1;
  }
  // The head may hold the silence before the far end spoke.
  const std::span<const int16_t> heard(wave->samples);
  const Measured tone = measure(heard.subspan(heard.size() / 4), wave->rate);
  const double level = 20 * std::log10(std::max(tone.amplitude, 1.0) / 32767);
  fmt::print("{:.0f} Hz at {:.0f} dB below full scale, {:.0f} % pure, {:.1f} s\n", tone.hertz, -level, 100 * tone.purity,
             static_cast<double>(heard.size()) / wave->rate);
  if (argc == 2) return 0;
  const double wanted = std::atof(argv[2]);
  const bool clear = std::abs(tone.hertz - wanted) <= 10 && tone.amplitude > 1000 && tone.purity > 0.8;
  if (!clear) fmt::print("expected {:.0f} Hz\n", wanted);
  return clear ? 0 : 1;
}
