#include "support/smtp_server.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <stdexcept>

namespace tandem::test {
namespace {

void say(int client, const std::string& text) { (void)!::send(client, (text + "\r\n").data(), text.size() + 2, MSG_NOSIGNAL); }

std::string inside_brackets(const std::string& line) {
  const size_t open = line.find('<'), close = line.find('>');
  return open == std::string::npos || close == std::string::npos ? "" : line.substr(open + 1, close - open - 1);
}

}  // namespace

SmtpServer::SmtpServer() {
  listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t length = sizeof address;
  if (::bind(listener_, reinterpret_cast<sockaddr*>(&address), length) != 0 || ::listen(listener_, 8) != 0 || ::pipe(wake_) != 0)
    throw std::runtime_error("no mail server for the test");
  ::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &length);
  port_ = ntohs(address.sin_port);
  thread_ = std::thread([this] { run(); });
}

SmtpServer::~SmtpServer() {
  (void)!::write(wake_[1], "x", 1);
  thread_.join();
  for (const int fd : {listener_, wake_[0], wake_[1]}) ::close(fd);
}

std::vector<SmtpServer::Mail> SmtpServer::mails() {
  const std::lock_guard lock(mutex_);
  return mails_;
}

void SmtpServer::run() {
  for (;;) {
    pollfd waits[] = {{listener_, POLLIN, 0}, {wake_[0], POLLIN, 0}};
    if (::poll(waits, 2, -1) < 0 || waits[1].revents != 0) return;
    const int client = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    if (client < 0) continue;
    read_.clear();
    serve(client);
    ::close(client);
  }
}

/// False: the client, or the test, has ended.
bool SmtpServer::line(int client, std::string& into) {
  size_t end = 0;
  while ((end = read_.find("\r\n")) == std::string::npos) {
    pollfd waits[] = {{client, POLLIN, 0}, {wake_[0], POLLIN, 0}};
    if (::poll(waits, 2, 10'000) <= 0 || waits[1].revents != 0) return false;
    char octets[4096];
    const ssize_t count = ::recv(client, octets, sizeof octets, 0);
    if (count <= 0) return false;
    read_.append(octets, static_cast<size_t>(count));
  }
  into = read_.substr(0, end);
  read_.erase(0, end + 2);
  return true;
}

void SmtpServer::serve(int client) {
  say(client, "220 test");
  Mail mail;
  for (std::string command; line(client, command);) {
    if (command.starts_with("EHLO")) {
      say(client, "250 test");
    } else if (command.starts_with("MAIL")) {
      mail = {.from = inside_brackets(command), .to = {}, .data = {}};
      say(client, "250 ok");
    } else if (command.starts_with("RCPT")) {
      mail.to = inside_brackets(command);
      say(client, std::to_string(recipients_) + (recipients_ == 250 ? " ok" : " no"));
    } else if (command == "DATA") {
      say(client, "354 go on");
      for (std::string text; line(client, text) && text != ".";) mail.data += (text.starts_with(".") ? text.substr(1) : text) + "\n";
      {
        const std::lock_guard lock(mutex_);
        mails_.push_back(mail);
      }
      say(client, "250 taken");
    } else if (command == "QUIT") {
      return say(client, "221 bye");
    } else {
      say(client, "250 ok");
    }
  }
}

}  // namespace tandem::test
