// EdgeProtocol: what is translated between a client and the loopback connection behind it. One object a connection; edge thread.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "tandem/edge.h"

namespace tandem {

/// Octets that wait to be sent. Whoever fills them is stopped by the flow when they are full.
struct EdgePipes {
  std::string to_client, to_inner;
};

struct EdgeVerdict {
  enum class What {
    go_on,
    opened,  ///< the client is through its opening: it may reach inward
    finish,  ///< what waits for the client is sent, then it is sent away
    cut      ///< sent away at once
  } what = What::go_on;
  std::string why{};        ///< for the log
  bool suspicious = false;  ///< for the security log, too
};

class EdgeProtocol {
 public:
  virtual ~EdgeProtocol() = default;
  /// The transport stands (TLS is through its handshake).
  virtual EdgeVerdict begin() { return {EdgeVerdict::What::opened}; }
  virtual EdgeVerdict from_client(std::string_view octets, EdgePipes& pipes) = 0;
  virtual EdgeVerdict from_inner(std::string_view octets, EdgePipes& pipes) = 0;
  /// A message of the client has begun and is not whole.
  virtual bool half() const { return false; }
  /// Nothing has come for the keep-alive time.
  virtual void keep_alive(EdgePipes& /*pipes*/) {}
  /// We end it.
  virtual void farewell(EdgePipes& /*pipes*/) {}
  /// A client that has closed its sending side may still be sent to.
  virtual bool half_close() const { return false; }
};

/// `settings` and `peer` outlive it.
std::unique_ptr<EdgeProtocol> make_protocol(const EdgeListenerSettings& settings, const EdgePeer& peer);

}  // namespace tandem
