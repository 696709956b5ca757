// Audio codecs: payload to linear samples and back, and between sample rates. One object a direction, in a media thread; G.711 and L16
// remember nothing, others may.
#pragma once

#include <cstdint>
#include <memory>
#include <span>

#include "media/codecs.h"

namespace tandem {

/// Samples of one packet at most: 60 ms of 16 kHz. What is longer is cut.
inline constexpr size_t kMostSamples = 960;

class Decoder {
 public:
  virtual ~Decoder() = default;
  /// Returns how many samples came of it, at most into.size().
  virtual size_t decode(std::span<const uint8_t> payload, std::span<int16_t> into) = 0;
};

class Encoder {
 public:
  virtual ~Encoder() = default;
  /// Returns how many bytes came of it, at most into.size().
  virtual size_t encode(std::span<const int16_t> samples, std::span<uint8_t> into) = 0;
};

/// Null where can_transcode() says no.
std::unique_ptr<Decoder> make_decoder(Format format);
std::unique_ptr<Encoder> make_encoder(Format format);

}  // namespace tandem
