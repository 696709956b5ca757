// TestWire: the client's end of a connection that SIP is spoken over: plain TCP, TLS, WS or WSS. Written apart from the server, as SipPeer
// is. Test's thread.
#pragma once

#include <openssl/ssl.h>

#include <memory>
#include <string>

#include "tandem/address.h"

namespace tandem::test {

/// How a test's TLS client behaves.
struct TlsWishes {
  std::string server_name;       ///< SNI
  int most = 0;                  ///< TLS1_VERSION ...; 0: the newest
  std::string certificate, key;  ///< PEM files
  std::string trust;             ///< PEM file: only a server that this authority has signed; empty: any
};

class TestWire {
 public:
  enum class Kind { tcp, tls, ws, wss };
  /// Throws when there is no connection, no TLS or no WebSocket to be had.
  TestWire(const SocketAddress& server, Kind kind, const TlsWishes& wishes = {});
  ~TestWire();
  TestWire(const TestWire&) = delete;
  TestWire& operator=(const TestWire&) = delete;

  int fd() const { return fd_; }
  /// One message, or a piece of one (WebSocket: one text frame).
  void send(const std::string& bytes);
  /// As it is, below the WebSocket's frames.
  void send_raw(const std::string& bytes);
  /// What has come, as one stream of octets; without waiting. A ping is answered.
  std::string receive();
  bool closed() const { return closed_; }
  /// The code of the WebSocket's closing frame; 0: there was none.
  int close_code() const { return close_code_; }
  /// A frame as clients send it; `first` is the octet with FIN and opcode.
  static std::string frame(int first, const std::string& payload);
  SSL* ssl() { return ssl_; }

 private:
  void handshake(const TlsWishes& wishes);
  void open_websocket(const SocketAddress& server);
  void read_available();
  std::string unframed();

  const Kind kind_;
  int fd_ = -1;
  SSL_CTX* context_ = nullptr;
  SSL* ssl_ = nullptr;
  std::string raw_;
  bool closed_ = false;
  int close_code_ = 0;
};

}  // namespace tandem::test
