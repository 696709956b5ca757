// PortPool: the even RTP ports of one interface; each brings the odd one above it for RTCP. Switch thread.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>

#include "tandem/clock.h"

namespace tandem {

/// First in, first out. A port that comes back rests for the reuse delay, so that late packets of its old call never reach a new one.
class PortPool {
 public:
  /// Every even port p with first <= p and p + 1 <= last.
  PortPool(uint16_t first, uint16_t last, Duration reuse_delay, Clock& clock);

  /// The port that has rested longest; nothing when all are in use or resting.
  std::optional<uint16_t> take();
  /// Gives a port back, also one that turned out to be held by another process: it is offered again after the rest.
  void give_back(uint16_t port);

  size_t size() const { return size_; }                      ///< all ports
  size_t in_use() const { return size_ - waiting_.size(); }  ///< taken and not given back

 private:
  struct Waiting {
    uint16_t port;
    Instant rested;
  };
  Clock& clock_;
  const Duration reuse_delay_;
  std::deque<Waiting> waiting_;  // in order of `rested`, because the rest is the same for all
  size_t size_ = 0;
};

}  // namespace tandem
