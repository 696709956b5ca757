// DTLS-SRTP (RFC 5763, 5764) by OpenSSL: our certificate, and the handshake of one port. The context is made on the switch thread and read
// by all media threads; a session lives in one.
#pragma once

#include <openssl/ssl.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <span>

#include "tandem/clock.h"
#include "tandem/function.h"
#include "tandem/media_security.h"

namespace tandem {

class DtlsContext {
 public:
  /// A new key and a certificate signed by itself. internal: OpenSSL refuses.
  static Result<std::unique_ptr<DtlsContext>> make();
  const DtlsFingerprint& fingerprint() const { return fingerprint_; }

 private:
  friend class DtlsSession;
  struct Free {
    void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
  };
  std::unique_ptr<SSL_CTX, Free> context_;
  DtlsFingerprint fingerprint_;
};

/// By its first octet (RFC 7983).
inline bool is_dtls(std::span<const uint8_t> packet) { return packet.size() >= 13 && packet[0] >= 20 && packet[0] <= 63; }

class DtlsSession {
 public:
  enum class State : uint8_t { handshaking, done, failed };
  using Send = UniqueFunction<void(std::span<const uint8_t>)>;

  /// `send` puts one datagram on the wire. Null: OpenSSL refuses.
  static std::unique_ptr<DtlsSession> make(const DtlsContext& context, const DtlsSecurity& security, Send send);

  /// From now on `send` does.
  void send_by(Send send) { send_ = std::move(send); }
  const DtlsSecurity& security() const { return security_; }
  State state() const { return state_; }
  /// The client's first message; nothing as server. Once there is somebody to send to.
  void begin(Instant now);
  bool begun() const { return begun_; }
  /// Whether the far end has sent anything yet, or has been asked to.
  bool heard() const { return taken_ > 0 || security_.client; }
  /// One datagram that is_dtls(). What the state becomes.
  State take(std::span<const uint8_t> datagram);
  /// Sends once more what was not answered; after half a minute of that it fails.
  State look(Instant now);
  /// As soon as it is done.
  const SdesSecurity& keys() const { return keys_; }

 private:
  struct Free {
    void operator()(SSL* ssl) const { SSL_free(ssl); }
  };
  DtlsSession(const DtlsSecurity& security, Send send) : security_(security), send_(std::move(send)) {}
  State step();
  bool fingerprint_fits() const;
  bool export_keys();
  friend struct DtlsWire;

  static constexpr unsigned kMostDatagrams = 200;  ///< of a handshake, both flights and what is sent again; then it fails
  const DtlsSecurity security_;
  Send send_;
  std::unique_ptr<SSL, Free> ssl_;
  State state_ = State::handshaking;
  bool begun_ = false;
  Instant begun_at_;
  unsigned taken_ = 0;
  SdesSecurity keys_;
};

}  // namespace tandem
