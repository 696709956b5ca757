#include "media/concealer.h"

#include <algorithm>
#include <new>

// spandsp's headers are C of another taste in warnings.
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wold-style-cast"
#pragma GCC diagnostic ignored "-Wpedantic"
extern "C" {
// They rely on this order.
// clang-format off
#include <spandsp/telephony.h>
#include <spandsp/plc.h>
// clang-format on
}
#pragma GCC diagnostic pop

namespace tandem {
namespace {
constexpr size_t kFade = 60 * 16;  // after so many samples nothing is left
constexpr size_t kJoin = 4 * 16;   // of what comes first again, mixed with what was made up
}  // namespace

Concealer::Concealer(uint8_t khz) {
  if (khz != 8) return;
  plc_.reset(plc_init(nullptr));
  if (!plc_) throw std::bad_alloc();
}

void Concealer::Free::operator()(void* state) const { plc_free(static_cast<plc_state_t*>(state)); }

void Concealer::hear(std::span<int16_t> samples) {
  if (!plc_) return hear_wide(samples);
  plc_rx(static_cast<plc_state_t*>(plc_.get()), samples.data(), static_cast<int>(samples.size()));
}

void Concealer::fill(std::span<int16_t> samples) {
  if (!plc_) return fill_wide(samples);
  plc_fillin(static_cast<plc_state_t*>(plc_.get()), samples.data(), static_cast<int>(samples.size()));
}

void Concealer::hear_wide(std::span<int16_t> samples) {
  if (made_up_ > 0) {
    std::array<int16_t, kJoin> tail{};
    fill_wide(tail);
    const size_t count = std::min(kJoin, samples.size());
    for (size_t i = 0; i < count; ++i) {
      const auto fresh = static_cast<int>(i), old = static_cast<int>(count - i);
      samples[i] = static_cast<int16_t>((samples[i] * fresh + tail[i] * old) / static_cast<int>(count));
    }
    made_up_ = at_ = 0;
  }
  if (samples.size() >= kKept) {
    std::copy(samples.end() - kKept, samples.end(), kept_.begin());
  } else {
    std::copy(kept_.begin() + static_cast<std::ptrdiff_t>(samples.size()), kept_.end(), kept_.begin());
    std::copy(samples.begin(), samples.end(), kept_.end() - static_cast<std::ptrdiff_t>(samples.size()));
  }
}

void Concealer::fill_wide(std::span<int16_t> samples) {
  for (int16_t& sample : samples) {
    const size_t left = made_up_ < kFade ? kFade - made_up_ : 0;
    sample = static_cast<int16_t>(kept_[at_] * static_cast<int>(left) / static_cast<int>(kFade));
    at_ = (at_ + 1) % kKept;
    ++made_up_;
  }
}

}  // namespace tandem
