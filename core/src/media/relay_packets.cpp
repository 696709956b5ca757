// The way of a packet. Here nothing is allocated, locked or logged: receive, check, make it one of the stream it leaves in, send.
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>

#include "media/relay.h"
#include "media/rtp.h"

namespace tandem {
namespace {

uint64_t microseconds(Instant now) {
  return static_cast<uint64_t>(std::chrono::duration_cast<std::chrono::microseconds>(now.time_since_epoch()).count());
}

}  // namespace

/// One packet per readiness: epoll is level-triggered and takes turns, so a flooded socket cannot starve the others, and the usual case of
/// one waiting packet does not pay for a second receive that finds nothing.
void Relay::receive(RelaySocket& socket) {
  if (socket.special) [[unlikely]]
    return receive_special(socket);
  const ssize_t size = ::recv(socket.fd, packet_.data(), packet_.size(), MSG_TRUNC);
  // An ICMP error of something sent earlier (the phone has not opened its port yet) shows up here and is thereby consumed.
  if (size >= 0) forward(socket, static_cast<size_t>(size));
}

void Relay::forward(RelaySocket& socket, size_t size) {
  RelayPort& port = *socket.port;
  if (!socket.connected || size > packet_.size()) return drop(port);
  socket.rtcp ? forward_rtcp(port, size) : forward_rtp(port, size);
}

void Relay::forward_rtcp(RelayPort& port, size_t size) {
  const std::span<const uint8_t> packet(packet_.data(), size);
  const bool video = port.kind == MediaKind::video;
  if (!is_rtcp(packet, video)) return drop(port);
  ++port.heard;
  take_report(port, packet);
  if (video) forward_feedback(port, size);
}

void Relay::forward_rtp(RelayPort& port, size_t size) {
  uint8_t* const packet = packet_.data();
  const auto payload = rtp_payload({packet, size});
  if (!payload) return drop(port);
  port.counts.received(size);
  totals_.received(size);
  ++port.heard;
  const Route& route = port.routes[payload_type(packet)];
  if (!port.in.take(ssrc_of(packet), sequence_of(packet), timestamp_of(packet), route.khz, microseconds(now_))) return drop(port);
  if (port.overheard) [[unlikely]]
    overhear(port, *payload);
  switch (route.kind) {
    case Route::Kind::pass:
      return pass(port, size, route);
    case Route::Kind::transcode:
      return transcode(port, *payload, route);
    case Route::Kind::event:
      return forward_event(port, *payload, size, route);
    case Route::Kind::drop:
      return drop(port);
  }
}

void Relay::pass(RelayPort& port, size_t size, const Route& route) {
  RelayPort* const to = target(port);
  if (to == nullptr) return drop(port);
  if (!to->out.carries(port.rtp.generation, port.in.run()) && !change_source(port, *to, route.khz, route.khz)) return drop(port);
  to->out.stamp(packet_.data(), route.number, now_);
  if (!send(*to, packet_.data(), size)) drop(port);
}

bool Relay::send(RelayPort& port, uint8_t* packet, size_t size) {
  if (port.attended) [[unlikely]]
    return send_attended(port, packet, size);
  if (::send(port.rtp.fd, packet, size, 0) < 0) return false;
  port.counts.sent(size);
  totals_.sent(size);
  return true;
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
