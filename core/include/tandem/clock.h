// Clock: monotonic time for every timer, wall time for records. Any thread. Tests use support/fake_clock.h.
#pragma once

#include <chrono>

namespace tandem {

using Duration = std::chrono::nanoseconds;
/// A point on the monotonic clock. Never compared with wall time, never stored.
using Instant = std::chrono::time_point<std::chrono::steady_clock, Duration>;
/// Wall time (UTC), for records, logs and nonces: it may step.
using WallTime = std::chrono::system_clock::time_point;

class Clock {
 public:
  virtual ~Clock() = default;
  virtual Instant now() const = 0;
  virtual WallTime wall() const = 0;
};

/// The machine's clocks (CLOCK_MONOTONIC, CLOCK_REALTIME).
Clock& system_clock();

}  // namespace tandem
