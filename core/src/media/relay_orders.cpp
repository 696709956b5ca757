// What the orders of the switch thread do to a port. An order whose port has been closed meanwhile finds another generation and does
// nothing.
#include <sys/epoll.h>
#include <sys/socket.h>

#include <algorithm>
#include <string_view>

#include "media/relay.h"

namespace tandem {

bool Relay::apply(Order& order) {
  RelayPort& port = *order.port;
  if (const auto* taken = std::get_if<TakeIn>(&order.what)) return apply(port, order.generation, *taken);
  if (auto* open = std::get_if<OpenPort>(&order.what)) {
    apply(port, order.generation, *open);
    return true;
  }
  if (port.rtp.generation != order.generation) return true;
  std::visit(
      [&](auto& what) {
        using What = std::decay_t<decltype(what)>;
        if constexpr (!std::is_same_v<What, OpenPort> && !std::is_same_v<What, TakeIn>) apply(port, what);
      },
      order.what);
  return true;
}

void Relay::apply(RelayPort& port, uint64_t generation, OpenPort& order) {
  port.sockets = std::move(order.sockets);
  port.rtp = RelaySocket{.fd = port.sockets.rtp.get(), .rtcp = false, .generation = generation, .port = &port};
  port.rtcp = RelaySocket{.fd = port.sockets.rtcp.get(), .rtcp = true, .generation = generation, .port = &port};
  port.kind = order.kind;
  port.to = port.feed = port.next_feed = PortRef();
  port.formats = PortFormats();
  port.routes = Routes();
  port.in.clear();
  port.out.begin(static_cast<uint32_t>(random_()), static_cast<uint32_t>(random_()));
  port.digits = DigitEar();
  port.gate = KeyGate();
  port.open_event.reset();
  port.keys = DigitSender();
  port.reports = Reports();
  constexpr std::string_view kLetters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  for (char& c : port.reports.cname) c = kLetters[random_() % kLetters.size()];
  port.latched_host = SocketAddress();
  refresh(port);
  port.counts.clear();
  port.counted.store(generation, std::memory_order_release);
}

void Relay::apply(RelayPort& port, const ClosePort& /*order*/) {
  if (port.reports.begun || port.out.started()) send_report(port, true);
  close(port);
}

void Relay::close(RelayPort& port) {
  set_live(port, false);
  port.limit = Duration::zero();
  port.transcoders.clear();
  port.player.reset();
  port.encoder.reset();
  port.tap.reset();
  port.tones.reset();
  port.overheard = false;
  if (port.carriage && port.carriage->dtls) end_handshake(port);
  port.carriage.reset();
  port.attended = false;
  if (port.playing) std::erase(playing_, &port);
  port.playing = false;
  port.rtp = RelaySocket{};
  port.rtcp = RelaySocket{};
  port.sockets = SocketPair{};  // closing takes them out of the epoll set
}

void Relay::apply(RelayPort& port, const SetFormats& order) {
  port.formats = order.formats;
  port.counts.sound_format.set(static_cast<uint64_t>(port.formats.in_count > 0 ? port.formats.in[0].format : Format::unknown));
  if (port.tap) port.tap->follow(port.formats);
  if (port.tones) port.tones->follow(port.formats);
  port.out.forget_source();
  reroute(port);
  for (const PortRef& feed : {port.feed, port.next_feed}) {
    if (feed.port != nullptr && feed.port->rtp.generation == feed.generation) reroute(*feed.port);
  }
}

void Relay::apply(RelayPort& port, const RelayTo& order) {
  port.to = order.to;
  if (RelayPort* to = order.to.port; to != nullptr && to->rtp.generation == order.to.generation) {
    const PortRef self{&port, port.rtp.generation};
    to->next_feed = to->feed == self ? PortRef{} : self;
  }
  reroute(port);
}

/// The target's formats count even while it has no peer to send to.
void Relay::reroute(RelayPort& port) {
  RelayPort* const to = port.to.port != nullptr && port.to.port->rtp.generation == port.to.generation ? port.to.port : nullptr;
  port.routes = make_routes(port.formats, to == nullptr ? nullptr : &to->formats);
  port.transcoders.clear();
  for (const Route& route : port.routes) {
    if (route.kind == Route::Kind::transcode) add_transcoder(port, route.format, to->formats);
  }
}

void Relay::add_transcoder(RelayPort& port, Format from, const PortFormats& to) {
  const auto known = [&](const auto& t) { return t->from() == from; };
  if (std::none_of(port.transcoders.begin(), port.transcoders.end(), known)) {
    port.transcoders.push_back(std::make_unique<Transcoder>(from, to.to_send()->format, to.ptime, to.to_send()->opus));
  }
}

void Relay::apply(RelayPort& port, const Record& order) {
  port.tap = order.sink ? std::make_unique<Tap>(order.sink, port.formats, clock_.now()) : nullptr;
  refresh(port);
}

void Relay::apply(RelayPort& port, SetCorrelation& order) { port.reports.correlation = std::move(order.id); }

void Relay::apply(RelayPort& port, const HearTones& order) {
  port.tones = order.on ? std::make_unique<ToneEar>(port.formats) : nullptr;
  refresh(port);
}

void Relay::apply(RelayPort& port, const SetTimeout& order) {
  port.limit = order.limit;
  port.reported = false;
  port.heard_before = port.heard;
  port.quiet_since = clock_.now();
  if (order.limit > Duration::zero()) set_live(port, true);
}

void Relay::apply(RelayPort& port, const SetRemote& order) {
  make_live(port);
  aim(port.rtp, port.sockets.local_rtp, order.rtp, order.latch);
  aim(port.rtcp, port.sockets.local_rtcp, order.rtcp, order.latch);
  refresh(port);
}

void Relay::make_live(RelayPort& port) {
  if (port.live) return;
  now_ = clock_.now();
  schedule_report(port, true);
  set_live(port, true);
}

/// An address that cannot be sent to (none, or 0.0.0.0 of an old-style hold) stops the sending and leaves the receiving as it was: whoever
/// holds may play music. Our own address would make a packet go round for ever.
void Relay::aim(RelaySocket& socket, const SocketAddress& local, const SocketAddress& remote, bool latch) {
  const bool usable = remote.family() == local.family() && remote.port() != 0 && !remote.is_unspecified() && !(remote == local);
  const Carriage* const carriage = socket.port->carriage.get();
  if (carriage != nullptr && (carriage->ice || (carriage->mux && socket.rtcp))) {  // only in case that ends
    if (usable) socket.wanted = remote;
    socket.latched = latch;
    return;
  }
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

}  // namespace tandem
