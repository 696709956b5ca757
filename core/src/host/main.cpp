// tandem: the switch, its check, and its console, by what the command line says.
#include <csignal>
#include <iostream>

#include "base/logger.h"
#include "host/check.h"
#include "host/console_client.h"
#include "host/host.h"
#include "host/options.h"
#include "host/signals.h"
#include "tandem/log.h"

namespace {

using namespace tandem;

constexpr int kFailed = 1;
constexpr int kRequiredModuleFailed = 2;

int complain(const Error& error, int code) {
  std::cerr << "tandem: " << error.message << '\n';
  return code;
}

int check(const Options& options) {
  const auto complaints = check_everything(options);
  for (const auto& line : complaints) std::cerr << line << '\n';
  if (complaints.empty()) std::cout << "everything is in order\n";
  return complaints.empty() ? 0 : kFailed;
}

int ask_console(const Options& options) {
  return run_console_client(
      {.socket = options.state_folder + "/tandem.sock", .line = options.console_line, .json = options.json, .follow = options.follow},
      std::cout, std::cerr);
}

int serve(const Options& options) {
  block_signals();
  const auto host = HostImpl::open(options);
  if (!host) return complain(host.error(), kFailed);
  const Signals signals((*host)->loop(), [&](int number) {
    if (number != SIGHUP) return (*host)->stop();
    if (auto reopened = (*host)->reopen_log(); !reopened) Log("core").line(LogLevel::error, "{}", reopened.error().message);
  });
  if (const auto started = (*host)->start(); !started) {
    const bool module_failed = started.error().code == ErrorCode::unavailable;
    log_close();
    return complain(started.error(), module_failed ? kRequiredModuleFailed : kFailed);
  }
  (*host)->run();
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  const auto parsed = parse_options(argc, argv);
  if (const int* code = std::get_if<int>(&parsed)) return *code;
  const auto& options = std::get<Options>(parsed);
  switch (options.mode) {
    case Options::Mode::check:
      return check(options);
    case Options::Mode::console:
      return ask_console(options);
    case Options::Mode::serve:
      break;
  }
  const int code = serve(options);
  log_close();
  return code;
}
