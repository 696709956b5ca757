#include "media/tone_ear.h"

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
#include <spandsp/logging.h>
#include <spandsp/queue.h>
#include <spandsp/complex.h>
#include <spandsp/dds.h>
#include <spandsp/tone_detect.h>
#include <spandsp/tone_generate.h>
#include <spandsp/super_tone_rx.h>
#include <spandsp/dtmf.h>
// clang-format on
}
#pragma GCC diagnostic pop

namespace tandem {
namespace {
constexpr uint8_t kKhz = 8;
dtmf_rx_state_t* state_of(void* state) { return static_cast<dtmf_rx_state_t*>(state); }
}  // namespace

void ToneEar::Free::operator()(void* state) const { dtmf_rx_free(state_of(state)); }

ToneEar::ToneEar(const PortFormats& formats) : detector_(dtmf_rx_init(nullptr, nullptr, nullptr)) {
  if (!detector_) throw std::bad_alloc();
  follow(formats);
}

void ToneEar::follow(const PortFormats& formats) {
  voices_.clear();
  for (size_t i = 0; i < formats.in_count; ++i) {
    if (auto decoder = make_decoder(formats.in[i].format, kKhz)) {
      const uint8_t khz = decoder->khz();
      voices_.push_back({formats.in[i].number, std::move(decoder), Resampler(khz, kKhz)});
    }
  }
}

std::span<const char> ToneEar::hear(uint8_t number, std::span<const uint8_t> payload) {
  const auto voice = std::find_if(voices_.begin(), voices_.end(), [&](const Voice& v) { return v.number == number; });
  if (voice == voices_.end()) return {};
  std::array<int16_t, kMostSamples> decoded;
  std::array<int16_t, kMostSamples + 1> samples;
  const size_t got = voice->decoder->decode(payload, decoded);
  const size_t count = voice->resampler.run(std::span(decoded).first(got), samples);
  dtmf_rx(state_of(detector_.get()), samples.data(), static_cast<int>(count));
  const size_t found = dtmf_rx_get(state_of(detector_.get()), digits_.data(), static_cast<int>(digits_.size()));
  return std::span<const char>(digits_).first(std::min(found, digits_.size()));
}

}  // namespace tandem
