// The path of a packet. Here nothing is allocated, locked, logged or timed: receive, check, renumber, send.
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>

#include "media/relay.h"
#include "media/rtp.h"

namespace tandem {
namespace {

SocketAddress host_of(SocketAddress address) {
  address.set_port(0);
  return address;
}

}  // namespace

/// One packet per readiness: epoll is level-triggered and takes turns, so a flooded socket cannot starve the others, and the usual case of
/// one waiting packet does not pay for a second receive that finds nothing.
void Relay::receive(RelaySocket& socket) {
  if (socket.latching) return receive_latching(socket);
  const ssize_t size = ::recv(socket.fd, packet_.data(), packet_.size(), MSG_TRUNC);
  // An ICMP error of something sent earlier (the phone has not opened its port yet) shows up here and is thereby consumed.
  if (size >= 0) forward(socket, static_cast<size_t>(size));
}

void Relay::forward(RelaySocket& socket, size_t size) {
  RelayPort& port = *socket.port;
  if (!socket.connected || !accept(socket, size)) return drop(port);
  if (!socket.rtcp) {
    const uint8_t out = port.map.out[payload_type(packet_.data())];
    if (out == PayloadMap::kDrop) return drop(port);
    set_payload_type(packet_.data(), out);
  }
  const RelaySocket* to = socket.to;
  if (to == nullptr || to->generation != socket.to_generation || !to->sends) return drop(port);
  if (::send(to->fd, packet_.data(), size, 0) < 0) return drop(port);
  if (!socket.rtcp) {
    to->port->counts.sent(size);
    totals_.sent(size);
  }
}

/// Whether the packet in packet_ is what this socket is for; counts it if so.
bool Relay::accept(RelaySocket& socket, size_t size) {
  if (size > packet_.size()) return false;
  const std::span<const uint8_t> packet(packet_.data(), size);
  if (socket.rtcp) {
    if (!is_rtcp(packet)) return false;
  } else {
    if (!rtp_payload(packet)) return false;
    socket.port->counts.received(size);
    totals_.received(size);
  }
  ++socket.port->heard;
  return true;
}

/// The first valid packet names the peer, once. RTCP follows RTP: it may come from another port but not from another host.
void Relay::receive_latching(RelaySocket& socket) {
  sockaddr_storage from{};
  socklen_t length = sizeof from;
  const ssize_t size = ::recvfrom(socket.fd, packet_.data(), packet_.size(), MSG_TRUNC, reinterpret_cast<sockaddr*>(&from), &length);
  if (size < 0) return;
  const SocketAddress source(reinterpret_cast<const sockaddr*>(&from), length);
  RelayPort& port = *socket.port;
  const std::span<const uint8_t> packet(packet_.data(), std::min(static_cast<size_t>(size), packet_.size()));
  const bool valid = socket.rtcp ? is_rtcp(packet) && host_of(source) == port.latched_host : rtp_payload(packet).has_value();
  if (!valid || static_cast<size_t>(size) > packet_.size() || !connect_to(socket, source)) return drop(port);
  socket.latching = false;
  if (!socket.rtcp) port.latched_host = host_of(source);
  forward(socket, static_cast<size_t>(size));
}

void Relay::drop(RelayPort& port) {
  port.counts.dropped_packets.add(1);
  totals_.dropped_packets.add(1);
}

/// What came before connect() may be from anybody, and connect() does not sort it out. Afterwards only the peer can add to it.
void Relay::discard_waiting(RelaySocket& socket) {
  constexpr int kMost = 4096;  // more than a socket's default buffer holds of the smallest packets
  uint8_t nothing = 0;
  for (int i = 0; i < kMost; ++i) {
    if (::recv(socket.fd, &nothing, 0, 0) >= 0) {
      drop(*socket.port);
    } else if (errno == EAGAIN) {
      return;
    }
  }
}

}  // namespace tandem
