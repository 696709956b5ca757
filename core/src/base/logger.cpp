#include "base/logger.h"

#include <fmt/format.h>
#include <spdlog/common.h>
#include <spdlog/details/periodic_worker.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <future>
#include <memory>
#include <mutex>
#include <shared_mutex>
#include <utility>

#include "base/log_line.h"
#include "base/log_writer.h"
#include "base/security_log.h"
#include "tandem/clock.h"

namespace tandem {

namespace {

/// No line passes.
constexpr auto kNever = static_cast<LogLevel>(static_cast<int>(LogLevel::error) + 1);

/// The lowest level that anybody wants; the one look that a line which nobody wants costs.
std::atomic<LogLevel> threshold{LogLevel::warning};

struct Target {
  LogFile file;
  std::unique_ptr<LogWriter> writer;
  bool wants(LogLevel level, std::string_view topic) const {
    return level >= file.level && (file.topics.empty() || std::find(file.topics.begin(), file.topics.end(), topic) != file.topics.end());
  }
};

struct Open {
  std::vector<Target> targets;
  std::optional<Target> security;
  // Tells what the limiter left out also when no further event comes.
  std::unique_ptr<spdlog::details::periodic_worker> ticker;

  template <class F>
  void each(F use) {
    for (auto& target : targets) use(target);
    if (security) use(*security);
  }
};

struct Logs {
  std::shared_mutex mutex;  // shared to write a line, exclusive to open, close and change levels
  std::unique_ptr<Open> open;
  LogLevel tap_least = kNever;
  std::function<void(LogLevel, std::string_view)> tap;
  std::vector<std::future<void>> closing;  // what was open before, until it has written what it had
  std::mutex limiter_mutex;
  SecurityLimiter limiter;
};

/// Never destroyed: what is destroyed at exit may still log.
Logs& logs() {
  static auto* const all = new Logs;
  return *all;
}

/// With the mutex held exclusively.
void settle_threshold() {
  LogLevel least = logs().tap_least;
  if (logs().open == nullptr) {
    least = std::min(least, LogLevel::warning);
  } else {
    for (const auto& target : logs().open->targets) least = std::min(least, target.file.level);
  }
  threshold.store(least, std::memory_order_relaxed);
}

void write_early(LogLevel level, std::string_view topic, std::string_view call, std::string_view text) {
  if (level < LogLevel::warning) return;
  const auto whole = fmt::format("{}Z {}\n", utc_stamp(system_clock().wall()), log_line(LogForm::text, level, topic, call, text));
  (void)!::write(STDERR_FILENO, whole.data(), whole.size());
}

void write_security(const SecurityEvent& event) {
  const auto line = security_line(event, system_clock().wall());
  {
    const std::shared_lock lock(logs().mutex);
    // The prefix that filters for a PBX's security log know: level, process, topic.
    if (logs().open != nullptr && logs().open->security) {
      return logs().open->security->writer->write(fmt::format("SECURITY[{}] security: {}", ::getpid(), line));
    }
  }
  if (log_detail::enabled(LogLevel::warning)) log_detail::write(LogLevel::warning, "security", {}, line);
}

void tell_left_out(bool at_once) {
  std::vector<SecurityLimiter::LeftOut> left_out;
  {
    const std::lock_guard lock(logs().limiter_mutex);
    left_out = at_once ? logs().limiter.take() : logs().limiter.turn(system_clock().now());
  }
  for (const auto& one : left_out) write_security(summary_of(one));
}

Result<Target> open_target(const LogFile& file) {
  auto writer = LogWriter::open(file);
  if (!writer) return writer.error();
  return Target{file, std::move(*writer)};
}

/// Returns what was open. Destroying it joins its threads, which take the mutex too: so never with the mutex.
[[nodiscard]] std::unique_ptr<Open> replace(std::unique_ptr<Open> next) {
  const std::unique_lock lock(logs().mutex);
  if (logs().open != nullptr && next != nullptr) logs().open->each([](Target& target) { target.writer->retire(); });
  auto before = std::exchange(logs().open, std::move(next));
  settle_threshold();
  return before;
}

/// A slow disk must not hold up whoever opens the log anew.
void close_in_background(std::unique_ptr<Open> before) {
  if (before == nullptr) return;
  auto& closing = logs().closing;
  std::erase_if(closing, [](const auto& one) { return one.wait_for(std::chrono::seconds(0)) == std::future_status::ready; });
  closing.push_back(std::async(std::launch::async, [gone = std::move(before)]() mutable { gone.reset(); }));
}

void order_all(LogSink::Order what) {
  const std::shared_lock lock(logs().mutex);
  if (logs().open != nullptr) logs().open->each([what](Target& target) { target.writer->order(what); });
}

}  // namespace

namespace log_detail {

bool enabled(LogLevel level) { return level >= threshold.load(std::memory_order_relaxed); }

void write(LogLevel level, std::string_view topic, std::string_view call, std::string_view text) {
  const std::shared_lock lock(logs().mutex);
  std::string forms[2];  // each made when the first wants it
  const auto in_form = [&](LogForm form) -> const std::string& {
    auto& line = forms[static_cast<size_t>(form)];
    if (line.empty()) line = log_line(form, level, topic, call, text);
    return line;
  };
  if (logs().tap && level >= logs().tap_least) logs().tap(level, in_form(LogForm::text));
  if (logs().open == nullptr) return write_early(level, topic, call, text);
  for (const auto& target : logs().open->targets) {
    if (target.wants(level, topic)) target.writer->write(in_form(target.file.form));
  }
}

}  // namespace log_detail

Result<Task> log_prepare(const LogSettings& settings) {
  auto next = std::make_unique<Open>();
  for (const auto& file : settings.files) {
    auto target = open_target(file);
    if (!target) return target.error();
    next->targets.push_back(std::move(*target));
  }
  if (settings.security) {
    auto target = open_target(*settings.security);
    if (!target) return target.error();
    next->security = std::move(*target);
  }
  next->ticker = std::make_unique<spdlog::details::periodic_worker>([] { tell_left_out(false); }, SecurityLimiter::kWindow);
  return Task([n = std::move(next)]() mutable { close_in_background(replace(std::move(n))); });
}

Result<void> log_open(const LogSettings& settings) {
  auto swap = log_prepare(settings);
  if (!swap) return swap.error();
  (*swap)();
  return {};
}

void log_close() {
  tell_left_out(true);
  const auto before = replace(nullptr);
  logs().closing.clear();  // waits for each
}

void log_reopen() { order_all(LogSink::Order::reopen); }
void log_rotate() { order_all(LogSink::Order::rotate); }

Result<void> log_set_level(std::string_view name, LogLevel level) {
  const std::unique_lock lock(logs().mutex);
  bool found = false;
  if (logs().open != nullptr) {
    for (auto& target : logs().open->targets) {
      if (!name.empty() && target.file.name != name) continue;
      target.file.level = level;
      found = true;
    }
  }
  if (!found) return Error{ErrorCode::not_found, fmt::format("there is no log \"{}\" with levels", name)};
  settle_threshold();
  return {};
}

std::vector<LogStatus> log_status() {
  const std::shared_lock lock(logs().mutex);
  std::vector<LogStatus> all;
  if (logs().open != nullptr) logs().open->each([&](Target& target) { all.push_back({target.file, target.writer->lost()}); });
  return all;
}

void log_tap(LogLevel least, std::function<void(LogLevel, std::string_view)> tap) {
  const std::unique_lock lock(logs().mutex);
  logs().tap_least = tap ? least : kNever;
  logs().tap = std::move(tap);
  settle_threshold();
}

void log_security(const SecurityEvent& event) {
  tell_left_out(false);
  {
    const std::lock_guard lock(logs().limiter_mutex);
    if (!logs().limiter.admit(event.remote)) return;
  }
  write_security(event);
}

}  // namespace tandem
