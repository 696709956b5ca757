// FakeClock: time that moves only when the test says so.
#pragma once

#include "tandem/clock.h"

namespace tandem::test {

class FakeClock final : public Clock {
 public:
  Instant now() const override { return now_; }
  WallTime wall() const override { return wall_ + std::chrono::duration_cast<WallTime::duration>(now_ - Instant{}); }
  void advance(Duration by) { now_ += by; }
  void set(Instant to) { now_ = to; }

 private:
  Instant now_{std::chrono::hours(1)};
  WallTime wall_{std::chrono::sys_days(std::chrono::year(2026) / 11 / 2)};
};

}  // namespace tandem::test
