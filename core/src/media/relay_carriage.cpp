// The way of packets at ports that encrypt, answer ICE checks, have one socket for RTP and RTCP, or wait for whoever sends first.
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "media/relay.h"
#include "media/rtp.h"
#include "media/stun.h"

namespace tandem {
namespace {

constexpr Duration kHandshakeTick = std::chrono::milliseconds(50);

SocketAddress host_of(SocketAddress address) {
  address.set_port(0);
  return address;
}

/// RFC 5761 4: these payload numbers are never used where RTP and RTCP share a port.
bool is_muxed_rtcp(std::span<const uint8_t> packet) { return packet.size() >= 8 && packet[1] >= 192 && packet[1] <= 223; }

}  // namespace

void Relay::receive_special(RelaySocket& socket) {
  sockaddr_storage from{};
  socklen_t length = sizeof from;
  const ssize_t got = ::recvfrom(socket.fd, packet_.data(), packet_.size(), MSG_TRUNC, reinterpret_cast<sockaddr*>(&from), &length);
  if (got < 0) return;
  const SocketAddress source(reinterpret_cast<const sockaddr*>(&from), length);
  RelayPort& port = *socket.port;
  auto size = static_cast<size_t>(got);
  if (size > packet_.size()) return drop(port);
  const std::span<const uint8_t> packet(packet_.data(), size);
  Carriage* const carriage = port.carriage.get();
  if (carriage != nullptr && carriage->ice && is_stun(packet)) return take_check(socket, packet, source);
  if (!admits(socket, source)) return drop_foreign(port);
  if (carriage != nullptr && carriage->dtls && is_dtls(packet)) return take_handshake(socket, packet, source);
  const bool rtcp = socket.rtcp || (carriage != nullptr && carriage->mux && is_muxed_rtcp(packet));
  if (carriage != nullptr && carriage->encrypted && !unprotect(*carriage, rtcp, size)) return drop_unauthentic(port);
  if (socket.latching && !latch(socket, packet_.data(), size, source)) return drop(port);
  rtcp ? forward_rtcp(port, size) : forward_rtp(port, size);
}

/// Strangers have no business here; whether who sends first is one of them shows only later.
bool Relay::admits(const RelaySocket& socket, const SocketAddress& source) {
  const Carriage* const carriage = socket.port->carriage.get();
  if (carriage != nullptr && carriage->ice) return (socket.rtcp ? carriage->rtcp_peers : carriage->rtp_peers).knows(source);
  if (!socket.latching) return socket.connected;
  return !socket.rtcp || host_of(source) == socket.port->latched_host;
}

bool Relay::unprotect(Carriage& carriage, bool rtcp, size_t& size) {
  if (!carriage.receive) return false;
  return rtcp ? carriage.receive->unprotect_rtcp(packet_.data(), size) : carriage.receive->unprotect(packet_.data(), size);
}

/// The first valid packet names the peer, once. RTCP follows RTP: it may come from another port but not from another host.
bool Relay::latch(RelaySocket& socket, const uint8_t* packet, size_t size, const SocketAddress& source) {
  const bool valid = socket.rtcp ? is_rtcp({packet, size}, socket.port->kind == MediaKind::video) : rtp_payload({packet, size}).has_value();
  if (!valid || !connect_to(socket, source)) return false;
  socket.latching = false;
  if (!socket.rtcp) socket.port->latched_host = host_of(source);
  refresh(*socket.port);
  return true;
}

void Relay::take_check(RelaySocket& socket, std::span<const uint8_t> packet, const SocketAddress& source) {
  RelayPort& port = *socket.port;
  Carriage& carriage = *port.carriage;
  const StunAnswer answer = answer_stun(packet, source, *carriage.ice, made_);
  if (answer.size > 0) (void)!::sendto(socket.fd, made_.data(), answer.size, 0, source.sa(), source.length());
  if (!answer.valid) {
    if (answer.size > 0) drop_unauthentic(port);
    return;
  }
  ++port.heard;  // who asks for consent is there, also while nobody speaks
  IcePeers& peers = socket.rtcp ? carriage.rtcp_peers : carriage.rtp_peers;
  peers.add(source);
  if (!answer.nominated || peers.nominated == source) return;
  peers.nominated = source;
  socket.sends = true;
  refresh(port);
}

void Relay::take_handshake(RelaySocket& socket, std::span<const uint8_t> packet, const SocketAddress& source) {
  RelayPort& port = *socket.port;
  DtlsSession& dtls = *port.carriage->dtls;
  if (socket.rtcp) return drop(port);
  if (socket.latching) {
    if (!connect_to(socket, source)) return drop(port);
    socket.latching = false;
    port.latched_host = host_of(source);
    refresh(port);
  }
  // Before a nomination the answer goes to whoever has passed a check and begins.
  if (IcePeers& peers = port.carriage->rtp_peers; port.carriage->ice && peers.nominated.empty()) {
    peers.nominated = source;
    socket.sends = true;
    refresh(port);
  }
  if (dtls.state() == DtlsSession::State::handshaking && !may_handshake(dtls)) return drop(port);
  const auto before = dtls.state();
  if (dtls.take(packet) != before) settle_handshake(port);
}

/// Asymmetric cryptography is what a flood would have us do: so many handshakes a second and thread, the others' clients ask again.
bool Relay::may_handshake(DtlsSession& dtls) {
  if (dtls.heard()) return true;
  constexpr unsigned kMostASecond = 200;
  if (now_ - handshakes_since_ > std::chrono::seconds(1)) {
    handshakes_since_ = now_;
    handshakes_ = 0;
  }
  return ++handshakes_ <= kMostASecond;
}

void Relay::settle_handshake(RelayPort& port) {
  Carriage& carriage = *port.carriage;
  end_handshake(port);
  bool good = carriage.dtls->state() == DtlsSession::State::done;
  if (good) {
    carriage.send = SrtpStream::make(carriage.dtls->keys().send, SrtpStream::Direction::send);
    carriage.receive = SrtpStream::make(carriage.dtls->keys().receive, SrtpStream::Direction::receive);
    good = carriage.send && carriage.receive;
  }
  report_(&port, port.rtp.generation, {good ? MediaEvent::Kind::secured : MediaEvent::Kind::unsecured});
}

void Relay::end_handshake(RelayPort& port) {
  if (std::erase(handshaking_, &port) > 0 && handshaking_.empty()) set_handshake_timer(false);
}

void Relay::look_at_handshakes() {
  uint64_t expired = 0;
  (void)!::read(handshake_timer_.get(), &expired, sizeof expired);
  // Settling takes a port out of the list.
  for (size_t i = handshaking_.size(); i-- > 0;) {
    RelayPort& port = *handshaking_[i];
    if (port.carriage->dtls->look(now_) != DtlsSession::State::handshaking) settle_handshake(port);
  }
}

void Relay::set_handshake_timer(bool on) {
  const timespec every{.tv_sec = 0, .tv_nsec = on ? kHandshakeTick.count() : 0};
  const itimerspec spec{.it_interval = every, .it_value = every};
  ::timerfd_settime(handshake_timer_.get(), 0, &spec, nullptr);
}

/// Which sockets and ports leave the short way, and whether a handshake may begin: after whatever may have changed that.
void Relay::refresh(RelayPort& port) {
  if (port.carriage && port.carriage->plain()) port.carriage.reset();
  const Carriage* const carriage = port.carriage.get();
  port.rtp.special = port.rtp.latching || carriage != nullptr;
  port.rtcp.special = port.rtcp.latching || carriage != nullptr;
  port.overheard = port.tap || port.tones;
  port.attended = port.tap || carriage != nullptr;
  if (carriage == nullptr || !carriage->dtls || carriage->dtls->begun() || !port.rtp.sends) return;
  handshaking_.push_back(&port);
  if (handshaking_.size() == 1) set_handshake_timer(true);
  now_ = clock_.now();
  carriage->dtls->begin(now_);
}

/// As send(), for ports that somebody listens to, or that have a Carriage.
bool Relay::send_attended(RelayPort& port, uint8_t* packet, size_t size) {
  if (port.tap) {
    if (const auto payload = rtp_payload({packet, size})) port.tap->hear_out(payload_type(packet), *payload, now_);
  }
  size_t length = size;
  if (Carriage* const carriage = port.carriage.get(); carriage != nullptr && carriage->encrypted) {
    if (!carriage->send || size + SrtpStream::kTrailer > kMaxPacket || !carriage->send->protect(packet, length)) return false;
  }
  if (!send_raw(port.rtp, {packet, length})) return false;
  port.counts.sent(size);
  totals_.sent(size);
  return true;
}

bool Relay::send_raw(const RelaySocket& socket, std::span<const uint8_t> packet) {
  const Carriage* const carriage = socket.port->carriage.get();
  if (carriage == nullptr || !carriage->ice) return ::send(socket.fd, packet.data(), packet.size(), 0) >= 0;
  const SocketAddress& peer = (socket.rtcp ? carriage->rtcp_peers : carriage->rtp_peers).nominated;
  return !peer.empty() && ::sendto(socket.fd, packet.data(), packet.size(), 0, peer.sa(), peer.length()) >= 0;
}

/// What stands in made_.
void Relay::send_rtcp(RelayPort& port, size_t size) {
  Carriage* const carriage = port.carriage.get();
  if (carriage == nullptr) {
    (void)!::send(port.rtcp.fd, made_.data(), size, 0);
    return;
  }
  // The keys of DTLS are those of the socket it ran on (RFC 5764 4.1.1).
  if (carriage->dtls && !carriage->mux) return;
  if (carriage->encrypted && (!carriage->send || !carriage->send->protect_rtcp(made_.data(), size))) return;
  send_raw(carriage->mux ? port.rtp : port.rtcp, {made_.data(), size});
}

DtlsSession::Send Relay::wire_of(const RelayPort& port) {
  return [&port](std::span<const uint8_t> datagram) {
    if (port.rtp.sends) send_raw(port.rtp, datagram);
  };
}

void Relay::apply(RelayPort& port, SetSecurity& order) {
  if (!port.carriage) port.carriage = std::make_unique<Carriage>();
  Carriage& carriage = *port.carriage;
  carriage.encrypted = order.encrypted;
  if (carriage.dtls && (!order.dtls || !(carriage.dtls->security() == *order.dtls))) {
    end_handshake(port);
    carriage.dtls.reset();
    carriage.send.reset();
    carriage.receive.reset();
  }
  if (order.dtls && !carriage.dtls) {
    carriage.send.reset();
    carriage.receive.reset();
    carriage.dtls = DtlsSession::make(*order.context, *order.dtls, wire_of(port));
    if (!carriage.dtls) report_(&port, port.rtp.generation, {MediaEvent::Kind::unsecured});
  }
  if (order.new_send) carriage.send = std::move(order.send);
  if (order.new_receive) carriage.receive = std::move(order.receive);
  refresh(port);
}

void Relay::apply(RelayPort& port, const SetTransport& order) {
  if (!port.carriage) port.carriage = std::make_unique<Carriage>();
  Carriage& carriage = *port.carriage;
  const bool mux_before = carriage.mux, ice_before = carriage.ice.has_value();
  carriage.mux = order.transport.rtcp_mux;
  carriage.ice = order.transport.ice;
  if (carriage.ice) {
    make_live(port);
    for (RelaySocket* socket : {&port.rtp, &port.rtcp}) open_to_checks(*socket);
  } else if (ice_before) {
    carriage.rtp_peers = carriage.rtcp_peers = IcePeers();
    aim_again(port.rtp, port.sockets.local_rtp);
  }
  if (!carriage.ice && mux_before != carriage.mux) {
    if (carriage.mux) {
      port.rtcp.sends = false;
    } else {
      aim_again(port.rtcp, port.sockets.local_rtcp);
    }
  }
  refresh(port);
}

/// Anybody may ask; who knows the password is answered. The old peer stays until the next nomination.
void Relay::open_to_checks(RelaySocket& socket) {
  IcePeers& peers = socket.rtcp ? socket.port->carriage->rtcp_peers : socket.port->carriage->rtp_peers;
  if (socket.connected) {
    const sockaddr nobody{.sa_family = AF_UNSPEC, .sa_data = {}};
    ::connect(socket.fd, &nobody, sizeof nobody);
  }
  socket.connected = socket.latching = false;
  socket.sends = !peers.nominated.empty();
  watch(socket);
}

void Relay::aim_again(RelaySocket& socket, const SocketAddress& local) {
  const SocketAddress wanted = std::exchange(socket.wanted, SocketAddress());
  aim(socket, local, wanted, socket.latched);
}

void Relay::drop_unauthentic(RelayPort& port) {
  port.counts.unauthentic_packets.add(1);
  totals_.unauthentic_packets.add(1);
  drop(port);
}

void Relay::drop_foreign(RelayPort& port) {
  port.counts.foreign_packets.add(1);
  totals_.foreign_packets.add(1);
  drop(port);
}

}  // namespace tandem
