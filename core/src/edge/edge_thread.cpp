#include "edge/edge_thread.h"

#include <fmt/format.h>
#include <sys/socket.h>

#include <cerrno>
#include <csignal>
#include <cstring>
#include <future>
#include <utility>

#include "edge/flow.h"
#include "edge/own_certificate.h"
#include "tandem/log.h"

namespace tandem {
namespace {

constexpr Log kLog("edge");

Result<Descriptor> listen_at(const SocketAddress& address, std::string_view name) {
  Descriptor socket(::socket(address.family(), SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  const int yes = 1;
  if (socket) {
    (void)::setsockopt(socket.get(), SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    if (address.family() == AF_INET6) (void)::setsockopt(socket.get(), IPPROTO_IPV6, IPV6_V6ONLY, &yes, sizeof yes);
  }
  if (socket && ::bind(socket.get(), address.sa(), address.length()) == 0 && ::listen(socket.get(), SOMAXCONN) == 0) return socket;
  const char* const why = errno == EADDRINUSE ? "it is taken by another program" : std::strerror(errno);
  return Error{ErrorCode::io, fmt::format("cannot serve {} at {}: {}", name, address.to_string(), why)};
}

void add(Door::Counts& to, const Door::Counts& more) {
  to.accepted += more.accepted;
  to.refused += more.refused;
  to.handshakes_failed += more.handshakes_failed;
  to.handshakes_late += more.handshakes_late;
  to.cut += more.cut;
}

SocketAddress bound_address(const Descriptor& socket) {
  sockaddr_storage name{};
  socklen_t length = sizeof name;
  if (::getsockname(socket.get(), reinterpret_cast<sockaddr*>(&name), &length) != 0) return {};
  return {reinterpret_cast<sockaddr*>(&name), length};
}

}  // namespace

class EdgeThread::Handle final : public EdgeListener {
 public:
  Handle(EdgeThread& edge, uint64_t door, EdgeListenerSettings settings, const SocketAddress& bound)
      : edge_(edge), door_(door), settings_(std::move(settings)), bound_(bound) {}
  ~Handle() override { edge_.close(door_); }
  SocketAddress bound() const override { return bound_; }

  Result<Task> prepare(EdgeListenerSettings settings) override {
    settings.name = settings_.name;
    settings.kind = settings_.kind;
    settings.address = settings_.address;
    settings.inward = settings_.inward;
    auto prepared = edge_.prepare(std::move(settings));
    if (!prepared) return prepared.error();
    return Task([this, next = std::move(*prepared)]() mutable {
      settings_ = next.settings;
      edge_.run_there([this, &next] { edge_.open_.at(door_)->use(std::move(next.settings), std::move(next.context)); });
    });
  }

 private:
  EdgeThread& edge_;
  const uint64_t door_;
  EdgeListenerSettings settings_;
  const SocketAddress bound_;
};

class EdgeThread::Outlet final : public EdgeOutlet {
 public:
  Outlet(EdgeThread& edge, uint64_t door) : edge_(edge), door_(door) {}
  ~Outlet() override { edge_.close(door_); }

 private:
  EdgeThread& edge_;
  const uint64_t door_;
};

EdgeThread::EdgeThread(Clock& clock, std::string state_folder) : clock_(clock), state_folder_(std::move(state_folder)), loop_(clock) {
  loop_.on_beat([this] {
    for (const auto& [id, door] : open_) door->beat();
    count();
  });
}

EdgeThread::~EdgeThread() {
  if (!thread_.joinable()) return;
  run_there([this] { open_.clear(); });
  loop_.stop();
  thread_.join();
}

void EdgeThread::start() {
  if (thread_.joinable()) return;
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  thread_ = std::thread([this] { loop_.run(); });
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  pthread_setname_np(thread_.native_handle(), "edge");
}

void EdgeThread::run_there(Task task) {
  std::promise<void> done;
  const bool posted = loop_.post([&] {
    task();
    done.set_value();
  });
  if (posted) done.get_future().wait();
}

Result<EdgeThread::Prepared> EdgeThread::prepare(EdgeListenerSettings settings) {
  if (settings.inward.family() != AF_INET || !settings.inward.is_loopback())
    return Error{ErrorCode::invalid, fmt::format("{}: {} is no loopback address", settings.name, settings.inward.to_string())};
  Prepared prepared;
  if (settings.kind != EdgeKind::ws) {
    if (settings.tls.chains.empty()) {
      auto names = settings.names;
      if (!settings.address.is_unspecified()) names.push_back(settings.address.host());
      auto own = own_certificate(state_folder_, names, clock_.wall());
      if (!own) return own.error();
      settings.tls.chains.push_back(std::move(*own));
    }
    auto context = TlsContext::make(settings.tls, settings.name);
    if (!context) return Error{context.error().code, settings.name + ": " + context.error().message};
    prepared.context = std::move(*context);
  }
  prepared.settings = std::move(settings);
  return prepared;
}

Result<std::unique_ptr<EdgeListener>> EdgeThread::open(EdgeListenerSettings settings) {
  auto prepared = prepare(std::move(settings));
  if (!prepared) return prepared.error();
  const EdgeListenerSettings& wanted = prepared->settings;
  auto socket = listen_at(wanted.address, wanted.name);
  if (!socket) return socket.error();
  const SocketAddress bound = bound_address(*socket);
  EdgeListenerSettings kept = wanted;
  auto door = std::make_unique<Door>(loop_, peers_, std::move(prepared->settings), std::move(prepared->context), std::move(*socket));
  start();
  const uint64_t id = ++last_;
  bool started = false;
  run_there([&] {
    started = door->start();
    if (started) open_.emplace(id, std::move(door));
  });
  if (!started) return Error{ErrorCode::io, fmt::format("{} cannot be watched", kept.name)};
  bound_.emplace(id, bound);
  kLog.line(LogLevel::info, "{} serves {} at {}", kept.name, to_string(kept.kind), bound.to_string());
  return std::unique_ptr<EdgeListener>(std::make_unique<Handle>(*this, id, std::move(kept), bound));
}

Result<std::unique_ptr<EdgeOutlet>> EdgeThread::dial(EdgeDialSettings settings) {
  if (settings.inward.family() != AF_INET || !settings.inward.is_loopback())
    return Error{ErrorCode::invalid, fmt::format("{}: {} is no loopback address", settings.name, settings.inward.to_string())};
  auto context = TlsContext::make(settings);
  if (!context) return Error{context.error().code, settings.name + ": " + context.error().message};
  EdgeListenerSettings door;
  door.name = settings.name;
  door.address = settings.address;
  door.inward = settings.inward;
  door.sent_by = std::move(settings.sent_by);
  auto made = std::make_unique<Door>(loop_, peers_, std::move(door), std::move(*context), Descriptor());
  start();
  const uint64_t id = ++last_;
  run_there([&] {
    open_.emplace(id, std::move(made));
    (void)open_.at(id)->start();
  });
  bound_.emplace(id, settings.address);
  return std::unique_ptr<EdgeOutlet>(std::make_unique<Outlet>(*this, id));
}

void EdgeThread::close(uint64_t door) {
  bound_.erase(door);
  run_there([this, door] {
    const auto it = open_.find(door);
    if (it == open_.end()) return;
    it->second->close();
    add(closed_, it->second->counts());
    loop_.bury(std::shared_ptr<Door>(std::move(it->second)));  // an event of it may be in the batch
    open_.erase(it);
  });
}

void EdgeThread::count() {
  Door::Counts all = closed_;
  size_t connections = 0;
  for (const auto& [id, door] : open_) {
    add(all, door->counts());
    connections += door->connections();
  }
  const auto tell = [](std::atomic<uint64_t>& to, uint64_t value) { to.store(value, std::memory_order_relaxed); };
  tell(totals_.connections, connections);
  tell(totals_.accepted, all.accepted);
  tell(totals_.refused, all.refused);
  tell(totals_.failed, all.handshakes_failed);
  tell(totals_.late, all.handshakes_late);
  tell(totals_.cut, all.cut);
}

void EdgeThread::disconnect(uint64_t id) {
  (void)!loop_.post([this, id] {
    for (const auto& [door, one] : open_) one->disconnect(id);
  });
}

bool EdgeThread::report(UniqueFunction<void(Json)> done) {
  if (!thread_.joinable()) return false;
  return loop_.post([this, tell = std::move(done)]() mutable {
    Json all = Json::array();
    for (const auto& [id, door] : open_) {
      Json one = door->report();
      one["id"] = id;
      all.push_back(std::move(one));
    }
    tell(std::move(all));
  });
}

}  // namespace tandem
