// Pace: when the next of many may go, so that on average no more than a rate go, after a burst. A value; switch thread.
#pragma once

#include <algorithm>

#include "tandem/clock.h"

namespace tandem {

class Pace {
 public:
  /// Takes the next place and says how long to wait for it. `apart`: between two on average; `burst`: so many may go at once.
  Duration reserve(Instant now, Duration apart, unsigned burst) {
    const Duration slack = apart * burst;
    next_ = std::max(next_, now);
    const Duration wait = std::max(Duration(0), next_ + apart - now - slack);
    next_ += apart;
    return wait;
  }

 private:
  Instant next_{};
};

}  // namespace tandem
