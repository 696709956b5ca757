#include "host/console_client.h"

#include <fmt/format.h>
#include <sys/socket.h>
#include <sys/time.h>

#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <optional>

#include "host/console_socket.h"
#include "media/descriptor.h"
#include "tandem/console.h"

namespace tandem {
namespace {

constexpr timeval kPatience{.tv_sec = 90, .tv_usec = 0};  // the server itself gives up after 60 s

std::atomic<bool> interrupted = false;

// Without SA_RESTART, so that recv() returns.
void end_on_interrupt() {
  struct sigaction action {};
  action.sa_handler = [](int) { interrupted = true; };
  ::sigaction(SIGINT, &action, nullptr);
}

Result<Descriptor> connect_to(const std::string& path) {
  const auto address = console_address(path);
  if (!address) return address.error();
  Descriptor fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (!fd || ::connect(fd.get(), reinterpret_cast<const sockaddr*>(&*address), sizeof *address) != 0) {
    const char* hint = errno == ENOENT || errno == ECONNREFUSED ? "; is Tandem running on this state folder?" : "";
    return Error{ErrorCode::unavailable, fmt::format("cannot reach {}: {}{}", path, std::strerror(errno), hint)};
  }
  return fd;
}

bool send_all(int fd, std::string_view text) {
  while (!text.empty()) {
    const ssize_t n = ::send(fd, text.data(), text.size(), MSG_NOSIGNAL);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return false;
    text.remove_prefix(static_cast<size_t>(n));
  }
  return true;
}

// The next line without its newline; empty when the server or the user has ended it, or nothing came in time.
std::optional<std::string> next_line(int fd, std::string& buffered) {
  for (;;) {
    const size_t end = buffered.find('\n');
    if (end != std::string::npos) {
      std::string line = buffered.substr(0, end);
      buffered.erase(0, end + 1);
      return line;
    }
    char buffer[16 * 1024];
    const ssize_t n = ::recv(fd, buffer, sizeof buffer, 0);
    if (n < 0 && errno == EINTR && !interrupted) continue;
    if (n <= 0) return std::nullopt;
    buffered.append(buffer, static_cast<size_t>(n));
  }
}

}  // namespace

int run_console_client(const ConsoleRequest& request, std::ostream& out, std::ostream& err) {
  const auto fd = connect_to(request.socket);
  if (!fd) return err << "Error: " << fd.error().message << '\n', 1;
  ::setsockopt(fd->get(), SOL_SOCKET, SO_RCVTIMEO, &kPatience, sizeof kPatience);
  if (request.follow) end_on_interrupt();
  const Json message{{"line", request.line}, {"json", request.json}, {"follow", request.follow}};
  if (!send_all(fd->get(), message.dump(-1, ' ', false, Json::error_handler_t::replace) + '\n')) {
    return err << "Error: the console has closed the connection\n", 1;
  }
  std::string buffered;
  std::optional<int> code;
  while (!code || (*code == 0 && request.follow)) {
    const auto line = next_line(fd->get(), buffered);
    if (!line) break;
    const auto reply = nlohmann::json::parse(*line, nullptr, false);
    if (!reply.is_object()) break;
    if (reply.contains("code")) {
      code = reply.value("code", 1);
      const timeval for_ever{};  // who follows waits as long as there is nothing to say
      ::setsockopt(fd->get(), SOL_SOCKET, SO_RCVTIMEO, &for_ever, sizeof for_ever);
    }
    (code.value_or(0) == 0 ? out : err) << reply.value("out", "") << std::flush;
  }
  if (!code && !interrupted) err << "Error: the console did not answer\n";
  return code.value_or(interrupted ? 0 : 1);
}

}  // namespace tandem
