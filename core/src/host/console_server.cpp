#include "host/console_server.h"

#include <fmt/format.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "host/console_socket.h"
#include "tandem/log.h"

namespace tandem {
namespace {

constexpr Log kLog("console");

Error failed(std::string_view what, const std::string& path) {
  return {ErrorCode::io, fmt::format("cannot {} {}: {}", what, path, std::strerror(errno))};
}

}  // namespace

ConsoleServer::~ConsoleServer() {
  if (listener_) ::unlink(path_.c_str());
}

Result<void> ConsoleServer::listen(const std::string& path) {
  const auto address = console_address(path);
  if (!address) return address.error();
  Descriptor fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!fd) return failed("open a socket for", path);
  ::unlink(path.c_str());
  // Nobody can connect before listen(), so the mode is in force before anybody could have passed without it.
  if (::bind(fd.get(), reinterpret_cast<const sockaddr*>(&*address), sizeof *address) != 0) return failed("bind", path);
  if (::chmod(path.c_str(), 0600) != 0) return failed("protect", path);
  if (::listen(fd.get(), static_cast<int>(kMostConnections)) != 0) return failed("listen on", path);
  path_ = path;
  listener_ = std::move(fd);
  watch();
  return {};
}

void ConsoleServer::watch() {
  watch_ = loop_.watch(listener_.get(), EPOLLIN, [this](uint32_t) { accept_one(); });
}

void ConsoleServer::accept_one() {
  Descriptor fd(::accept4(listener_.get(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
  if (!fd) {
    if (errno == EMFILE || errno == ENFILE) {  // it stays readable: without a pause the loop would do nothing else
      watch_.reset();
      pause_.start(std::chrono::seconds(1), [this] { watch(); });
    }
    return;
  }
  if (connections_.size() >= kMostConnections) {
    kLog.line(LogLevel::warning, "console connection refused: {} are open", connections_.size());
    return;
  }
  const uint64_t id = next_++;
  const ConsoleConnection::Owner owner{.gone =
                                           [this, id] {
                                             connections_.erase(id);
                                             tell_watchers_changed();
                                           },
                                       .watching_changed = [this] { tell_watchers_changed(); }};
  connections_.emplace(id, std::make_shared<ConsoleConnection>(loop_, commands_, std::move(fd), owner)).first->second->start();
}

void ConsoleServer::tell_watchers_changed() {
  if (watchers_changed_) watchers_changed_();
}

void ConsoleServer::publish(std::string_view topic, std::string_view line) {
  std::vector<std::shared_ptr<ConsoleConnection>> followers;  // sending may end a connection and change the map
  for (const auto& [id, connection] : connections_) {
    if (connection->follows(topic)) followers.push_back(connection);
  }
  for (const auto& follower : followers) follower->send_line(line);
}

bool ConsoleServer::watched(std::string_view topic) const {
  return std::any_of(connections_.begin(), connections_.end(), [topic](const auto& c) { return c.second->follows(topic); });
}

}  // namespace tandem
