// What the orders of the switch thread do to a port. An order whose port has been closed meanwhile finds another generation and does
// nothing.
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/timerfd.h>

#include "media/relay.h"

namespace tandem {

void Relay::apply(Order& order) {
  RelayPort& port = *order.port;
  if (auto* open = std::get_if<OpenPort>(&order.what)) return apply(port, order.generation, *open);
  if (port.rtp.generation != order.generation) return;
  std::visit(
      [&](auto& what) {
        if constexpr (!std::is_same_v<std::decay_t<decltype(what)>, OpenPort>) apply(port, what);
      },
      order.what);
}

void Relay::apply(RelayPort& port, uint64_t generation, OpenPort& order) {
  port.sockets = std::move(order.sockets);
  port.rtp = RelaySocket{.fd = port.sockets.rtp.get(), .rtcp = false, .generation = generation, .port = &port};
  port.rtcp = RelaySocket{.fd = port.sockets.rtcp.get(), .rtcp = true, .generation = generation, .port = &port};
  port.map = PayloadMap();
  port.latched_host = SocketAddress();
  port.counts.clear();
  port.counted.store(generation, std::memory_order_release);
}

void Relay::apply(RelayPort& port, const ClosePort& /*order*/) {
  set_limit(port, Duration::zero());
  port.rtp = RelaySocket{};
  port.rtcp = RelaySocket{};
  port.sockets = SocketPair{};  // closing takes them out of the epoll set
}

void Relay::apply(RelayPort& port, const RelayTo& order) {
  port.map = order.map;
  port.rtp.to = order.to == nullptr ? nullptr : &order.to->rtp;
  port.rtcp.to = order.to == nullptr ? nullptr : &order.to->rtcp;
  port.rtp.to_generation = port.rtcp.to_generation = order.to_generation;
}

void Relay::apply(RelayPort& port, const SetTimeout& order) { set_limit(port, order.limit); }

void Relay::apply(RelayPort& port, const SetRemote& order) {
  aim(port.rtp, port.sockets.local_rtp, order.rtp, order.latch);
  aim(port.rtcp, port.sockets.local_rtcp, order.rtcp, order.latch);
}

/// An address that cannot be sent to (none, or 0.0.0.0 of an old-style hold) stops the sending and leaves the receiving as it was: whoever
/// holds may play music. Our own address would make a packet go round for ever.
void Relay::aim(RelaySocket& socket, const SocketAddress& local, const SocketAddress& remote, bool latch) {
  const bool usable = remote.family() == local.family() && remote.port() != 0 && !remote.is_unspecified() && !(remote == local);
  socket.sends = false;
  if (!usable) return;
  const bool same = remote == socket.wanted && latch == socket.latched;
  socket.wanted = remote;
  socket.latched = latch;
  if (!same && latch) return begin_latching(socket);
  if (same && (socket.latching || socket.connected)) {
    socket.sends = socket.connected;  // also a peer that was latched to once stays
    return;
  }
  socket.latching = false;
  connect_to(socket, remote);
}

void Relay::begin_latching(RelaySocket& socket) {
  if (socket.connected) {
    const sockaddr nobody{.sa_family = AF_UNSPEC, .sa_data = {}};
    ::connect(socket.fd, &nobody, sizeof nobody);
  }
  socket.connected = false;
  socket.latching = true;
  if (!socket.rtcp) socket.port->latched_host = SocketAddress();
  discard_waiting(socket);
  watch(socket);
}

/// False when the system refuses (no route, say): the port then neither sends nor takes anything in.
bool Relay::connect_to(RelaySocket& socket, const SocketAddress& remote) {
  socket.connected = ::connect(socket.fd, remote.sa(), remote.length()) == 0;
  socket.sends = socket.connected;
  discard_waiting(socket);
  watch(socket);
  return socket.connected;
}

/// Not before there is a peer, so that whoever floods a port of a call that is not answered costs no thread a wake-up.
void Relay::watch(RelaySocket& socket) {
  if (socket.watched) return;
  epoll_event event{.events = EPOLLIN, .data = {.ptr = &socket}};
  socket.watched = ::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, socket.fd, &event) == 0;
}

void Relay::set_limit(RelayPort& port, Duration limit) {
  const bool had = port.limit > Duration::zero();
  const bool has = limit > Duration::zero();
  port.limit = limit;
  port.reported = false;
  port.heard_before = port.heard;
  if (has) port.quiet_since = clock_.now();
  if (has && !had) {
    port.timed_index = timed_.size();
    timed_.push_back(&port);
    if (timed_.size() == 1) set_ticking(true);
  } else if (had && !has) {
    timed_.back()->timed_index = port.timed_index;
    timed_[port.timed_index] = timed_.back();
    timed_.pop_back();
    if (timed_.empty()) set_ticking(false);
  }
}

void Relay::set_ticking(bool on) {
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(tick_);
  const timespec every = on ? timespec{.tv_sec = seconds.count(), .tv_nsec = (tick_ - seconds).count()} : timespec{};
  const itimerspec spec{.it_interval = every, .it_value = every};
  ::timerfd_settime(timer_.get(), 0, &spec, nullptr);
}

/// Compares counts instead of stamping packets with the time: packets need no clock, and a report is at most two ticks late, never early.
void Relay::look_for_silence() {
  uint64_t expired = 0;
  (void)!::read(timer_.get(), &expired, sizeof expired);
  const Instant now = clock_.now();
  for (RelayPort* port : timed_) {
    if (port->heard != port->heard_before) {
      port->heard_before = port->heard;
      port->quiet_since = now;
      port->reported = false;
    } else if (!port->reported && now - port->quiet_since > port->limit) {
      port->reported = report_(port, port->rtp.generation);
    }
  }
}

}  // namespace tandem
