// Door: one listener of the edge and its clients, or the one connection that we make to a far end. Made on the switch thread, then edge
// thread only.
#pragma once

#include <memory>
#include <string>
#include <unordered_map>

#include "edge/loop.h"
#include "edge/peer_table.h"
#include "edge/source_gate.h"
#include "edge/tls_context.h"
#include "tandem/console.h"
#include "tandem/edge.h"

namespace tandem {

class EdgeFlow;

class Door final : public EdgeSource {
 public:
  /// `listening` accepts connections already. `context` is null for ws.
  Door(EdgeLoop& loop, PeerTable& peers, EdgeListenerSettings settings, std::shared_ptr<const TlsContext> context, Descriptor listening);
  ~Door() override;

  /// Without `listening`: connects to the settings' address, now and whenever there is no connection.
  bool start();
  bool dials() const { return dials_; }
  /// The connection that we have made stands.
  void reached() { pause_ = kFirstPause; }
  /// The port is free again when it returns. What comes for it in the same batch of events finds nothing.
  void close();
  /// New certificates, limits and names, for connections that come from now on (limits: for all).
  void use(EdgeListenerSettings settings, std::shared_ptr<const TlsContext> context);
  void beat();
  void disconnect(uint64_t id);
  /// Counters and certificates, for the console.
  Json report() const;
  void ready(uint32_t events) override;

  struct Counts {
    uint64_t accepted = 0, refused = 0, handshakes_failed = 0, handshakes_late = 0, cut = 0;
  };

  const Counts& counts() const { return counts_; }
  size_t connections() const { return gate_.connections(); }

  // For its flows.
  EdgeLoop& loop() { return loop_; }
  PeerTable& peers() { return peers_; }
  SourceGate& gate() { return gate_; }
  Counts& counts() { return counts_; }
  const std::shared_ptr<const EdgeListenerSettings>& settings() const { return settings_; }
  const std::shared_ptr<const TlsContext>& context() const { return context_; }
  /// Room for what is read, shared by all.
  std::string& scratch() { return scratch_; }
  void over(EdgeFlow& flow);

 private:
  void admit(Descriptor client, const SocketAddress& address);
  void dial();

  EdgeLoop& loop_;
  PeerTable& peers_;
  std::shared_ptr<const EdgeListenerSettings> settings_;
  std::shared_ptr<const TlsContext> context_;
  Descriptor listening_;
  static constexpr std::chrono::seconds kFirstPause{1}, kLongestPause{30};
  bool dials_ = false;
  Instant next_dial_{};
  std::chrono::seconds pause_ = kFirstPause;
  bool paused_ = false;  ///< no descriptor was left; tried again at the next beat
  SourceGate gate_;
  Counts counts_;
  std::string scratch_;
  std::unordered_map<uint64_t, std::shared_ptr<EdgeFlow>> flows_;
};

}  // namespace tandem
