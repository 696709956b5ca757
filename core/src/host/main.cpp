// tandem: the switch, its check, and its console, by what the command line says.
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <iostream>

#include "base/logger.h"
#include "host/check.h"
#include "host/console_client.h"
#include "host/console_session.h"
#include "host/dialplan_tests.h"
#include "host/host.h"
#include "host/options.h"
#include "host/signals.h"

namespace {

using namespace tandem;

constexpr int kFailed = 1;
constexpr int kRequiredModuleFailed = 2;
constexpr int kRestart = -1;  // no exit code: begin anew

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
  const Signals signals((*host)->loop(), [&](int number) { (*host)->on_signal(number); });
  if (const auto started = (*host)->start(); !started) {
    const bool module_failed = started.error().code == ErrorCode::unavailable;
    log_close();
    return complain(started.error(), module_failed ? kRequiredModuleFailed : kFailed);
  }
  (*host)->run();
  return (*host)->shutdown().restart() ? kRestart : 0;
}

// The process stays the one that systemd knows; an upgraded binary takes over here.
[[noreturn]] void begin_anew(const std::string& binary, char** argv) {
  log_close();
  ::execv(binary.c_str(), argv);
  std::cerr << "tandem: cannot start " << binary << " again: " << std::strerror(errno) << '\n';
  std::exit(kFailed);
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
    case Options::Mode::session:
      return run_console_session(options.state_folder + "/tandem.sock");
    case Options::Mode::test_dialplan:
      return run_dialplan_tests(options, std::cout, std::cerr);
    case Options::Mode::serve:
      break;
  }
  std::error_code ignored;
  const auto binary = std::filesystem::read_symlink("/proc/self/exe", ignored).string();  // now: later it may be a deleted file's
  const int code = serve(options);
  if (code == kRestart) begin_anew(binary, argv);
  log_close();
  return code;
}
