#include "host/shutdown.h"

#include <fmt/format.h>

#include <csignal>

#include "tandem/log.h"

namespace tandem {
namespace {

constexpr Log kLog("core");
constexpr std::chrono::milliseconds kBetweenLooks{200};

}  // namespace

Shutdown::Shutdown(Loop& loop, Switch& calls, std::function<void()> end) : calls_(calls), end_(std::move(end)), look_(loop), late_(loop) {}

std::string Shutdown::begin(Way way, bool restart) {
  if (!way_ || way < *way_) way_ = way;  // the enumeration goes from urgent to patient
  restart_ = restart;
  const std::string what = restart ? "restarting" : "stopping";
  const size_t calls = calls_.calls();
  if (*way_ == Way::gracefully) {
    calls_.set_gate(Switch::Gate::emergency_only);
    if (!late_.running()) late_.start(limit_, [this] { begin(Way::now, restart_); });
  }
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(limit_).count();
  std::string sentence = *way_ == Way::now          ? fmt::format("{} now: {} calls are hung up", what, calls)
                         : *way_ == Way::gracefully ? fmt::format(
                                                          "{} when {} calls have ended, after {} s at most; new ones are refused, "
                                                          "emergency calls pass",
                                                          what, calls, seconds)
                                                    : fmt::format("{} at the first moment without a call; there are {}", what, calls);
  kLog.line(LogLevel::notice, "{}", sentence);
  look();
  return sentence;
}

void Shutdown::look() {
  if (ended_) return;
  if (*way_ == Way::now || calls_.calls() == 0) {
    ended_ = true;
    look_.stop();
    late_.stop();
    return end_();
  }
  look_.start(kBetweenLooks, [this] { look(); });
}

Result<void> Shutdown::cancel() {
  if (!way_ || ended_) return Error{ErrorCode::unavailable, ended_ ? "it is too late" : "nothing has begun to stop"};
  way_.reset();
  restart_ = false;
  look_.stop();
  late_.stop();
  calls_.set_gate(Switch::Gate::open);
  kLog.line(LogLevel::notice, "not stopping: new calls are taken again");
  return {};
}

void Shutdown::on_signal(int number) {
  const bool again = way_ && *way_ != Way::when_convenient;
  begin(number == SIGINT || again ? Way::now : Way::gracefully, false);
}

std::string Shutdown::describe() const {
  if (!way_) return {};
  const char* how = *way_ == Way::now ? "now" : *way_ == Way::gracefully ? "gracefully" : "when convenient";
  return fmt::format("{} {}", restart_ ? "restarting" : "stopping", how);
}

}  // namespace tandem
