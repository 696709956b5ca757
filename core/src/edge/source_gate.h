// SourceGate: how many connections and handshakes each source of clients has at one door. Edge thread.
#pragma once

#include <string>
#include <unordered_map>

#include "tandem/edge.h"

namespace tandem {

class SourceGate {
 public:
  /// Counts a connection of `client` whose handshake has begun; else says why not.
  std::string_view admit(const SocketAddress& client, const EdgeLimits& limits);
  void handshake_over(const SocketAddress& client);
  /// `shaking`: its handshake was never over.
  void gone(const SocketAddress& client, bool shaking);

  size_t connections() const { return connections_; }
  size_t handshakes() const { return handshakes_; }

 private:
  struct Counted {
    unsigned connections = 0, handshakes = 0;
  };
  std::unordered_map<SocketAddress, Counted> sources_;  ///< an IPv4 address, or an IPv6 /64: one host has them all
  size_t connections_ = 0, handshakes_ = 0;
};

}  // namespace tandem
