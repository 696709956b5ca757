#include "support/test_wire.h"

#include <openssl/evp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <stdexcept>
#include <utility>

namespace tandem::test {
namespace {

constexpr int kPatienceMs = 5000;
constexpr const char* kMask = "\x1a\x2b\x3c\x4d";

}  // namespace

TestWire::TestWire(const SocketAddress& server, Kind kind, const TlsWishes& wishes) : kind_(kind) {
  fd_ = ::socket(server.family(), SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd_ < 0 || ::connect(fd_, server.sa(), server.length()) != 0) {
    ::close(fd_);
    throw std::runtime_error("cannot connect to " + server.to_string());
  }
  try {
    if (kind == Kind::tls || kind == Kind::wss) handshake(wishes);
    if (kind == Kind::ws || kind == Kind::wss) open_websocket(server);
  } catch (...) {
    SSL_free(ssl_);
    SSL_CTX_free(context_);
    ::close(fd_);
    throw;
  }
}

TestWire::~TestWire() {
  SSL_free(ssl_);
  SSL_CTX_free(context_);
  ::close(fd_);
}

void TestWire::handshake(const TlsWishes& wishes) {
  context_ = SSL_CTX_new(TLS_client_method());
  SSL_CTX_set_security_level(context_, 0);
  SSL_CTX_set_min_proto_version(context_, TLS1_VERSION);
  if (wishes.most != 0) SSL_CTX_set_max_proto_version(context_, wishes.most);
  if (!wishes.certificate.empty()) {
    SSL_CTX_use_certificate_chain_file(context_, wishes.certificate.c_str());
    SSL_CTX_use_PrivateKey_file(context_, wishes.key.c_str(), SSL_FILETYPE_PEM);
  }
  if (!wishes.trust.empty()) {
    SSL_CTX_load_verify_locations(context_, wishes.trust.c_str(), nullptr);
    SSL_CTX_set_verify(context_, SSL_VERIFY_PEER, nullptr);
  }
  ssl_ = SSL_new(context_);
  SSL_set_fd(ssl_, fd_);
  if (!wishes.server_name.empty())
    SSL_ctrl(ssl_, SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name, std::string(wishes.server_name).data());
  const timeval limit{kPatienceMs / 1000, 0};
  ::setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
  if (SSL_connect(ssl_) != 1) throw std::runtime_error("no TLS");
}

void TestWire::open_websocket(const SocketAddress& server) {
  send_raw("GET / HTTP/1.1\r\nHost: " + server.to_string() +
           "\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
           "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Protocol: sip\r\n\r\n");
  while (raw_.find("\r\n\r\n") == std::string::npos && !closed_) {
    pollfd waiting{fd_, POLLIN, 0};
    if (::poll(&waiting, 1, kPatienceMs) != 1) break;
    read_available();
  }
  if (!raw_.starts_with("HTTP/1.1 101") || raw_.find("s3pPLMBiTxaQ9kYGzzhZRbK+xOo=") == std::string::npos)
    throw std::runtime_error("no WebSocket: " + raw_.substr(0, raw_.find('\r')));
  raw_.erase(0, raw_.find("\r\n\r\n") + 4);
}

std::string TestWire::frame(int first, const std::string& payload) {
  std::string out(1, static_cast<char>(first));
  if (payload.size() < 126) {
    out += static_cast<char>(0x80 | payload.size());
  } else {
    out += static_cast<char>(0x80 | 126);
    out += static_cast<char>(payload.size() >> 8);
    out += static_cast<char>(payload.size());
  }
  out += kMask;
  for (size_t i = 0; i < payload.size(); ++i) out += static_cast<char>(payload[i] ^ kMask[i & 3]);
  return out;
}

void TestWire::send_raw(const std::string& bytes) {
  if (ssl_ != nullptr) {
    SSL_write(ssl_, bytes.data(), static_cast<int>(bytes.size()));
  } else {
    (void)!::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
  }
}

void TestWire::send(const std::string& bytes) { send_raw(kind_ == Kind::ws || kind_ == Kind::wss ? frame(0x81, bytes) : bytes); }

void TestWire::read_available() {
  char room[16'384];
  for (;;) {
    pollfd waiting{fd_, POLLIN, 0};
    if ((ssl_ == nullptr || SSL_pending(ssl_) == 0) && ::poll(&waiting, 1, 0) != 1) return;
    if (ssl_ == nullptr) {
      const ssize_t n = ::recv(fd_, room, sizeof room, MSG_DONTWAIT);
      if (n < 0 && errno == EAGAIN) return;
      if (n <= 0) {
        closed_ = true;
        return;
      }
      raw_.append(room, static_cast<size_t>(n));
      continue;
    }
    const int n = SSL_read(ssl_, room, sizeof room);
    if (n > 0) {
      raw_.append(room, static_cast<size_t>(n));
      continue;
    }
    closed_ = closed_ || SSL_get_error(ssl_, n) != SSL_ERROR_WANT_READ;
    return;
  }
}

std::string TestWire::receive() {
  read_available();
  return kind_ == Kind::ws || kind_ == Kind::wss ? unframed() : std::exchange(raw_, {});
}

std::string TestWire::unframed() {
  std::string messages;
  for (;;) {
    if (raw_.size() < 2) return messages;
    const int opcode = raw_[0] & 0x0f;
    size_t length = static_cast<unsigned char>(raw_[1]), header = 2;
    if (length >= 126) {
      const size_t octets = length == 126 ? 2 : 8;
      header += octets;
      if (raw_.size() < header) return messages;
      length = 0;
      for (size_t i = 0; i < octets; ++i) length = length << 8 | static_cast<unsigned char>(raw_[2 + i]);
    }
    if (raw_.size() < header + length) return messages;
    const std::string payload = raw_.substr(header, length);
    raw_.erase(0, header + length);
    if (opcode == 9) send_raw(frame(0x8a, payload));
    if (opcode == 8 && payload.size() >= 2)
      close_code_ = static_cast<unsigned char>(payload[0]) << 8 | static_cast<unsigned char>(payload[1]);
    if (opcode == 1 || opcode == 2) messages += payload;
  }
}

}  // namespace tandem::test
