#include "media/resampler.h"

#include <algorithm>
#include <new>

namespace tandem {
namespace {
constexpr int kQuality = 4;  // of 10: inaudible for speech, a fifth of the cost of the best
}

Resampler::Resampler(uint8_t from_khz, uint8_t to_khz) {
  if (from_khz == to_khz) return;
  int failed = 0;
  state_.reset(speex_resampler_init(1, from_khz * 1000U, to_khz * 1000U, kQuality, &failed));
  if (!state_) throw std::bad_alloc();
}

size_t Resampler::run(std::span<const int16_t> samples, std::span<int16_t> into) {
  if (!state_) {
    const size_t count = std::min(samples.size(), into.size());
    std::copy_n(samples.begin(), count, into.begin());
    return count;
  }
  auto in = static_cast<spx_uint32_t>(samples.size());
  auto out = static_cast<spx_uint32_t>(into.size());
  speex_resampler_process_int(state_.get(), 0, samples.data(), &in, into.data(), &out);
  return out;
}

}  // namespace tandem
