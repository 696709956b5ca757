#include "support/raw_http.h"

#include <fmt/format.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <stdexcept>

namespace tandem::test {
namespace {

using Clock = std::chrono::steady_clock;

/// The body in `text` after its head; nothing while it is not whole. `used`: octets of it.
std::optional<std::string> body_of(const HttpAnswer& answer, const std::string& text, bool ended, size_t& used) {
  if (answer.header("transfer-encoding") == "chunked") {
    std::string body;
    for (size_t at = 0;;) {
      const size_t line = text.find("\r\n", at);
      if (line == std::string::npos) return std::nullopt;
      const size_t size = std::stoul(text.substr(at, line - at), nullptr, 16);
      if (text.size() < line + 2 + size + 2) return std::nullopt;
      body += text.substr(line + 2, size);
      at = line + 2 + size + 2;
      if (size == 0) return used = at, body;
    }
  }
  const auto length = answer.header("content-length");
  if (length.empty()) return ended ? (used = text.size(), std::optional(text)) : std::nullopt;
  used = std::stoul(length);
  return text.size() < used ? std::nullopt : std::optional(text.substr(0, used));
}

HttpAnswer head_of(const std::string& head) {
  HttpAnswer answer;
  answer.status = std::stoi(head.substr(head.find(' ') + 1));
  for (size_t at = head.find("\r\n"); at != std::string::npos && at + 2 < head.size();) {
    const size_t end = head.find("\r\n", at + 2);
    const std::string line = head.substr(at + 2, end - at - 2);
    const size_t colon = line.find(": ");
    std::string name = line.substr(0, colon);
    std::transform(name.begin(), name.end(), name.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    if (colon != std::string::npos) answer.headers.emplace(name, line.substr(colon + 2));
    at = end;
  }
  return answer;
}

}  // namespace

RawHttp::RawHttp(const SocketAddress& server) : socket_(::socket(server.family(), SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  if (::connect(socket_, server.sa(), server.length()) != 0) throw std::runtime_error("no connection to " + server.to_string());
}

RawHttp::~RawHttp() { ::close(socket_); }

void RawHttp::send(const std::string& octets) {
  for (size_t sent = 0; sent < octets.size();) {
    const ssize_t n = ::send(socket_, octets.data() + sent, octets.size() - sent, MSG_NOSIGNAL);
    if (n <= 0) return;  // the server has ended it: receive() tells
    sent += static_cast<size_t>(n);
  }
}

void RawHttp::shut() { ::shutdown(socket_, SHUT_WR); }

bool RawHttp::more(Clock::time_point end) {
  if (ended_) return false;
  pollfd polled{socket_, POLLIN, 0};
  const auto left = std::chrono::ceil<Time>(end - Clock::now()).count();
  if (left <= 0 || ::poll(&polled, 1, static_cast<int>(left)) <= 0) return false;
  std::array<char, 16384> buffer{};
  const ssize_t n = ::recv(socket_, buffer.data(), buffer.size(), 0);
  ended_ = n <= 0;
  if (n > 0) read_.append(buffer.data(), static_cast<size_t>(n));
  return true;
}

std::optional<HttpAnswer> RawHttp::receive(bool head, Time limit) {
  const auto end = Clock::now() + limit;
  for (;;) {
    const size_t blank = read_.find("\r\n\r\n");
    if (blank != std::string::npos) {
      HttpAnswer answer = head_of(read_.substr(0, blank + 2));
      const bool none = head || answer.status == 204 || answer.status == 304 || answer.status < 200;
      size_t used = 0;
      const auto body = none ? std::optional<std::string>("") : body_of(answer, read_.substr(blank + 4), ended_, used);
      if (body) {
        read_.erase(0, blank + 4 + used);
        answer.body = *body;
        if (answer.status != 100) return answer;
        continue;
      }
    }
    if (!more(end)) return std::nullopt;
  }
}

bool RawHttp::receive_until(const std::string& text, Time limit) {
  const auto end = Clock::now() + limit;
  for (;;) {
    const size_t at = read_.find(text);
    if (at != std::string::npos) {
      read_.erase(0, at + text.size());
      return true;
    }
    if (!more(end)) return false;
  }
}

bool RawHttp::ends(Time limit) {
  const auto end = Clock::now() + limit;
  while (!ended_) {
    if (!more(end)) return false;
  }
  return true;
}

HttpAnswer RawHttp::ask(const std::string& method, const std::string& target, const std::string& headers, const std::string& body) {
  std::string request = fmt::format("{} {} HTTP/1.1\r\nHost: tandem\r\n{}", method, target, headers);
  if (!body.empty()) request += fmt::format("Content-Length: {}\r\n", body.size());
  send(request + "\r\n" + body);
  auto answer = receive(method == "HEAD");
  if (!answer) throw std::runtime_error("no answer to " + method + " " + target);
  return *answer;
}

}  // namespace tandem::test
