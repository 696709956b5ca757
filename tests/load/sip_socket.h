// SipSocket and Timers: what both sides of the SIP load programs stand on. One thread.
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <string>

#include "load_support.h"
#include "sip_view.h"

namespace tandem::load {

using Steady = std::chrono::steady_clock;
using Milliseconds = std::chrono::milliseconds;

/// RFC 3261's T1: the first retransmission of whatever is not answered.
inline constexpr Milliseconds kT1{500}, kT2{4000};

/// Things to do later. Nothing is ever taken out: what is run looks whether it still matters.
class Timers {
 public:
  void after(Milliseconds delay, std::function<void()> run) { queue_.emplace(Steady::now() + delay, std::move(run)); }
  Steady::time_point next() const { return queue_.empty() ? Steady::time_point::max() : queue_.begin()->first; }
  void run_due() {
    for (const auto now = Steady::now(); !queue_.empty() && queue_.begin()->first <= now;) {
      auto due = queue_.extract(queue_.begin());
      due.mapped()();
    }
  }

 private:
  std::multimap<Steady::time_point, std::function<void()>> queue_;
};

/// A UDP socket that speaks with one server.
class SipSocket {
 public:
  /// Bound to a free port of `host`, with room for bursts.
  explicit SipSocket(const SocketAddress& host) {
    fd_ = udp_socket(with_port(host, 0));
    const int room = 8 << 20;
    // The kernel's limit for ordinary users is short of a few hundred messages; without the privilege that remains.
    if (::setsockopt(fd_, SOL_SOCKET, SO_RCVBUFFORCE, &room, sizeof room) != 0)
      ::setsockopt(fd_, SOL_SOCKET, SO_RCVBUF, &room, sizeof room);
    sockaddr_storage bound{};
    socklen_t length = sizeof bound;
    ::getsockname(fd_, reinterpret_cast<sockaddr*>(&bound), &length);
    local_ = SocketAddress(reinterpret_cast<sockaddr*>(&bound), length);
  }
  SipSocket(const SipSocket&) = delete;
  SipSocket& operator=(const SipSocket&) = delete;
  ~SipSocket() { ::close(fd_); }

  void connect(const SocketAddress& server) {
    if (::connect(fd_, server.sa(), server.length()) != 0) fail("connect");
  }
  /// A message that the kernel refuses is lost, as on any network: retransmission makes up for it.
  void send(const std::string& message) { (void)!::send(fd_, message.data(), message.size(), 0); }
  /// Hands at most `limit` waiting messages to `take`; what is no SIP is passed over.
  template <class Take>
  void receive(unsigned limit, Take take) {
    char datagram[65536];
    while (limit-- > 0) {
      const ssize_t size = ::recv(fd_, datagram, sizeof datagram, 0);
      if (size < 0) return;
      if (const auto view = SipView::parse({datagram, static_cast<size_t>(size)})) take(*view);
    }
  }

  int fd() const { return fd_; }
  const SocketAddress& local() const { return local_; }

 private:
  int fd_ = -1;
  SocketAddress local_;
};

/// "server PORT PROCESS" from the input: what is to be loaded and measured. Anything else ends the program.
std::pair<uint16_t, pid_t> read_server();

/// Status line and the headers that a response copies from its request. `to_tag` is added where the request has none.
std::string response_to(const SipView& request, int status, std::string_view phrase, std::string_view to_tag);
/// Content headers and body of audio on `rtp`, G.711 and events.
std::string sdp_body(const SocketAddress& rtp);
inline constexpr std::string_view kNoBody = "Content-Length: 0\r\n\r\n";

}  // namespace tandem::load
