#include "connection_book.h"

namespace tandem {

void ConnectionBook::set_limits(const ConnectionLimits& limits) {
  const std::lock_guard lock(mutex_);
  limits_ = limits;
}

ConnectionLimits ConnectionBook::limits() const {
  const std::lock_guard lock(mutex_);
  return limits_;
}

WebConnection* ConnectionBook::open(std::unique_ptr<WebConnection> connection) {
  const std::lock_guard lock(mutex_);
  connection->source = connection->peer.subscriber();
  auto& same = of_source_[connection->source];
  connection->refused = connection->refused || connections_.size() >= limits_.in_all || same >= limits_.per_source;
  ++same;
  ++(connection->refused ? counts_.refused : counts_.accepted);
  auto* const raw = connection.get();
  connections_.emplace(raw, std::move(connection));
  return raw;
}

void ConnectionBook::close(WebConnection* connection) {
  const std::lock_guard lock(mutex_);
  const auto it = connections_.find(connection);
  if (it == connections_.end()) return;
  const auto same = of_source_.find(connection->source);
  if (same != of_source_.end() && --same->second == 0) of_source_.erase(same);
  connections_.erase(it);
}

size_t ConnectionBook::cut_late(Instant now) {
  const std::lock_guard lock(mutex_);
  size_t late = 0;
  for (const auto& [connection, owned] : connections_) {
    if (connection->deadline.load() > now) continue;
    ::shutdown(connection->fd, SHUT_RDWR);
    connection->deadline.store(Instant::max());
    ++late;
  }
  counts_.cut += late;
  return late;
}

void ConnectionBook::cut(WebConnection* connection) {
  const std::lock_guard lock(mutex_);
  if (!connections_.contains(connection)) return;
  ::shutdown(connection->fd, SHUT_RDWR);
  ++counts_.cut;
}

ConnectionBook::Counts ConnectionBook::counts() const {
  const std::lock_guard lock(mutex_);
  Counts counts = counts_;
  counts.open = connections_.size();
  return counts;
}

}  // namespace tandem
