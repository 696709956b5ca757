#include "base/hep_sender.h"

#include <fmt/format.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <vector>

namespace tandem {

HepSender::~HepSender() {
  if (socket_ >= 0) ::close(socket_);
}

Result<void> HepSender::configure(const HepSettings& settings) {
  int opened = -1;
  if (!settings.server.empty()) {
    opened = ::socket(settings.server.family(), SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (opened < 0 || ::connect(opened, settings.server.sa(), settings.server.length()) != 0) {
      const Error error{ErrorCode::io,
                        fmt::format("no way to the capture server {}: {}", settings.server.to_string(), std::strerror(errno))};
      if (opened >= 0) ::close(opened);
      return error;
    }
  }
  {
    const std::lock_guard lock(mutex_);
    if (socket_ >= 0) ::close(socket_);
    socket_ = opened;
    settings_ = settings;
    sip_.store(opened >= 0 && settings.sip);
    rtcp_.store(opened >= 0 && settings.rtcp);
  }
  std::vector<std::shared_ptr<UniqueFunction<void()>>> told;  // a watcher may leave while it is told
  for (const auto& [id, watcher] : watchers_) told.push_back(watcher);
  for (const auto& watcher : told) (*watcher)();
  return {};
}

bool HepSender::wanted(CaptureKind kind) const { return (kind == CaptureKind::sip ? sip_ : rtcp_).load(std::memory_order_relaxed); }

void HepSender::send(const CapturedMessage& message) {
  if (!wanted(message.kind)) return;
  const std::lock_guard lock(mutex_);  // also for the send: a reload must not close the socket under it
  if (socket_ < 0) return;
  const std::string packet = hep_packet(message, settings_.identity);
  // A collector that is away answers with ICMP, which shows as an error of a later send: nothing to be done about it either.
  const bool went = ::send(socket_, packet.data(), packet.size(), MSG_DONTWAIT | MSG_NOSIGNAL) >= 0;
  (went ? sent_ : dropped_).fetch_add(1, std::memory_order_relaxed);
}

Registration HepSender::watch(UniqueFunction<void()> changed) {
  const uint64_t id = next_++;
  watchers_.emplace(id, std::make_shared<UniqueFunction<void()>>(std::move(changed)));
  return Registration([this, id] { watchers_.erase(id); });
}

}  // namespace tandem
