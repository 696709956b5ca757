// Resampler: linear samples from one rate to another (libspeexdsp). One stream, one direction, one thread.
#pragma once

#include <speex/speex_resampler.h>

#include <cstdint>
#include <memory>
#include <span>

namespace tandem {

class Resampler {
 public:
  /// Rates in kHz. Equal rates copy.
  Resampler(uint8_t from_khz, uint8_t to_khz);
  /// Returns how many samples came of it. `into` must hold what `samples` come to at the other rate, and one more.
  size_t run(std::span<const int16_t> samples, std::span<int16_t> into);

 private:
  struct Destroy {
    void operator()(SpeexResamplerState* state) const { speex_resampler_destroy(state); }
  };
  std::unique_ptr<SpeexResamplerState, Destroy> state_;  ///< null: the rates are equal
};

}  // namespace tandem
