// Ports that go to another media thread and come from one. Everything that is theirs goes with them in one parcel; meanwhile what is sent
// to them waits in their sockets.
#include <sys/epoll.h>

#include <algorithm>

#include "media/port_parcel.h"
#include "media/relay.h"

namespace tandem {

void Relay::unwatch(RelaySocket& socket) {
  if (socket.watched) ::epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, socket.fd, nullptr);
}

/// Like closing it, without a BYE to the peer: for that one nothing ends.
void Relay::apply(RelayPort& port, const SendAway& order) {
  PortParcel& parcel = *order.parcel;
  unwatch(port.rtp);
  unwatch(port.rtcp);
  parcel.rtp = port.rtp;
  parcel.rtcp = port.rtcp;
  parcel.live = port.live;
  parcel.playing = port.playing;
  parcel.handshaking = std::find(handshaking_.begin(), handshaking_.end(), &port) != handshaking_.end();
  end_handshake(port);
  parcel.contents = std::apply([](auto&... each) { return decltype(parcel.contents)(std::move(each)...); }, belongings(port));
  close(port);
  parcel.filled.store(true, std::memory_order_release);
}

bool Relay::apply(RelayPort& port, uint64_t generation, const TakeIn& order) {
  PortParcel& parcel = *order.parcel;
  if (!parcel.filled.load(std::memory_order_acquire)) return false;
  now_ = clock_.now();
  belongings(port) = std::move(parcel.contents);
  port.to = port.feed = port.next_feed = PortRef();
  port.routes = Routes();
  port.rtp = parcel.rtp;
  port.rtcp = parcel.rtcp;
  for (RelaySocket* socket : {&port.rtp, &port.rtcp}) {
    socket->generation = generation;
    socket->port = &port;
    if (std::exchange(socket->watched, false)) watch(*socket);
  }
  port.out.forget_source();  // the generations of this thread are others
  if (port.carriage && port.carriage->dtls) port.carriage->dtls->send_by(wire_of(port));
  if (parcel.live) set_live(port, true);
  if (parcel.playing) set_playing(port);
  if (parcel.handshaking) {
    handshaking_.push_back(&port);
    if (handshaking_.size() == 1) set_handshake_timer(true);
  }
  refresh(port);
  reroute(port);
  port.counted.store(generation, std::memory_order_release);
  return true;
}

}  // namespace tandem
