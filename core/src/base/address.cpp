#include "tandem/address.h"

#include <arpa/inet.h>
#include <fmt/compile.h>
#include <fmt/format.h>

#include <array>
#include <bit>
#include <charconv>
#include <cstring>

namespace tandem {

namespace {

bool same_bytes(const in6_addr& a, const in6_addr& b) { return std::memcmp(&a, &b, sizeof a) == 0; }

/// The IPv4 address inside ::ffff:a.b.c.d, in network order.
in_addr_t mapped(const in6_addr& a) {
  in_addr_t v4 = 0;
  std::memcpy(&v4, &a.s6_addr[12], sizeof v4);
  return v4;
}

bool loopback_v4(in_addr_t network_order) { return ntohl(network_order) >> 24 == 127; }

}  // namespace

SocketAddress::SocketAddress(const sockaddr* sa, socklen_t length) {
  if (sa == nullptr || length < sizeof sa->sa_family) return;
  if (sa->sa_family == AF_INET && length >= sizeof(sockaddr_in)) {
    std::memcpy(&storage_.v4, sa, sizeof(sockaddr_in));
  } else if (sa->sa_family == AF_INET6 && length >= sizeof(sockaddr_in6)) {
    std::memcpy(&storage_.v6, sa, sizeof(sockaddr_in6));
  }
}

Result<SocketAddress> SocketAddress::from(std::string_view host, uint16_t port) {
  const bool bracketed = host.size() >= 2 && host.front() == '[' && host.back() == ']';
  if (bracketed) host = host.substr(1, host.size() - 2);
  std::array<char, INET6_ADDRSTRLEN + 1> text{};  // inet_pton wants a terminator, and no address is longer
  if (host.size() >= text.size() || host.find('\0') != std::string_view::npos) {
    return Error{ErrorCode::invalid, "not a numeric IP address"};
  }
  host.copy(text.data(), host.size());

  SocketAddress address;
  if (!bracketed && inet_pton(AF_INET, text.data(), &address.storage_.v4.sin_addr) == 1) {
    address.storage_.v4.sin_family = AF_INET;
  } else {
    address = SocketAddress();
    if (inet_pton(AF_INET6, text.data(), &address.storage_.v6.sin6_addr) != 1) {
      return Error{ErrorCode::invalid, "not a numeric IP address"};
    }
    address.storage_.v6.sin6_family = AF_INET6;
  }
  address.set_port(port);
  return address;
}

Result<SocketAddress> SocketAddress::parse(std::string_view text) {
  const auto colon = text.rfind(':');
  if (colon == std::string_view::npos) return Error{ErrorCode::invalid, "not an address with a port"};
  const auto host = text.substr(0, colon);
  const auto digits = text.substr(colon + 1);
  if (host.find(':') != std::string_view::npos && host.front() != '[') {
    return Error{ErrorCode::invalid, "an IPv6 address with a port needs brackets"};
  }
  uint16_t port = 0;
  const auto* end = digits.data() + digits.size();
  const auto [at, error] = std::from_chars(digits.data(), end, port);
  if (error != std::errc() || at != end) return Error{ErrorCode::invalid, "the port is not a number from 0 to 65535"};
  return from(host, port);
}

SocketAddress SocketAddress::subscriber() const {
  SocketAddress common;
  if (family() == AF_INET6 && !IN6_IS_ADDR_V4MAPPED(&storage_.v6.sin6_addr)) {
    common.storage_.v6.sin6_family = AF_INET6;
    std::memcpy(&common.storage_.v6.sin6_addr, &storage_.v6.sin6_addr, 8);
  } else if (!empty()) {
    common.storage_.v4.sin_family = AF_INET;
    common.storage_.v4.sin_addr.s_addr = family() == AF_INET ? storage_.v4.sin_addr.s_addr : mapped(storage_.v6.sin6_addr);
  }
  return common;
}

socklen_t SocketAddress::length() const {
  if (family() == AF_INET) return sizeof(sockaddr_in);
  if (family() == AF_INET6) return sizeof(sockaddr_in6);
  return 0;
}

uint16_t SocketAddress::port() const {
  if (family() == AF_INET) return ntohs(storage_.v4.sin_port);
  if (family() == AF_INET6) return ntohs(storage_.v6.sin6_port);
  return 0;
}

void SocketAddress::set_port(uint16_t port) {
  if (family() == AF_INET) storage_.v4.sin_port = htons(port);
  if (family() == AF_INET6) storage_.v6.sin6_port = htons(port);
}

bool SocketAddress::is_loopback() const {
  if (family() == AF_INET) return loopback_v4(storage_.v4.sin_addr.s_addr);
  if (family() != AF_INET6) return false;
  const auto& a = storage_.v6.sin6_addr;
  return same_bytes(a, in6addr_loopback) || (IN6_IS_ADDR_V4MAPPED(&a) && loopback_v4(mapped(a)));
}

bool SocketAddress::is_unspecified() const {
  if (family() == AF_INET) return storage_.v4.sin_addr.s_addr == INADDR_ANY;
  if (family() != AF_INET6) return false;
  const auto& a = storage_.v6.sin6_addr;
  return same_bytes(a, in6addr_any) || (IN6_IS_ADDR_V4MAPPED(&a) && mapped(a) == INADDR_ANY);
}

std::string SocketAddress::host() const {
  std::array<char, INET6_ADDRSTRLEN> text{};
  if (family() == AF_INET) {
    // By hand: inet_ntop goes through printf for it, and a call asks a dozen times.
    const auto octets = std::bit_cast<std::array<uint8_t, 4>>(storage_.v4.sin_addr);
    return fmt::format(FMT_COMPILE("{}.{}.{}.{}"), octets[0], octets[1], octets[2], octets[3]);
  }
  if (family() == AF_INET6) {
    inet_ntop(AF_INET6, &storage_.v6.sin6_addr, text.data(), text.size());
  }
  return text.data();
}

std::string SocketAddress::to_string() const {
  if (empty()) return {};
  return family() == AF_INET6 ? fmt::format(FMT_COMPILE("[{}]:{}"), host(), port()) : fmt::format(FMT_COMPILE("{}:{}"), host(), port());
}

bool operator==(const SocketAddress& a, const SocketAddress& b) {
  if (a.family() != b.family() || a.port() != b.port()) return false;
  if (a.family() == AF_INET) return a.storage_.v4.sin_addr.s_addr == b.storage_.v4.sin_addr.s_addr;
  if (a.family() != AF_INET6) return true;
  return same_bytes(a.storage_.v6.sin6_addr, b.storage_.v6.sin6_addr) && a.storage_.v6.sin6_scope_id == b.storage_.v6.sin6_scope_id;
}

size_t hash_value(const SocketAddress& address) {
  uint64_t words[2] = {};
  if (address.family() == AF_INET) {
    words[0] = reinterpret_cast<const sockaddr_in*>(address.sa())->sin_addr.s_addr;
  } else if (address.family() == AF_INET6) {
    std::memcpy(words, &reinterpret_cast<const sockaddr_in6*>(address.sa())->sin6_addr, sizeof words);
  }
  uint64_t h = address.port() + 1;
  for (const uint64_t word : words) {
    h = (h ^ word) * 0x9E3779B97F4A7C15;
    h ^= h >> 32;
  }
  return h;
}

}  // namespace tandem
