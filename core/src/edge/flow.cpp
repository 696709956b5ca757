#include "edge/flow.h"

#include <fmt/format.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "edge/certificate.h"
#include "tandem/log.h"

namespace tandem {
namespace {

constexpr Log kLog("edge");
constexpr uint32_t kEvents = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET;
constexpr size_t kFull = 65'536;                                // octets that wait: whoever brings more is not read
constexpr int kRounds = 8;                                      // before others have their turn
constexpr int kProbeAfter = 60, kProbeEvery = 20, kProbes = 3;  // seconds, seconds, probes: a far end that has gone without a word
constexpr unsigned kUnacknowledged = 20'000;                    // ms
constexpr int kSendBuffer = 131'072;                            // octets; the kernel doubles it
constexpr unsigned kInnerHosts = 250;
constexpr ssize_t kAgain = -1, kGone = -2;

void set(int descriptor, int level, int name, auto value) { (void)::setsockopt(descriptor, level, name, &value, sizeof value); }

void set_client_options(int descriptor) {
  set(descriptor, IPPROTO_TCP, TCP_NODELAY, 1);
  set(descriptor, SOL_SOCKET, SO_SNDBUF, kSendBuffer);
  set(descriptor, SOL_SOCKET, SO_KEEPALIVE, 1);
  set(descriptor, IPPROTO_TCP, TCP_KEEPIDLE, kProbeAfter);
  set(descriptor, IPPROTO_TCP, TCP_KEEPINTVL, kProbeEvery);
  set(descriptor, IPPROTO_TCP, TCP_KEEPCNT, kProbes);
  set(descriptor, IPPROTO_TCP, TCP_USER_TIMEOUT, kUnacknowledged);
}

SocketAddress local_address(int descriptor) {
  sockaddr_storage name{};
  socklen_t length = sizeof name;
  if (::getsockname(descriptor, reinterpret_cast<sockaddr*>(&name), &length) != 0) return {};
  return {reinterpret_cast<sockaddr*>(&name), length};
}

// 28 000 ports each; the first that has one left.
bool bind_inner(int descriptor, uint64_t id) {
  for (unsigned attempt = 0; attempt < kInnerHosts; ++attempt) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(0x7f000100U + 1 + static_cast<uint32_t>((id + attempt) % kInnerHosts));
    if (::bind(descriptor, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0) return true;
    if (errno != EADDRINUSE) return false;
  }
  return false;
}

}  // namespace

EdgeFlow::EdgeFlow(Door& door, uint64_t id, Descriptor client, const SocketAddress& address)
    : door_(door),
      settings_(door.settings()),
      context_(door.context()),
      peer_(std::make_shared<EdgePeer>()),
      client_(*this),
      inner_(*this),
      since_(door.loop().now()),
      heard_(since_),
      progress_(since_) {
  client_.socket = std::move(client);
  peer_->id = id;
  peer_->listener = settings_->name;
  peer_->kind = settings_->kind;
  peer_->address = address;
  peer_->door = local_address(client_.socket.get());
  peer_->dialled = door.dials();
  protocol_ = make_protocol(*settings_, *peer_);
}

EdgeFlow::~EdgeFlow() = default;

bool EdgeFlow::start() {
  set_client_options(client_.socket.get());
  if (!door_.loop().watch(client_.socket.get(), kEvents, client_)) return false;
  if (context_ == nullptr) secured();
  return true;
}

void EdgeFlow::Side::ready(uint32_t events) {
  if ((events & (EPOLLIN | EPOLLRDHUP | EPOLLHUP | EPOLLERR)) != 0) readable = true;
  if ((events & (EPOLLOUT | EPOLLHUP | EPOLLERR)) != 0) writable = true;
  flow.wake(*this);
}

void EdgeFlow::wake(Side& side) {
  if (phase_ == Phase::over) return;
  if (phase_ != Phase::shaking) return pump();
  const bool begins = peer_->dialled && !ssl_ && side.writable;  // then it stands, and the first word is ours
  if (&side != &client_ || (!side.readable && !begins) || step_due_) return;
  step_due_ = true;
  door_.loop().slowly([flow = shared_from_this()] { flow->shake(); });
}

void EdgeFlow::shake() {
  step_due_ = false;
  if (phase_ != Phase::shaking) return;
  client_.readable = false;
  // Not before it has said something: who only connects costs little.
  if (!ssl_) ssl_ = peer_->dialled ? context_->connect(client_.socket.get()) : context_->accept(client_.socket.get());
  if (!ssl_) return cut("no memory for TLS", false);
  ERR_clear_error();
  const int result = SSL_do_handshake(ssl_.get());
  if (result == 1) {
    client_.readable = client_.writable = true;
    const std::string why = peer_->dialled ? context_->stranger(ssl_.get()) : std::string();
    return why.empty() ? secured() : cut(why, false);
  }
  const int wants = SSL_get_error(ssl_.get(), result);
  if (wants == SSL_ERROR_WANT_READ || wants == SSL_ERROR_WANT_WRITE) return;
  ++door_.counts().handshakes_failed;
  cut(wants == SSL_ERROR_SSL ? fmt::format("TLS handshake: {}", openssl_error()) : "it left in the middle of the TLS handshake",
      wants == SSL_ERROR_SSL && !peer_->dialled);
}

// Plain, or through the TLS handshake.
void EdgeFlow::secured() {
  phase_ = Phase::opening;
  if (ssl_) {
    peer_->version = SSL_get_version(ssl_.get());
    peer_->cipher = SSL_get_cipher_name(ssl_.get());
    const char* const name = SSL_get_servername(ssl_.get(), TLSEXT_NAMETYPE_host_name);
    if (name != nullptr) peer_->server_name = name;
    peer_->certificate = describe_certificate(SSL_get0_peer_certificate(ssl_.get()), TlsContext::trusts(ssl_.get()));
  }
  obey(protocol_->begin());
  if (phase_ != Phase::over) pump();
}

void EdgeFlow::connect_inward() {
  phase_ = Phase::open;
  counted_ = false;
  if (peer_->dialled) {
    door_.reached();
    kLog.line(LogLevel::notice, "{}: connected, {} {}", peer_->listener, peer_->version, peer_->cipher);
  }
  door_.gate().handshake_over(peer_->address);
  inner_.socket = Descriptor(::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  const int fd = inner_.socket.get();
  if (fd < 0 || !bind_inner(fd, id())) return cut(fmt::format("no loopback connection: {}", std::strerror(errno)), false);
  set(fd, IPPROTO_TCP, TCP_NODELAY, 1);
  set(fd, SOL_SOCKET, SO_SNDBUF, kSendBuffer);
  inner_address_ = local_address(fd);
  door_.peers().put(inner_address_, peer_);  // before whoever accepts it can ask
  const SocketAddress& inward = settings_->inward;
  if (::connect(fd, inward.sa(), inward.length()) != 0 && errno != EINPROGRESS)
    return cut(fmt::format("nobody serves at {}: {}", inward.to_string(), std::strerror(errno)), false);
  if (!door_.loop().watch(fd, kEvents, inner_)) return cut("no room to watch it", false);
  kLog.line(LogLevel::debug, "{} {} {} from {}: {}", peer_->listener, peer_->id, to_string(peer_->kind), peer_->address.to_string(),
            peer_->version.empty() ? "plain" : peer_->version + " " + peer_->cipher);
}

void EdgeFlow::pump() {
  for (int round = 0; round < kRounds; ++round) {
    if (phase_ == Phase::over || phase_ == Phase::shaking) return;
    bool moved = flush(client_, pipes_.to_client);
    if (phase_ == Phase::open) moved |= flush(inner_, pipes_.to_inner);
    if (phase_ != Phase::over) moved |= read_client();
    if (phase_ == Phase::open) moved |= read_inner();
    if (phase_ == Phase::over) return;
    if (!moved) return ends();
  }
  if (step_due_) return;
  step_due_ = true;
  door_.loop().soon([flow = shared_from_this()] {
    flow->step_due_ = false;
    flow->pump();
  });
}

// What is left to do when nothing moves any more: the order of the ends.
void EdgeFlow::ends() {
  if (inner_.ended && pipes_.to_client.empty()) return end(true);
  if (!client_.ended && !(finishing_ && pipes_.to_client.empty())) return;
  if (phase_ != Phase::open) return end(finishing_);
  if (!pipes_.to_inner.empty() || inner_told_) return;
  // The stack reads what came last before it sees the end; closed at once, a reset could overtake it.
  inner_told_ = true;
  (void)::shutdown(inner_.socket.get(), SHUT_WR);
}

ssize_t EdgeFlow::receive(Side& side) {
  std::string& room = door_.scratch();
  if (&side == &client_ && ssl_) {
    ERR_clear_error();
    const int count = SSL_read(ssl_.get(), room.data(), static_cast<int>(room.size()));
    if (count > 0) return count;
    const int wants = SSL_get_error(ssl_.get(), count);
    return wants == SSL_ERROR_WANT_READ || wants == SSL_ERROR_WANT_WRITE ? kAgain : wants == SSL_ERROR_ZERO_RETURN ? 0 : kGone;
  }
  const ssize_t count = ::recv(side.socket.get(), room.data(), room.size(), MSG_DONTWAIT);
  if (count >= 0) return count;
  return errno == EAGAIN || errno == EINTR || errno == ENOTCONN ? kAgain : kGone;
}

ssize_t EdgeFlow::send(Side& side, std::string_view octets) {
  if (&side == &client_ && ssl_) {
    ERR_clear_error();
    const int count = SSL_write(ssl_.get(), octets.data(), static_cast<int>(std::min<size_t>(octets.size(), 1 << 20)));
    if (count > 0) return count;
    const int wants = SSL_get_error(ssl_.get(), count);
    return wants == SSL_ERROR_WANT_READ || wants == SSL_ERROR_WANT_WRITE ? kAgain : kGone;
  }
  const ssize_t count = ::send(side.socket.get(), octets.data(), octets.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
  if (count >= 0) return count;
  return errno == EAGAIN || errno == EINTR || errno == ENOTCONN ? kAgain : kGone;
}

bool EdgeFlow::flush(Side& side, std::string& octets) {
  size_t sent = 0;
  while (sent < octets.size() && side.writable && phase_ != Phase::over) {
    const ssize_t count = send(side, std::string_view(octets).substr(sent));
    if (count == kAgain) {
      side.writable = false;
    } else if (count < 0) {
      if (&side == &client_) {
        end(false);
        return true;
      }
      side.ended = true;
      sent = octets.size();
    } else {
      sent += static_cast<size_t>(count);
    }
  }
  if (sent == 0) return false;
  if (&side == &client_) progress_ = door_.loop().now();
  octets.erase(0, sent);
  if (octets.empty() && octets.capacity() > 64) octets.shrink_to_fit();
  return true;
}

// A client that takes nothing is not read either: what it asks for would pile up.
bool EdgeFlow::read_client() {
  if (!client_.readable || client_.ended || finishing_) return false;
  if (pipes_.to_inner.size() >= kFull || pipes_.to_client.size() >= kFull) return false;
  const ssize_t count = receive(client_);
  if (count == kAgain) {
    client_.readable = false;
    return false;
  }
  if (count <= 0) {
    client_.ended = true;
    if (count < 0 || !protocol_->half_close()) pipes_.to_client.clear();
    return true;
  }
  heard_ = door_.loop().now();
  pinged_ = false;
  if (pipes_.to_client.empty()) progress_ = heard_;
  obey(protocol_->from_client(std::string_view(door_.scratch()).substr(0, static_cast<size_t>(count)), pipes_));
  if (phase_ != Phase::over) note_half();
  return true;
}

bool EdgeFlow::read_inner() {
  if (!inner_.readable || inner_.ended || pipes_.to_client.size() >= kFull) return false;
  const ssize_t count = receive(inner_);
  if (count == kAgain) {
    inner_.readable = false;
    return false;
  }
  if (count <= 0) {
    inner_.ended = true;
    if (!client_.ended && !finishing_) protocol_->farewell(pipes_);
    return true;
  }
  if (finishing_ || (client_.ended && !protocol_->half_close())) return true;  // nobody is there to take it
  if (pipes_.to_client.empty()) progress_ = door_.loop().now();
  obey(protocol_->from_inner(std::string_view(door_.scratch()).substr(0, static_cast<size_t>(count)), pipes_));
  return true;
}

void EdgeFlow::obey(const EdgeVerdict& verdict) {
  switch (verdict.what) {
    case EdgeVerdict::What::go_on:
      return;
    case EdgeVerdict::What::opened:
      return connect_inward();
    case EdgeVerdict::What::finish:
      if (verdict.suspicious) log_security({"RequestBadFormat", "EDGE", peer_->address, "", verdict.why, to_string(peer_->kind)});
      kLog.line(LogLevel::debug, "{} {} of {} ends: {}", peer_->listener, peer_->id, peer_->address.to_string(), verdict.why);
      finishing_ = true;
      return;
    case EdgeVerdict::What::cut:
      return cut(verdict.why, verdict.suspicious);
  }
}

void EdgeFlow::note_half() {
  if (!protocol_->half()) {
    half_.reset();
  } else if (!half_) {
    half_ = heard_;
  }
}

void EdgeFlow::beat() {
  const Instant now = door_.loop().now();
  const EdgeLimits& limits = door_.settings()->limits;
  if (phase_ == Phase::shaking || phase_ == Phase::opening) {
    if (now - since_ <= limits.handshake) return;
    ++door_.counts().handshakes_late;
    return cut("its handshake was not over in time", true);
  }
  if (half_ && now - *half_ > limits.message) return cut("a message that does not end", true);
  if (!pipes_.to_client.empty() && now - progress_ > limits.unread) return cut("it does not take what we send", true);
  if ((client_.ended || finishing_) && now - progress_ > limits.unread && now - heard_ > limits.unread) return end(false);
  const bool silent = limits.keep_alive.count() > 0 && now - heard_ > limits.keep_alive;
  if (!silent || (peer_->kind != EdgeKind::ws && peer_->kind != EdgeKind::wss)) return;
  if (pinged_ && now - heard_ > 2 * limits.keep_alive + limits.unread) return cut("no answer to a ping", false);
  if (pinged_) return;
  pinged_ = true;
  protocol_->keep_alive(pipes_);
  pump();
}

void EdgeFlow::dismiss(std::string_view why) {
  if (phase_ == Phase::over) return;
  kLog.line(LogLevel::debug, "{} {} of {} is sent away: {}", peer_->listener, peer_->id, peer_->address.to_string(), why);
  if (phase_ == Phase::shaking) return end(false);
  protocol_->farewell(pipes_);
  flush(client_, pipes_.to_client);
  end(true);
}

void EdgeFlow::cut(std::string_view why, bool suspicious) {
  if (phase_ == Phase::over) return;
  ++door_.counts().cut;
  kLog.line(peer_->dialled ? LogLevel::notice : LogLevel::info, "{}: connection of {} is cut: {}", peer_->listener,
            peer_->address.to_string(), why);
  if (suspicious) log_security({"RequestBadFormat", "EDGE", peer_->address, "", std::string(why), to_string(peer_->kind)});
  end(false);
}

void EdgeFlow::end(bool politely) {
  if (phase_ == Phase::over) return;
  if (ssl_ && politely && SSL_is_init_finished(ssl_.get()) == 1) {
    ERR_clear_error();
    SSL_shutdown(ssl_.get());
  }
  phase_ = Phase::over;
  if (!inner_address_.empty()) door_.peers().erase(inner_address_);
  door_.gate().gone(peer_->address, counted_);
  ssl_.reset();
  client_.socket.reset();
  inner_.socket.reset();
  pipes_ = {};
  door_.over(*this);
}

}  // namespace tandem
