#include "host/service_manager.h"

#include <fmt/format.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <charconv>
#include <cstdlib>
#include <cstring>

namespace tandem {
namespace {

std::string variable(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

template <class Number>
Number number(const std::string& text) {
  Number value{};
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

}  // namespace

ServiceManager::ServiceManager(Loop& loop, std::string socket, std::chrono::microseconds watchdog)
    : socket_(std::move(socket)), watchdog_(watchdog), timer_(loop) {
  if (!socket_.empty()) descriptor_ = Descriptor(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
}

ServiceManager ServiceManager::from_environment(Loop& loop) {
  // WATCHDOG_PID: the variables may have been meant for a parent of ours.
  const auto pid = variable("WATCHDOG_PID");
  const bool ours = pid.empty() || number<pid_t>(pid) == ::getpid();
  return {loop, variable("NOTIFY_SOCKET"), std::chrono::microseconds(ours ? number<int64_t>(variable("WATCHDOG_USEC")) : 0)};
}

void ServiceManager::ready(std::string_view status) {
  send(fmt::format("READY=1\nSTATUS={}\nMAINPID={}", status, ::getpid()));
  if (descriptor_ && watchdog_.count() > 0) pat();
}

void ServiceManager::reloading() {
  const auto now = std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::steady_clock::now().time_since_epoch()).count();
  send(fmt::format("RELOADING=1\nMONOTONIC_USEC={}", now));
}

void ServiceManager::stopping(std::chrono::seconds limit) {
  send(fmt::format("STOPPING=1\nEXTEND_TIMEOUT_USEC={}", std::chrono::microseconds(limit).count()));
}

// Half the time, as sd_watchdog_enabled(3) advises.
void ServiceManager::pat() {
  send("WATCHDOG=1");
  timer_.start(watchdog_ / 2, [this] { pat(); });
}

void ServiceManager::send(std::string_view state) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (!descriptor_ || socket_.size() >= sizeof address.sun_path) return;
  std::memcpy(address.sun_path, socket_.data(), socket_.size());
  if (socket_.front() == '@') address.sun_path[0] = '\0';  // the abstract namespace
  const auto length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + socket_.size());
  // Nobody listens any more: then nobody needs to know.
  (void)::sendto(descriptor_.get(), state.data(), state.size(), MSG_NOSIGNAL, reinterpret_cast<const sockaddr*>(&address), length);
}

}  // namespace tandem
