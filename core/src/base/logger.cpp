#include "base/logger.h"

#include <fmt/format.h>
#include <spdlog/common.h>
#include <spdlog/details/periodic_worker.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <mutex>
#include <shared_mutex>
#include <utility>
#include <vector>

#include "base/escape.h"
#include "base/log_writer.h"
#include "base/security_log.h"
#include "tandem/clock.h"

namespace tandem {

namespace {

constexpr size_t kLongestText = size_t{16} << 10;
constexpr std::array<std::string_view, 6> kLevelNames{"TRACE", "DEBUG", "INFO", "NOTICE", "WARNING", "ERROR"};

std::atomic<LogLevel> threshold{LogLevel::warning};

struct Open {
  std::unique_ptr<LogWriter> lines;
  std::unique_ptr<LogWriter> security;  // null: security events go to `lines`
  // Tells what the limiter left out also when no further event comes.
  std::unique_ptr<spdlog::details::periodic_worker> ticker;
};

struct Logs {
  std::shared_mutex mutex;  // shared to write a line, exclusive to open and close
  std::unique_ptr<Open> open;
  std::mutex limiter_mutex;
  SecurityLimiter limiter;
};

/// Never destroyed: what is destroyed at exit may still log.
Logs& logs() {
  static auto* const all = new Logs;
  return *all;
}

void write_line(std::string_view line) {
  const std::shared_lock lock(logs().mutex);
  if (logs().open != nullptr) return logs().open->lines->write(line);
  const auto whole = fmt::format("{}Z {}\n", utc_stamp(system_clock().wall()), line);
  (void)!::write(STDERR_FILENO, whole.data(), whole.size());
}

void write_security(const SecurityEvent& event) {
  const auto line = security_line(event, system_clock().wall());
  {
    const std::shared_lock lock(logs().mutex);
    // The prefix that filters for a PBX's security log know: level, process, topic.
    if (logs().open != nullptr && logs().open->security != nullptr) {
      return logs().open->security->write(fmt::format("SECURITY[{}] security: {}", ::getpid(), line));
    }
  }
  if (log_detail::enabled(LogLevel::warning)) write_line(fmt::format("WARNING security {}", line));
}

void tell_left_out(bool at_once) {
  std::vector<SecurityLimiter::LeftOut> left_out;
  {
    const std::lock_guard lock(logs().limiter_mutex);
    left_out = at_once ? logs().limiter.take() : logs().limiter.turn(system_clock().now());
  }
  for (const auto& one : left_out) write_security(summary_of(one));
}

/// Returns what was open. Destroying it joins its threads, which take the mutex too: so the caller does it, without the mutex.
[[nodiscard]] std::unique_ptr<Open> replace(std::unique_ptr<Open> next, LogLevel level) {
  const std::unique_lock lock(logs().mutex);
  threshold.store(level, std::memory_order_relaxed);
  return std::exchange(logs().open, std::move(next));
}

}  // namespace

namespace log_detail {

bool enabled(LogLevel level) { return level >= threshold.load(std::memory_order_relaxed); }

void write(LogLevel level, std::string_view topic, std::string_view call, std::string_view text) {
  const auto name = kLevelNames.at(static_cast<size_t>(level));
  const auto safe = escape_line(text, kLongestText);
  write_line(call.empty() ? fmt::format("{} {} {}", name, topic, safe) : fmt::format("{} {} [{}] {}", name, topic, call, safe));
}

}  // namespace log_detail

Result<void> log_open(const LogSettings& settings) {
  auto next = std::make_unique<Open>();
  auto lines = LogWriter::open(settings.file);
  if (!lines) return lines.error();
  next->lines = std::move(*lines);
  if (!settings.security_file.empty()) {
    auto security = LogWriter::open(settings.security_file);
    if (!security) return security.error();
    next->security = std::move(*security);
  }
  next->ticker = std::make_unique<spdlog::details::periodic_worker>([] { tell_left_out(false); }, SecurityLimiter::kWindow);
  const auto before = replace(std::move(next), settings.level);
  return {};
}

void log_close() {
  tell_left_out(true);
  const auto before = replace(nullptr, LogLevel::warning);
}

void log_set_level(LogLevel level) { threshold.store(level, std::memory_order_relaxed); }

void log_security(const SecurityEvent& event) {
  tell_left_out(false);
  {
    const std::lock_guard lock(logs().limiter_mutex);
    if (!logs().limiter.admit(event.remote)) return;
  }
  write_security(event);
}

}  // namespace tandem
