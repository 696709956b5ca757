#include "support/http_server.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <stdexcept>

namespace tandem::test {

namespace {

/// Readable before the test ends?
bool wait_for(int descriptor, int stop) {
  std::array<pollfd, 2> both{{{descriptor, POLLIN, 0}, {stop, POLLIN, 0}}};
  ::poll(both.data(), both.size(), -1);
  return (both[1].revents & POLLIN) == 0;
}

bool complete(const std::string& request) {
  const size_t end = request.find("\r\n\r\n");
  if (end == std::string::npos) return false;
  const size_t at = request.find("Content-Length: ");
  const size_t length = at == std::string::npos ? 0 : std::strtoul(request.c_str() + at + 16, nullptr, 10);
  return request.size() >= end + 4 + length;
}

}  // namespace

HttpServer::HttpServer(Answer answer)
    : answer_(std::move(answer)), listener_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)), stop_(::eventfd(0, EFD_CLOEXEC)) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  auto* generic = reinterpret_cast<sockaddr*>(&address);
  if (::bind(listener_, generic, size) != 0 || ::listen(listener_, 16) != 0 || ::getsockname(listener_, generic, &size) != 0) {
    throw std::runtime_error("no port for a web server");
  }
  port_ = ntohs(address.sin_port);
  thread_ = std::thread([this] { serve(); });
}

HttpServer::~HttpServer() {
  ::eventfd_write(stop_, 1);
  thread_.join();
  ::close(listener_);
  ::close(stop_);
}

std::string HttpServer::url(const std::string& path) const { return "http://127.0.0.1:" + std::to_string(port_) + path; }

std::vector<std::string> HttpServer::requests() const {
  const std::lock_guard lock(mutex_);
  return requests_;
}

std::string HttpServer::ok(const std::string& body, const std::string& headers) {
  return "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: " + std::to_string(body.size()) + "\r\n" + headers + "\r\n" + body;
}

void HttpServer::serve() {
  while (wait_for(listener_, stop_)) {
    const int connection = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    if (connection < 0) continue;
    serve_one(connection);
    ::close(connection);
  }
}

void HttpServer::serve_one(int connection) {
  std::string request;
  std::array<char, 4096> buffer{};
  while (!complete(request)) {
    if (!wait_for(connection, stop_)) return;
    const ssize_t got = ::recv(connection, buffer.data(), buffer.size(), 0);
    if (got <= 0) return;
    request.append(buffer.data(), static_cast<size_t>(got));
  }
  {
    const std::lock_guard lock(mutex_);
    requests_.push_back(request);
  }
  const std::string answer = answer_(request);
  if (answer.empty()) {
    while (wait_for(connection, stop_) && ::recv(connection, buffer.data(), buffer.size(), 0) > 0) {
    }
    return;
  }
  for (size_t sent = 0; sent < answer.size();) {
    const ssize_t more = ::send(connection, answer.data() + sent, answer.size() - sent, MSG_NOSIGNAL);
    if (more <= 0) return;
    sent += static_cast<size_t>(more);
  }
}

}  // namespace tandem::test
