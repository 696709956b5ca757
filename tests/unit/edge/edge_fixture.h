// A real edge on loopback, a plain listener behind it, and TLS clients by OpenSSL.
#pragma once

#include <gtest/gtest.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include "edge/edge_thread.h"
#include "edge/openssl.h"

namespace tandem::test {

inline constexpr int kPatienceMs = 5000;

inline SocketAddress loopback(uint16_t port = 0) { return *SocketAddress::from("127.0.0.1", port); }

class Folder {
 public:
  Folder() {
    std::string name = (std::filesystem::temp_directory_path() / "tandem-edge-XXXXXX").string();
    path_ = mkdtemp(name.data());
  }
  ~Folder() { std::filesystem::remove_all(path_); }
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

/// A socket with deadlines.
class Socket {
 public:
  explicit Socket(int fd) : fd_(fd) {}
  explicit Socket(const SocketAddress& to) : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    if (::connect(fd_.get(), to.sa(), to.length()) != 0) fd_.reset();
  }
  int fd() const { return fd_.get(); }
  void close() { fd_.reset(); }
  void send(std::string_view text) const { (void)!::send(fd_.get(), text.data(), text.size(), MSG_NOSIGNAL); }
  /// Up to what ends with `end`, or until the far end closes, or time is over.
  std::string until(std::string_view end, int limit = kPatienceMs) {
    while (seen_.find(end) == std::string::npos) {
      pollfd waiting{fd_.get(), POLLIN, 0};
      if (::poll(&waiting, 1, limit) != 1) break;
      char room[4096];
      const ssize_t n = ::recv(fd_.get(), room, sizeof room, 0);
      if (n <= 0) break;
      seen_.append(room, static_cast<size_t>(n));
    }
    const size_t at = seen_.find(end);
    std::string got = seen_.substr(0, at == std::string::npos ? at : at + end.size());
    seen_.erase(0, got.size());
    return got;
  }
  /// The far end has closed within `limit`.
  bool ended(int limit = kPatienceMs) const {
    char room[4096];
    for (;;) {
      pollfd waiting{fd_.get(), POLLIN, 0};
      if (::poll(&waiting, 1, limit) != 1) return false;
      if (::recv(fd_.get(), room, sizeof room, 0) <= 0) return true;
    }
  }
  SocketAddress far_end() const {
    sockaddr_storage name{};
    socklen_t length = sizeof name;
    ::getpeername(fd_.get(), reinterpret_cast<sockaddr*>(&name), &length);
    return {reinterpret_cast<sockaddr*>(&name), length};
  }

 private:
  Descriptor fd_;
  std::string seen_;
};

/// What stands behind the edge.
class Inside {
 public:
  Inside() : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    const SocketAddress any = loopback();
    if (::bind(fd_.get(), any.sa(), any.length()) != 0 || ::listen(fd_.get(), 64) != 0) throw std::runtime_error("cannot listen");
  }
  SocketAddress address() const {
    sockaddr_storage name{};
    socklen_t length = sizeof name;
    ::getsockname(fd_.get(), reinterpret_cast<sockaddr*>(&name), &length);
    return {reinterpret_cast<sockaddr*>(&name), length};
  }
  std::optional<Socket> accept(int limit = kPatienceMs) const {
    pollfd waiting{fd_.get(), POLLIN, 0};
    if (::poll(&waiting, 1, limit) != 1) return std::nullopt;
    return Socket(::accept4(fd_.get(), nullptr, nullptr, SOCK_CLOEXEC));
  }

 private:
  Descriptor fd_;
};

struct ClientWishes {
  std::string name;           ///< SNI
  int most = TLS1_3_VERSION;  ///< and least, where it is below 1.2
  std::string certificate, key;
};

/// A TLS client; null SSL: the handshake has failed.
class TlsClient {
 public:
  TlsClient(const SocketAddress& to, const ClientWishes& wishes = {}) : socket_(to), context_(SSL_CTX_new(TLS_client_method())) {
    SSL_CTX_set_security_level(context_.get(), 0);
    SSL_CTX_set_min_proto_version(context_.get(), TLS1_VERSION);
    SSL_CTX_set_max_proto_version(context_.get(), wishes.most);
    if (!wishes.certificate.empty()) {
      SSL_CTX_use_certificate_chain_file(context_.get(), wishes.certificate.c_str());
      SSL_CTX_use_PrivateKey_file(context_.get(), wishes.key.c_str(), SSL_FILETYPE_PEM);
    }
    timeval limit{kPatienceMs / 1000, 0};
    ::setsockopt(socket_.fd(), SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    ssl_.reset(SSL_new(context_.get()));
    SSL_set_fd(ssl_.get(), socket_.fd());
    if (!wishes.name.empty()) SSL_set_tlsext_host_name(ssl_.get(), wishes.name.c_str());
    if (SSL_connect(ssl_.get()) != 1) ssl_.reset();
  }
  bool stands() const { return ssl_ != nullptr; }
  SSL* ssl() { return ssl_.get(); }
  Socket& socket() { return socket_; }
  void send(std::string_view text) { SSL_write(ssl_.get(), text.data(), static_cast<int>(text.size())); }
  std::string until(std::string_view end) {
    while (seen_.find(end) == std::string::npos) {
      char room[4096];
      const int n = SSL_read(ssl_.get(), room, sizeof room);
      if (n <= 0) break;
      seen_.append(room, static_cast<size_t>(n));
    }
    return std::exchange(seen_, {});
  }
  bool ended() {
    char room[64];
    return SSL_read(ssl_.get(), room, sizeof room) <= 0 && SSL_get_error(ssl_.get(), -1) != SSL_ERROR_WANT_READ;
  }
  std::string subject() {
    const X509Ptr certificate(SSL_get1_peer_certificate(ssl_.get()));
    char text[256] = {};
    X509_NAME_oneline(X509_get_subject_name(certificate.get()), text, sizeof text);
    return text;
  }

 private:
  Socket socket_;
  SslContextPtr context_;
  SslPtr ssl_;
  std::string seen_;
};

class EdgeTest : public testing::Test {
 protected:
  EdgeListenerSettings settings(EdgeKind kind) const {
    EdgeListenerSettings s;
    s.name = "door";
    s.kind = kind;
    s.address = loopback();
    s.inward = inside_.address();
    return s;
  }
  std::unique_ptr<EdgeListener> open(EdgeListenerSettings s) {
    auto opened = edge_.open(std::move(s));
    if (!opened) {
      ADD_FAILURE() << opened.error().message;
      return nullptr;
    }
    return std::move(*opened);
  }

  Folder folder_;
  Inside inside_;
  EdgeThread edge_{system_clock(), folder_.path()};
};

}  // namespace tandem::test
