#include "host/console_client.h"

#include <atomic>
#include <csignal>

#include "host/console_link.h"

namespace tandem {
namespace {

constexpr std::chrono::seconds kPatience{90};  // the server itself gives up after 60 s

std::atomic<bool> interrupted = false;

// Without SA_RESTART, so that recv() returns.
void end_on_interrupt() {
  struct sigaction action {};
  action.sa_handler = [](int) { interrupted = true; };
  ::sigaction(SIGINT, &action, nullptr);
}

// The next message; a discarded one when the server or the user has ended it, or nothing came in time.
Json next_message(ConsoleLink& link) {
  for (;;) {
    if (auto message = link.take()) return std::move(*message);
    if (!link.receive()) return Json(Json::value_t::discarded);
  }
}

}  // namespace

int run_console_client(const ConsoleRequest& request, std::ostream& out, std::ostream& err) {
  auto link = ConsoleLink::open(request.socket);
  if (!link) return err << "Error: " << link.error().message << '\n', 1;
  link->set_patience(kPatience);
  if (request.follow) end_on_interrupt();
  if (!link->send({{"line", request.line}, {"json", request.json}, {"follow", request.follow}})) {
    return err << "Error: the console has closed the connection\n", 1;
  }
  std::optional<int> code;
  while (!code || (*code == 0 && request.follow)) {
    const Json reply = next_message(*link);
    if (reply.is_discarded()) break;
    if (reply.contains("code")) {
      code = reply.value("code", 1);
      link->set_patience(std::chrono::seconds(0));  // who follows waits as long as there is nothing to say
    }
    (code.value_or(0) == 0 ? out : err) << reply.value("out", "") << std::flush;
  }
  if (!code && !interrupted) err << "Error: the console did not answer\n";
  return code.value_or(interrupted ? 0 : 1);
}

}  // namespace tandem
