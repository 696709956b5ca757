// PeerTable: who is behind which loopback connection. Any thread.
#pragma once

#include <memory>
#include <shared_mutex>
#include <unordered_map>

#include "tandem/edge.h"

namespace tandem {

class PeerTable {
 public:
  void put(const SocketAddress& inner, std::shared_ptr<const EdgePeer> peer) {
    const std::unique_lock lock(mutex_);
    peers_[inner] = std::move(peer);
  }
  void erase(const SocketAddress& inner) {
    const std::unique_lock lock(mutex_);
    peers_.erase(inner);
  }
  std::shared_ptr<const EdgePeer> find(const SocketAddress& inner) const {
    const std::shared_lock lock(mutex_);
    const auto it = peers_.find(inner);
    return it == peers_.end() ? nullptr : it->second;
  }
  size_t size() const {
    const std::shared_lock lock(mutex_);
    return peers_.size();
  }

 private:
  mutable std::shared_mutex mutex_;
  std::unordered_map<SocketAddress, std::shared_ptr<const EdgePeer>> peers_;
};

}  // namespace tandem
