#include "host/console_link.h"

#include <fmt/format.h>
#include <sys/socket.h>
#include <sys/time.h>

#include <cerrno>
#include <cstring>

#include "host/console_socket.h"

namespace tandem {

Result<ConsoleLink> ConsoleLink::open(const std::string& path) {
  const auto address = console_address(path);
  if (!address) return address.error();
  Descriptor fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (!fd || ::connect(fd.get(), reinterpret_cast<const sockaddr*>(&*address), sizeof *address) != 0) {
    const char* hint = errno == ENOENT || errno == ECONNREFUSED ? "; is Tandem running on this state folder?" : "";
    return Error{ErrorCode::unavailable, fmt::format("cannot reach {}: {}{}", path, std::strerror(errno), hint)};
  }
  return ConsoleLink(std::move(fd));
}

void ConsoleLink::set_patience(std::chrono::seconds patience) {
  const timeval limit{.tv_sec = patience.count(), .tv_usec = 0};
  ::setsockopt(socket_.get(), SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
}

bool ConsoleLink::send(const Json& message) {
  const std::string text = message.dump(-1, ' ', false, Json::error_handler_t::replace) + '\n';
  for (std::string_view rest = text; !rest.empty();) {
    const ssize_t n = ::send(socket_.get(), rest.data(), rest.size(), MSG_NOSIGNAL);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return false;
    rest.remove_prefix(static_cast<size_t>(n));
  }
  return true;
}

bool ConsoleLink::receive() {
  char buffer[16 * 1024];
  const ssize_t n = ::recv(socket_.get(), buffer, sizeof buffer, 0);
  if (n <= 0) return false;
  buffered_.append(buffer, static_cast<size_t>(n));
  return true;
}

std::optional<Json> ConsoleLink::take() {
  const size_t end = buffered_.find('\n');
  if (end == std::string::npos) return std::nullopt;
  auto message = Json::parse(std::string_view(buffered_).substr(0, end), nullptr, false);
  buffered_.erase(0, end + 1);
  return message.is_object() ? std::move(message) : Json(Json::value_t::discarded);
}

}  // namespace tandem
