// SocketAddress: an IPv4 or IPv6 address with a port, as numbers. Never resolves names. Any thread.
#pragma once

#include <netinet/in.h>

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "tandem/result.h"

namespace tandem {

class SocketAddress {
 public:
  SocketAddress() = default;
  SocketAddress(const sockaddr* sa, socklen_t length);

  /// `host` is a numeric IPv4 or IPv6 address (no brackets needed), `port` in host order.
  static Result<SocketAddress> from(std::string_view host, uint16_t port);
  /// "127.0.0.1:5060" or "[::1]:5060".
  static Result<SocketAddress> parse(std::string_view text);

  const sockaddr* sa() const { return &storage_.any; }
  socklen_t length() const;
  int family() const { return storage_.any.sa_family; }  ///< AF_UNSPEC when empty
  bool empty() const { return family() == AF_UNSPEC; }
  uint16_t port() const;
  void set_port(uint16_t port);
  /// What the addresses of one subscriber have in common, without a port: the IPv4 address (also of one that is mapped into IPv6), or the
  /// /64 of an IPv6 one, since one host has them all. Whoever counts by source counts by this.
  SocketAddress subscriber() const;
  bool is_loopback() const;
  bool is_unspecified() const;  ///< 0.0.0.0 or ::, which in SDP means "on hold"
  std::string host() const;     ///< without port and brackets
  std::string to_string() const;

  friend bool operator==(const SocketAddress& a, const SocketAddress& b);

 private:
  union Storage {
    sockaddr any;
    sockaddr_in v4;
    sockaddr_in6 v6;
  } storage_{.v6 = {}};
};

size_t hash_value(const SocketAddress& address);

}  // namespace tandem

template <>
struct std::hash<tandem::SocketAddress> {
  size_t operator()(const tandem::SocketAddress& a) const { return tandem::hash_value(a); }
};
