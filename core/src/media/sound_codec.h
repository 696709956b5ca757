// Audio codecs: payload to linear samples and back, and between sample rates. One object a direction, in a media thread; G.711 and L16
// remember nothing, the others do.
#pragma once

#include <cstdint>
#include <memory>
#include <span>

#include "media/codecs.h"

namespace tandem {

/// Samples of one packet at most: 120 ms of 16 kHz. What is longer is cut.
inline constexpr size_t kMostSamples = 1920;

class Decoder {
 public:
  virtual ~Decoder() = default;
  /// Rate of what comes of it.
  virtual uint8_t khz() const = 0;
  /// Returns how many samples came of it, at most into.size().
  virtual size_t decode(std::span<const uint8_t> payload, std::span<int16_t> into) = 0;
  /// Fills `into` for packets that were lost; `next` is the payload that came behind them and may hold a copy of the last. False: this
  /// codec knows nothing of that.
  virtual bool conceal(std::span<const uint8_t> /*next*/, std::span<int16_t> /*into*/) { return false; }
};

class Encoder {
 public:
  virtual ~Encoder() = default;
  /// Rate of what it wants.
  virtual uint8_t khz() const = 0;
  /// Returns how many bytes came of it, at most into.size().
  virtual size_t encode(std::span<const int16_t> samples, std::span<uint8_t> into) = 0;
  /// The far end loses so many of a hundred packets.
  virtual void expect_loss(unsigned /*percent*/) {}
};

/// Rate at which nothing is lost, in kHz: G.722 and Opus are wide band, whatever their RTP clock says.
uint8_t sound_khz(Format format);

/// What an Opus receiver has asked for (RFC 7587 6.1).
struct OpusWishes {
  uint8_t most_khz = 48;
  uint16_t most_kbps = 0;  ///< 0: no limit
  bool fec = false;
  bool constant_rate = false;
  bool operator==(const OpusWishes&) const = default;
};
OpusWishes read_opus_wishes(std::string_view fmtp);

/// Null where can_transcode() says no. `khz`, 8 or 16, is what is wanted; L16 and G.711 have their own.
std::unique_ptr<Decoder> make_decoder(Format format, uint8_t khz);
std::unique_ptr<Encoder> make_encoder(Format format, uint8_t khz, const OpusWishes& wishes = {});

}  // namespace tandem
