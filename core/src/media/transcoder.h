// Transcoder: payloads of one format into payloads of another, for one stream between two ports. Made with an order, so that packets
// allocate nothing. Media thread.
#pragma once

#include "media/resampler.h"
#include "media/sound_codec.h"

namespace tandem {

class Transcoder {
 public:
  /// Both formats can_transcode().
  Transcoder(Format from, Format to);
  Format from() const { return from_; }
  Format to() const { return to_; }
  /// Returns the size of what came of it.
  size_t run(std::span<const uint8_t> payload, std::span<uint8_t> into);

 private:
  const Format from_, to_;
  std::unique_ptr<Decoder> decoder_;
  Resampler resampler_;
  std::unique_ptr<Encoder> encoder_;
};

}  // namespace tandem
