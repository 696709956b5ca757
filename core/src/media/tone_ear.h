// ToneEar: digits in the sound itself (DTMF), of one port, in whatever formats it receives (spandsp). Media thread; made with an order.
#pragma once

#include <memory>
#include <vector>

#include "media/resampler.h"
#include "media/routes.h"
#include "media/sound_codec.h"

namespace tandem {

class ToneEar {
 public:
  explicit ToneEar(const PortFormats& formats);
  /// The formats have changed.
  void follow(const PortFormats& formats);
  /// One payload. The digits that have begun within it; empty most of the time.
  std::span<const char> hear(uint8_t number, std::span<const uint8_t> payload);

 private:
  struct Voice {
    uint8_t number;
    std::unique_ptr<Decoder> decoder;
    Resampler resampler;
  };
  struct Free {
    void operator()(void* state) const;
  };
  std::vector<Voice> voices_;
  std::unique_ptr<void, Free> detector_;  ///< spandsp's
  std::array<char, 16> digits_{};
};

}  // namespace tandem
