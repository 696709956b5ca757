// The floor that our relay is measured against: receive and send on connected sockets behind one epoll, and nothing else.
//
// Four sockets a call: RTP and RTCP towards each side. Prints its RTP ports (two a call), reads the ports of the phones, relays until its
// input ends, then prints "cpu MICROSECONDS packets N".
#include <sys/epoll.h>

#include <array>

#include "load_support.h"

namespace {

using namespace tandem::load;

struct Socket {
  int fd;
  int peer;
};

void connect_or_fail(int fd, const tandem::SocketAddress& to) {
  if (::connect(fd, to.sa(), to.length()) != 0) fail("connect");
}

}  // namespace

int main(int argc, char** argv) {
  const Arguments arguments(argc, argv, {"--calls", "--address", "--first-port"});
  const size_t legs = 2 * arguments.number("--calls", 200);
  const auto address = host_or_fail(arguments.text("--address", "127.0.0.1"));
  want_descriptors(2 * legs);

  const auto pairs = bind_pairs(address, static_cast<uint16_t>(arguments.number("--first-port", 20000)), legs);
  std::vector<uint16_t> ports;
  for (const auto& pair : pairs) ports.push_back(pair.port);
  print_ports(ports);
  const auto phones = read_ports(std::cin, legs);

  const int epoll = ::epoll_create1(EPOLL_CLOEXEC);
  std::vector<Socket> sockets;
  sockets.reserve(2 * legs + 1);
  for (size_t i = 0; i < legs; ++i) {
    const Pair &here = pairs[i], &there = pairs[i ^ 1];
    connect_or_fail(here.rtp, with_port(address, phones[i]));
    connect_or_fail(here.rtcp, with_port(address, static_cast<uint16_t>(phones[i] + 1)));
    sockets.push_back({here.rtp, there.rtp});
    sockets.push_back({here.rtcp, there.rtcp});
  }
  sockets.push_back({STDIN_FILENO, -1});
  for (auto& socket : sockets) {
    epoll_event event{.events = EPOLLIN, .data = {.ptr = &socket}};
    if (::epoll_ctl(epoll, EPOLL_CTL_ADD, socket.fd, &event) != 0) fail("epoll_ctl");
  }

  const double before = cpu_microseconds();
  uint64_t packets = 0;
  std::array<epoll_event, 128> events;
  std::array<char, 2048> packet;
  for (bool running = true; running;) {
    const int n = ::epoll_wait(epoll, events.data(), events.size(), -1);
    for (int i = 0; i < n; ++i) {
      const auto& socket = *static_cast<Socket*>(events[static_cast<size_t>(i)].data.ptr);
      if (socket.peer < 0) {
        running = false;
        continue;
      }
      const ssize_t size = ::recv(socket.fd, packet.data(), packet.size(), 0);
      if (size >= 0 && ::send(socket.peer, packet.data(), static_cast<size_t>(size), 0) == size) ++packets;
    }
  }
  std::cout << "cpu " << cpu_microseconds() - before << " packets " << packets << std::endl;
}
