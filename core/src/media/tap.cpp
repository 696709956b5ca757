#include "media/tap.h"

#include <algorithm>
#include <array>

namespace tandem {
namespace {

constexpr uint8_t kKhz = 8;
/// Packets that come this much early or late are put where they belong, behind the one before; beyond that there was a pause.
constexpr uint64_t kUneven = 60 * kKhz;

}  // namespace

Tap::Tap(std::shared_ptr<SoundSink> sink, const PortFormats& formats, Instant now) : sink_(std::move(sink)), begin_(now) {
  follow(formats);
}

void Tap::follow(const PortFormats& formats) {
  fill(in_, formats.in, formats.in_count);
  fill(out_, formats.out, formats.out_count);
}

void Tap::fill(Side& side, const std::array<NumberedFormat, PortFormats::kMost>& formats, size_t count) {
  side.voices.clear();
  for (size_t i = 0; i < count; ++i) {
    if (auto decoder = make_decoder(formats[i].format, kKhz)) {
      const uint8_t khz = decoder->khz();
      side.voices.push_back({formats[i].number, std::move(decoder), Resampler(khz, kKhz)});
    }
  }
}

void Tap::hear(Side& side, uint8_t number, std::span<const uint8_t> payload, Instant now) {
  const auto voice = std::find_if(side.voices.begin(), side.voices.end(), [&](const Voice& v) { return v.number == number; });
  if (voice == side.voices.end()) return;
  std::array<int16_t, kMostSamples> decoded;
  std::array<int16_t, kMostSamples + 1> samples;
  const size_t got = voice->decoder->decode(payload, decoded);
  const size_t count = voice->resampler.run(std::span(decoded).first(got), samples);
  const auto time = static_cast<uint64_t>(std::chrono::duration_cast<std::chrono::milliseconds>(now - begin_).count()) * kKhz;
  if (time > side.next + kUneven || side.next > time + kUneven) side.next = time;
  sink_->put(side.next, std::span(samples).first(count));
  side.next += count;
}

}  // namespace tandem
