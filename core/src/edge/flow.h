// EdgeFlow: one client: its socket, TLS on it, the loopback connection behind it, and what waits between the two. Edge thread.
#pragma once

#include <memory>
#include <optional>

#include "edge/door.h"
#include "edge/protocol.h"

namespace tandem {

class EdgeFlow final : public std::enable_shared_from_this<EdgeFlow> {
 public:
  EdgeFlow(Door& door, uint64_t id, Descriptor client, const SocketAddress& address);
  ~EdgeFlow();
  EdgeFlow(const EdgeFlow&) = delete;
  EdgeFlow& operator=(const EdgeFlow&) = delete;

  uint64_t id() const { return peer_->id; }
  bool start();
  /// Looks after time limits.
  void beat();
  /// Sends the client away, with a farewell where its protocol has one.
  void dismiss(std::string_view why);

 private:
  enum class Phase { shaking, opening, open, over };
  /// One of its two descriptors.
  struct Side final : EdgeSource {
    explicit Side(EdgeFlow& of) : flow(of) {}
    void ready(uint32_t events) override;
    EdgeFlow& flow;
    Descriptor socket;
    bool readable = false, writable = false;
    bool ended = false;  ///< nothing more comes from there
  };

  void wake(Side& side);
  void shake();
  void secured();
  void connect_inward();
  void pump();
  bool flush(Side& side, std::string& octets);
  bool read_client();
  bool read_inner();
  ssize_t receive(Side& side);
  ssize_t send(Side& side, std::string_view octets);
  void obey(const EdgeVerdict& verdict);
  void ends();
  void cut(std::string_view why, bool suspicious);
  void end(bool politely);
  void note_half();

  Door& door_;
  const std::shared_ptr<const EdgeListenerSettings> settings_;  ///< as they were when it came
  const std::shared_ptr<const TlsContext> context_;
  std::shared_ptr<EdgePeer> peer_;
  Phase phase_ = Phase::shaking;
  Side client_, inner_;
  SslPtr ssl_;
  SocketAddress inner_address_;
  std::unique_ptr<EdgeProtocol> protocol_;
  EdgePipes pipes_;
  bool finishing_ = false;   ///< what waits for the client is sent, then the end
  bool inner_told_ = false;  ///< the stack has been told that the client has ended
  bool step_due_ = false;    ///< a handshake step or a turn is queued
  bool counted_ = true;      ///< its handshake counts as one under way
  Instant since_, heard_, progress_;
  std::optional<Instant> half_;  ///< since when a message has been under way
  bool pinged_ = false;
};

}  // namespace tandem
