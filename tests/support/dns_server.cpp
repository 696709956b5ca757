#include "support/dns_server.h"

#include <arpa/inet.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <stdexcept>

namespace tandem::test {
namespace {

constexpr uint16_t kA = 1, kAaaa = 28, kSrv = 33, kNaptr = 35;

std::string two(unsigned value) { return {static_cast<char>(value >> 8 & 255), static_cast<char>(value & 255)}; }
std::string four(uint32_t value) { return two(value >> 16) + two(value & 65'535); }
std::string text(const std::string& s) { return std::string(1, static_cast<char>(s.size())) + s; }

std::string labels(const std::string& name) {
  std::string out;
  for (size_t at = 0; at < name.size();) {
    const size_t end = std::min(name.find('.', at), name.size());
    out += text(name.substr(at, end - at));
    at = end + 1;
  }
  return out + std::string(1, '\0');
}

std::string octets(int family, const std::string& address) {
  std::string out(family == AF_INET ? 4 : 16, '\0');
  if (inet_pton(family, address.c_str(), out.data()) != 1) throw std::runtime_error(address + " is no address");
  return out;
}

}  // namespace

DnsServer::DnsServer() : fd_(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0)) {
  const SocketAddress any = *SocketAddress::from("127.0.0.1", 0);
  if (::bind(fd_, any.sa(), any.length()) != 0) throw std::runtime_error("no port for a name server");
  sockaddr_in bound = {};
  socklen_t length = sizeof bound;
  ::getsockname(fd_, reinterpret_cast<sockaddr*>(&bound), &length);
  address_ = SocketAddress(reinterpret_cast<sockaddr*>(&bound), length);
  thread_ = std::thread([this] { run(); });
}

DnsServer::~DnsServer() {
  stopping_ = true;
  thread_.join();
  ::close(fd_);
}

void DnsServer::say(const std::string& name, Record record) {
  const std::lock_guard lock(mutex_);
  records_.emplace(labels(name), std::move(record));
}

void DnsServer::a(const std::string& name, const std::string& address, uint32_t ttl) { say(name, {kA, ttl, octets(AF_INET, address)}); }

void DnsServer::aaaa(const std::string& name, const std::string& address, uint32_t ttl) {
  say(name, {kAaaa, ttl, octets(AF_INET6, address)});
}

void DnsServer::srv(const std::string& name, uint16_t priority, uint16_t weight, uint16_t port, const std::string& target, uint32_t ttl) {
  say(name, {kSrv, ttl, two(priority) + two(weight) + two(port) + labels(target)});
}

void DnsServer::naptr(const std::string& name, uint16_t order, const std::string& service, const std::string& target, uint32_t ttl) {
  say(name, {kNaptr, ttl, two(order) + two(10) + text("s") + text(service) + text("") + labels(target)});
}

void DnsServer::forget(const std::string& name) {
  const std::lock_guard lock(mutex_);
  records_.erase(labels(name));
}

void DnsServer::run() {
  while (!stopping_) {
    pollfd polled{fd_, POLLIN, 0};
    if (::poll(&polled, 1, 20) <= 0) continue;
    char buffer[1500];
    sockaddr_storage from = {};
    socklen_t length = sizeof from;
    const ssize_t size = ::recvfrom(fd_, buffer, sizeof buffer, 0, reinterpret_cast<sockaddr*>(&from), &length);
    if (size < 12) continue;
    ++asked_;
    if (silent_) continue;
    const std::string reply = answer(std::string(buffer, static_cast<size_t>(size)));
    (void)!::sendto(fd_, reply.data(), reply.size(), 0, reinterpret_cast<sockaddr*>(&from), length);
  }
}

// The question goes back as it came, with the records of its name and type behind it.
std::string DnsServer::answer(const std::string& query) {
  const size_t end = query.find('\0', 12);
  if (end == std::string::npos || query.size() < end + 5) return {};
  const std::string name = query.substr(12, end + 1 - 12);
  const auto type = static_cast<uint16_t>(static_cast<unsigned char>(query[end + 1]) << 8 | static_cast<unsigned char>(query[end + 2]));
  std::string records;
  unsigned count = 0;
  bool known = false;
  const std::lock_guard lock(mutex_);
  const auto [first, last] = records_.equal_range(name);
  for (auto it = first; it != last; ++it) {
    known = true;
    if (it->second.type != type) continue;
    records +=
        "\xc0\x0c" + two(type) + two(1) + four(it->second.ttl) + two(static_cast<unsigned>(it->second.data.size())) + it->second.data;
    ++count;
  }
  return query.substr(0, 2) + "\x81" + std::string(1, known ? '\x80' : '\x83') + two(1) + two(count) + two(0) + two(0) +
         query.substr(12, end + 5 - 12) + records;
}

}  // namespace tandem::test
