#include "edge/source_gate.h"

namespace tandem {

std::string_view SourceGate::admit(const SocketAddress& client, const EdgeLimits& limits) {
  if (connections_ >= limits.connections) return "too many connections";
  const SocketAddress source = client.subscriber();
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
  const auto it = sources_.find(client.subscriber());
  if (it == sources_.end() || it->second.handshakes == 0) return;
  --it->second.handshakes;
  --handshakes_;
}

void SourceGate::gone(const SocketAddress& client, bool shaking) {
  if (shaking) handshake_over(client);
  const auto it = sources_.find(client.subscriber());
  if (it == sources_.end()) return;
  --connections_;
  if (--it->second.connections == 0) sources_.erase(it);
}

}  // namespace tandem
