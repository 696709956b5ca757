#include "edge/source_gate.h"

#include <algorithm>
#include <cstring>

namespace tandem {
namespace {

SocketAddress source_of(SocketAddress client) {
  client.set_port(0);
  if (client.family() != AF_INET6) return client;
  sockaddr_in6 v6{};
  std::memcpy(&v6, client.sa(), sizeof v6);
  std::fill(v6.sin6_addr.s6_addr + 8, v6.sin6_addr.s6_addr + 16, uint8_t{0});
  v6.sin6_scope_id = 0;
  v6.sin6_flowinfo = 0;
  return {reinterpret_cast<sockaddr*>(&v6), sizeof v6};
}

}  // namespace

std::string_view SourceGate::admit(const SocketAddress& client, const EdgeLimits& limits) {
  if (connections_ >= limits.connections) return "too many connections";
  const SocketAddress source = source_of(client);
  const auto it = sources_.find(source);
  if (it != sources_.end()) {
    if (it->second.connections >= limits.connections_per_source) return "too many connections from there";
    if (it->second.handshakes >= limits.handshakes_per_source) return "too many handshakes at once from there";
  }
  Counted& counted = it != sources_.end() ? it->second : sources_[source];
  ++counted.connections;
  ++counted.handshakes;
  ++connections_;
  ++handshakes_;
  return {};
}

void SourceGate::handshake_over(const SocketAddress& client) {
  const auto it = sources_.find(source_of(client));
  if (it == sources_.end() || it->second.handshakes == 0) return;
  --it->second.handshakes;
  --handshakes_;
}

void SourceGate::gone(const SocketAddress& client, bool shaking) {
  if (shaking) handshake_over(client);
  const auto it = sources_.find(source_of(client));
  if (it == sources_.end()) return;
  --connections_;
  if (--it->second.connections == 0) sources_.erase(it);
}

}  // namespace tandem
