// Tap: listens in on a port for a recording: what comes in and what goes out, decoded and put on one time line. Media thread; made with an
// order.
#pragma once

#include <memory>
#include <vector>

#include "media/recorder.h"
#include "media/resampler.h"
#include "media/routes.h"
#include "media/sound_codec.h"
#include "tandem/clock.h"

namespace tandem {

class Tap {
 public:
  Tap(std::shared_ptr<SoundSink> sink, const PortFormats& formats, Instant now);
  const std::shared_ptr<SoundSink>& sink() const { return sink_; }
  /// The formats have changed.
  void follow(const PortFormats& formats);
  void hear_in(uint8_t number, std::span<const uint8_t> payload, Instant now) { hear(in_, number, payload, now); }
  void hear_out(uint8_t number, std::span<const uint8_t> payload, Instant now) { hear(out_, number, payload, now); }

 private:
  struct Voice {
    uint8_t number;
    std::unique_ptr<Decoder> decoder;
    Resampler resampler;
  };
  struct Side {
    std::vector<Voice> voices;
    uint64_t next = 0;  ///< where this side's sound has come to
  };
  static void fill(Side& side, const std::array<NumberedFormat, PortFormats::kMost>& formats, size_t count);
  void hear(Side& side, uint8_t number, std::span<const uint8_t> payload, Instant now);

  const std::shared_ptr<SoundSink> sink_;
  const Instant begin_;
  Side in_, out_;
};

}  // namespace tandem
