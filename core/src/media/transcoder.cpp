#include "media/transcoder.h"

#include <array>

namespace tandem {

Transcoder::Transcoder(Format from, Format to)
    : from_(from), to_(to), decoder_(make_decoder(from)), resampler_(clock_khz(from), clock_khz(to)), encoder_(make_encoder(to)) {}

size_t Transcoder::run(std::span<const uint8_t> payload, std::span<uint8_t> into) {
  std::array<int16_t, kMostSamples> decoded;
  std::array<int16_t, 2 * kMostSamples + 1> resampled;
  const size_t samples = decoder_->decode(payload, decoded);
  const size_t count = resampler_.run(std::span(decoded).first(samples), resampled);
  return encoder_->encode(std::span(resampled).first(count), into);
}

}  // namespace tandem
