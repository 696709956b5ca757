// How long a server takes from its exec to its first answer: starts it, asks it OPTIONS each millisecond, ends it.
//
// "start_load COMMAND ARGUMENT...": PORT in an argument becomes a free port of 127.0.0.1. Prints "start_us N cpu_us N rss_kib N".
#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/wait.h>

#include <csignal>

#include "machine_time.h"
#include "sip_socket.h"

namespace {

using namespace tandem::load;

constexpr std::chrono::seconds kPatience{60};

/// The kernel's choice; until the server binds it somebody else might, and the run then fails.
uint16_t free_port() {
  const SipSocket socket(host_or_fail("127.0.0.1"));
  return socket.local().port();
}

pid_t start(const std::vector<std::string>& words) {
  std::vector<char*> arguments;
  for (const auto& word : words) arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);
  const pid_t pid = ::fork();
  if (pid < 0) fail("fork");
  if (pid > 0) return pid;
  const int nowhere = ::open("/dev/null", O_WRONLY);
  ::dup2(nowhere, STDOUT_FILENO);
  ::execvp(arguments[0], arguments.data());
  std::_Exit(127);
}

std::string options_request(const SipSocket& socket, uint16_t port, unsigned attempt) {
  return fmt::format(
      "OPTIONS sip:127.0.0.1:{0} SIP/2.0\r\nVia: SIP/2.0/UDP {1};branch=z9hG4bK{2}\r\nFrom: <sip:start@{1}>;tag=1\r\n"
      "To: <sip:127.0.0.1:{0}>\r\nCall-ID: start-{2}\r\nCSeq: 1 OPTIONS\r\nMax-Forwards: 70\r\nContent-Length: 0\r\n\r\n",
      port, socket.local().to_string(), attempt);
}

/// False when the server ends or says nothing in time.
bool wait_for_answer(SipSocket& socket, uint16_t port, pid_t server) {
  const auto end = Steady::now() + kPatience;
  bool answered = false;
  for (unsigned attempt = 1; !answered && Steady::now() < end; ++attempt) {
    if (::waitpid(server, nullptr, WNOHANG) != 0) return false;
    socket.send(options_request(socket, port, attempt));
    pollfd ready{socket.fd(), POLLIN, 0};
    ::poll(&ready, 1, 1);
    socket.receive(16, [&](const SipView& message) { answered = answered || message.status >= 200; });
  }
  return answered;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) return std::cerr << "usage: " << argv[0] << " COMMAND [ARGUMENT...]\n", 2;
  const uint16_t port = free_port();
  std::vector<std::string> words(argv + 1, argv + argc);
  for (auto& word : words) {
    if (const auto at = word.find("PORT"); at != std::string::npos) word.replace(at, 4, std::to_string(port));
  }
  SipSocket socket(host_or_fail("127.0.0.1"));
  socket.connect(with_port(host_or_fail("127.0.0.1"), port));
  const auto begin = Steady::now();
  const pid_t server = start(words);
  const bool answered = wait_for_answer(socket, port, server);
  const auto took = std::chrono::duration_cast<std::chrono::microseconds>(Steady::now() - begin).count();
  const auto used = process_microseconds(server);
  const auto resident = resident_kib(server);
  ::kill(server, SIGTERM);
  ::waitpid(server, nullptr, 0);
  if (!answered) return std::cerr << "no answer\n", 1;
  std::cout << fmt::format("start_us {} cpu_us {} rss_kib {}\n", took, used, resident);
  return 0;
}
