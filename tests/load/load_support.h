// What the load programs share: sockets, the lines they talk to each other in, and the processor time they use. Not part of the product.
#pragma once

#include <netinet/in.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <iostream>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include "tandem/address.h"

namespace tandem::load {

[[noreturn]] inline void fail(const std::string& what) {
  std::cerr << what << ": " << std::strerror(errno) << "\n";
  std::exit(1);
}

/// "--name value" pairs; unknown names end the program.
class Arguments {
 public:
  Arguments(int argc, char** argv, std::vector<std::string_view> known) {
    for (int i = 1; i < argc; i += 2) {
      const std::string_view name = argv[i];
      bool found = false;
      for (const auto k : known) found = found || name == k;
      if (!found || i + 1 >= argc) {
        std::cerr << "usage: " << argv[0];
        for (const auto k : known) std::cerr << " [" << k << " VALUE]";
        std::cerr << "\n";
        std::exit(2);
      }
      values_.emplace_back(name, argv[i + 1]);
    }
  }
  std::string text(std::string_view name, std::string fallback) const {
    for (const auto& [key, value] : values_) {
      if (key == name) return value;
    }
    return fallback;
  }
  unsigned number(std::string_view name, unsigned fallback) const {
    return static_cast<unsigned>(std::strtoul(text(name, std::to_string(fallback)).c_str(), nullptr, 10));
  }

 private:
  std::vector<std::pair<std::string_view, std::string>> values_;
};

inline SocketAddress host_or_fail(const std::string& host) {
  const auto address = SocketAddress::from(host, 0);
  if (address) return *address;
  std::cerr << address.error().message << "\n";
  std::exit(2);
}

inline SocketAddress with_port(SocketAddress address, uint16_t port) {
  address.set_port(port);
  return address;
}

/// A bound UDP socket, or -1 when the port is taken.
inline int udp_socket(const SocketAddress& address) {
  const int fd = ::socket(address.family(), SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd < 0) fail("socket");
  if (::bind(fd, address.sa(), address.length()) == 0) return fd;
  if (errno != EADDRINUSE) fail("bind");
  ::close(fd);
  return -1;
}

struct Pair {
  int rtp = -1, rtcp = -1;
  uint16_t port = 0;
};

/// `count` pairs of an even port and the odd one above it, from `first` on; ports that are taken are passed over.
inline std::vector<Pair> bind_pairs(const SocketAddress& address, uint16_t first, size_t count) {
  std::vector<Pair> pairs;
  for (uint32_t port = first; pairs.size() < count; port += 2) {
    if (port > 65533) {
      std::cerr << "not enough free ports above " << first << "\n";
      std::exit(1);
    }
    Pair pair{.rtp = udp_socket(with_port(address, static_cast<uint16_t>(port))), .port = static_cast<uint16_t>(port)};
    if (pair.rtp < 0) continue;
    pair.rtcp = udp_socket(with_port(address, static_cast<uint16_t>(port + 1)));
    if (pair.rtcp < 0) {
      ::close(pair.rtp);
      continue;
    }
    pairs.push_back(pair);
  }
  return pairs;
}

/// Room for `count` sockets and a few more.
inline void want_descriptors(size_t count) {
  rlimit limit{};
  ::getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = std::min<rlim_t>(limit.rlim_max, std::max<rlim_t>(limit.rlim_cur, count + 256));
  ::setrlimit(RLIMIT_NOFILE, &limit);
}

/// "ports 20000 20002 ...": how the programs tell each other their RTP ports.
inline void print_ports(const std::vector<uint16_t>& ports) {
  std::cout << "ports";
  for (const auto port : ports) std::cout << ' ' << port;
  std::cout << std::endl;
}
inline std::vector<uint16_t> read_ports(std::istream& from, size_t count) {
  std::string line, word;
  std::getline(from, line);
  std::istringstream words(line);
  std::vector<uint16_t> ports;
  words >> word;
  for (unsigned port = 0; words >> port;) ports.push_back(static_cast<uint16_t>(port));
  if (word == "ports" && ports.size() == count) return ports;
  std::cerr << "expected \"ports\" and " << count << " numbers\n";
  std::exit(1);
}

/// User and system time of this process, all threads, in microseconds.
inline double cpu_microseconds() {
  rusage used{};
  ::getrusage(RUSAGE_SELF, &used);
  const auto in_us = [](const timeval& t) { return static_cast<double>(t.tv_sec) * 1e6 + static_cast<double>(t.tv_usec); };
  return in_us(used.ru_utime) + in_us(used.ru_stime);
}

}  // namespace tandem::load
