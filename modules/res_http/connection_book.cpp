#include "connection_book.h"

#include <cstring>

namespace tandem {
namespace {

// As everywhere in Tandem: one IPv6 host has a /64.
SocketAddress source_of(const SocketAddress& peer) {
  SocketAddress source = peer;
  source.set_port(0);
  if (peer.family() != AF_INET6) return source;
  sockaddr_in6 network{};
  std::memcpy(&network, source.sa(), sizeof network);
  if (IN6_IS_ADDR_V4MAPPED(&network.sin6_addr)) return source;
  std::memset(&network.sin6_addr.s6_addr[8], 0, 8);
  network.sin6_scope_id = 0;
  return {reinterpret_cast<const sockaddr*>(&network), sizeof network};
}

}  // namespace

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
  connection->source = source_of(connection->peer);
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
