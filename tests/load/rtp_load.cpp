// A paced generator and sink of RTP: the phones of a number of calls, in one thread.
//
// Two phones a call, each with an even RTP port (and the RTCP port above it, silent). Prints its ports, reads the ports to send to (one per
// phone, in the same order), sends at the rate, spread evenly over the interval, and expects at each phone of a call what the other one
// sent. Prints "sent N received N lost N" at the end; exit code 0 also when packets were lost.
#include <sys/epoll.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <thread>

#include "load_support.h"

namespace {

using namespace tandem::load;
using Steady = std::chrono::steady_clock;

struct Phone {
  int fd = -1;
  uint16_t sequence = 0;
  uint32_t timestamp = 0;
  uint32_t source = 0;
};

class Generator {
 public:
  Generator(const std::vector<Pair>& pairs, size_t size) : packet_(std::max<size_t>(size, 12), 0xd5) {
    for (const auto& pair : pairs) {
      phones_.push_back({.fd = pair.rtp, .source = static_cast<uint32_t>(phones_.size() + 1)});
      epoll_event event{.events = EPOLLIN, .data = {.fd = pair.rtp}};
      if (::epoll_ctl(epoll_, EPOLL_CTL_ADD, pair.rtp, &event) != 0) fail("epoll_ctl");
    }
  }

  void connect(const tandem::SocketAddress& address, const std::vector<uint16_t>& ports) {
    for (size_t i = 0; i < phones_.size(); ++i) {
      const auto to = with_port(address, ports[i]);
      if (::connect(phones_[i].fd, to.sa(), to.length()) != 0) fail("connect");
    }
  }

  /// Sends for `seconds`, then listens a little longer for what is under way.
  void run(unsigned rate, unsigned seconds) {
    constexpr std::chrono::milliseconds kSlot(1);
    const double per_slot = static_cast<double>(phones_.size()) * rate / 1000.0;
    const size_t slots = size_t{1000} * seconds;
    const auto start = Steady::now();
    double due = 0;
    size_t next = 0;
    for (size_t slot = 0; slot < slots; ++slot) {
      for (due += per_slot; due >= 1; due -= 1) {
        send(phones_[next]);
        next = (next + 1) % phones_.size();
      }
      receive();
      std::this_thread::sleep_until(start + kSlot * (slot + 1));
    }
    for (const auto end = Steady::now() + std::chrono::milliseconds(500); received_ < sent_ && Steady::now() < end;) {
      receive();
      std::this_thread::sleep_for(kSlot);
    }
  }

  uint64_t sent() const { return sent_; }
  uint64_t received() const { return received_; }

 private:
  void send(Phone& phone) {
    const auto put = [&](size_t at, uint32_t value, size_t bytes) {
      for (size_t i = 0; i < bytes; ++i) packet_[at + i] = static_cast<uint8_t>(value >> (8 * (bytes - 1 - i)));
    };
    packet_[0] = 0x80;
    packet_[1] = 0;
    put(2, phone.sequence++, 2);
    put(4, phone.timestamp, 4);
    put(8, phone.source, 4);
    phone.timestamp += 160;
    if (::send(phone.fd, packet_.data(), packet_.size(), 0) == static_cast<ssize_t>(packet_.size())) ++sent_;
  }

  void receive() {
    std::array<epoll_event, 512> events;
    std::array<char, 2048> packet;
    int n = 0;
    do {
      n = ::epoll_wait(epoll_, events.data(), events.size(), 0);
      for (int i = 0; i < n; ++i) {
        if (::recv(events[static_cast<size_t>(i)].data.fd, packet.data(), packet.size(), 0) > 0) ++received_;
      }
    } while (n > 0);
  }

  const int epoll_ = ::epoll_create1(EPOLL_CLOEXEC);
  std::vector<Phone> phones_;
  std::vector<uint8_t> packet_;
  uint64_t sent_ = 0, received_ = 0;
};

}  // namespace

int main(int argc, char** argv) {
  const Arguments arguments(argc, argv, {"--calls", "--rate", "--seconds", "--size", "--address", "--first-port"});
  const size_t phones = 2 * arguments.number("--calls", 200);
  const auto address = host_or_fail(arguments.text("--address", "127.0.0.1"));
  want_descriptors(2 * phones);

  const auto pairs = bind_pairs(address, static_cast<uint16_t>(arguments.number("--first-port", 12000)), phones);
  std::vector<uint16_t> ports;
  for (const auto& pair : pairs) ports.push_back(pair.port);
  print_ports(ports);
  Generator generator(pairs, arguments.number("--size", 172));
  generator.connect(address, read_ports(std::cin, phones));
  generator.run(arguments.number("--rate", 50), arguments.number("--seconds", 8));
  std::cout << "sent " << generator.sent() << " received " << generator.received() << " lost " << generator.sent() - generator.received()
            << std::endl;
}
