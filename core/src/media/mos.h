// An estimate of how a leg sounds: the E-model (ITU-T G.107), simplified to codec, loss, jitter and delay. Any thread.
#pragma once

#include <chrono>
#include <cstdint>

#include "media/codecs.h"

namespace tandem {

struct Heard {
  Format format = Format::unknown;
  uint64_t received = 0, lost = 0;
  std::chrono::microseconds jitter{0}, round_trip{0};
};

/// Mean opinion score, in hundredths: 100 (useless) to 450. 0: nothing to judge by.
uint16_t estimate_mos(const Heard& heard);

}  // namespace tandem
