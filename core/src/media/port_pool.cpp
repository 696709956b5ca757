#include "media/port_pool.h"

namespace tandem {

PortPool::PortPool(uint16_t first, uint16_t last, Duration reuse_delay, Clock& clock) : clock_(clock), reuse_delay_(reuse_delay) {
  for (uint32_t port = first + first % 2U; port + 1 <= last; port += 2) waiting_.push_back({static_cast<uint16_t>(port), Instant::min()});
  size_ = waiting_.size();
}

std::optional<uint16_t> PortPool::take() {
  if (waiting_.empty() || waiting_.front().rested > clock_.now()) return std::nullopt;
  const uint16_t port = waiting_.front().port;
  waiting_.pop_front();
  return port;
}

void PortPool::give_back(uint16_t port) { waiting_.push_back({port, clock_.now() + reuse_delay_}); }

}  // namespace tandem
