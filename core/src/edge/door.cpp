#include "edge/door.h"

#include <fmt/format.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <vector>

#include "edge/flow.h"
#include "tandem/log.h"

namespace tandem {
namespace {

constexpr Log kLog("edge");
constexpr int kAcceptsPerTurn = 32;
constexpr size_t kScratch = 16'384;  // octets: one TLS record

// With a reset, so that it costs us no state.
void refuse(const Descriptor& client) {
  const linger now{1, 0};
  (void)::setsockopt(client.get(), SOL_SOCKET, SO_LINGER, &now, sizeof now);
}

std::string date(WallTime at) {
  const time_t seconds = std::chrono::system_clock::to_time_t(at);
  tm utc{};
  gmtime_r(&seconds, &utc);
  return fmt::format("{:04}-{:02}-{:02}", utc.tm_year + 1900, utc.tm_mon + 1, utc.tm_mday);
}

// Unique in the process, whichever door it is.
uint64_t next_flow() {
  static uint64_t last = 0;  // edge thread alone
  return ++last;
}

}  // namespace

Door::Door(EdgeLoop& loop, PeerTable& peers, EdgeListenerSettings settings, std::shared_ptr<const TlsContext> context, Descriptor listening)
    : loop_(loop),
      peers_(peers),
      settings_(std::make_shared<const EdgeListenerSettings>(std::move(settings))),
      context_(std::move(context)),
      listening_(std::move(listening)),
      dials_(!listening_),
      scratch_(kScratch, '\0') {}

Door::~Door() { close(); }

void Door::close() {
  dials_ = false;
  listening_ = Descriptor();
  for (const auto& [id, flow] : std::exchange(flows_, {})) flow->dismiss("the door closes");
}

bool Door::start() {
  if (!dials_) return loop_.watch(listening_.get(), EPOLLIN, *this);
  dial();
  return true;
}

// The pause doubles while nobody is there, so that a carrier that comes back is not run down.
void Door::dial() {
  if (!dials_ || !flows_.empty() || loop_.clock().now() < next_dial_) return;
  next_dial_ = loop_.clock().now() + pause_;
  pause_ = std::min(pause_ * 2, kLongestPause);
  const SocketAddress& to = settings_->address;
  Descriptor socket(::socket(to.family(), SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!socket || (::connect(socket.get(), to.sa(), to.length()) != 0 && errno != EINPROGRESS)) {
    kLog.line(LogLevel::notice, "{}: no connection to {}: {}", settings_->name, to.to_string(), std::strerror(errno));
    return;
  }
  admit(std::move(socket), to);
}

void Door::use(EdgeListenerSettings settings, std::shared_ptr<const TlsContext> context) {
  settings_ = std::make_shared<const EdgeListenerSettings>(std::move(settings));
  context_ = std::move(context);
}

void Door::ready(uint32_t /*events*/) {
  for (int i = 0; i < kAcceptsPerTurn && !paused_; ++i) {
    sockaddr_storage name{};
    socklen_t length = sizeof name;
    Descriptor client(::accept4(listening_.get(), reinterpret_cast<sockaddr*>(&name), &length, SOCK_NONBLOCK | SOCK_CLOEXEC));
    if (!client) {
      if (errno != EMFILE && errno != ENFILE && errno != ENOBUFS && errno != ENOMEM) return;
      kLog.line(LogLevel::error, "{}: no connection can be taken: {}", settings_->name, std::strerror(errno));
      paused_ = true;  // or the loop would spin
      (void)::listen(listening_.get(), 0);
      return;
    }
    admit(std::move(client), {reinterpret_cast<sockaddr*>(&name), length});
  }
}

void Door::admit(Descriptor client, const SocketAddress& address) {
  const std::string_view why_not = gate_.admit(address, settings_->limits);
  if (!why_not.empty()) {
    ++counts_.refused;
    log_security({"SessionLimit", "EDGE", address, "", std::string(why_not), to_string(settings_->kind)});
    return refuse(client);
  }
  ++counts_.accepted;
  auto flow = std::make_shared<EdgeFlow>(*this, next_flow(), std::move(client), address);
  flows_.emplace(flow->id(), flow);
  if (!flow->start()) flow->dismiss("no room to watch it");
}

void Door::beat() {
  if (std::exchange(paused_, false)) (void)::listen(listening_.get(), SOMAXCONN);
  std::vector<std::shared_ptr<EdgeFlow>> all;  // a flow may end in the middle of it
  all.reserve(flows_.size());
  for (const auto& [id, flow] : flows_) all.push_back(flow);
  for (const auto& flow : all) flow->beat();
  dial();
}

void Door::disconnect(uint64_t id) {
  const auto it = flows_.find(id);
  if (it == flows_.end()) return;
  const auto flow = it->second;
  flow->dismiss("as asked");
}

void Door::over(EdgeFlow& flow) {
  const auto it = flows_.find(flow.id());
  if (it == flows_.end()) return;
  loop_.bury(std::move(it->second));
  flows_.erase(it);
}

Json Door::report() const {
  Json certificates = Json::array();
  if (context_ != nullptr) {
    for (const auto& one : context_->served())
      certificates.push_back({{"file", one.file}, {"subject", one.subject}, {"names", one.names}, {"until", date(one.ends)}});
  }
  return {{"door", settings_->name},
          {"kind", to_string(settings_->kind)},
          {"connections", gate_.connections()},
          {"handshakes", gate_.handshakes()},
          {"accepted", counts_.accepted},
          {"refused", counts_.refused},
          {"failed", counts_.handshakes_failed},
          {"late", counts_.handshakes_late},
          {"cut", counts_.cut},
          {"certificates", std::move(certificates)}};
}

}  // namespace tandem
