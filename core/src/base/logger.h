// The process's log: where its lines go. Any thread; writing never blocks, since lines go through bounded queues to threads of their own.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "tandem/function.h"
#include "tandem/log.h"
#include "tandem/result.h"

namespace tandem {

enum class LogForm : uint8_t { text, json };

struct LogFile {
  std::string name = "main";  ///< for the admin
  std::string path;           ///< appended to; empty: stderr
  LogLevel level = LogLevel::notice;
  LogForm form = LogForm::text;
  std::vector<std::string> topics;  ///< lines of these topics alone; empty: all
  size_t rotate_bytes = 0;          ///< rotated when it has grown to this; 0: never by itself
  int keep = 0;                     ///< old files, PATH.1 the youngest; 0: none
};

struct LogSettings {
  std::vector<LogFile> files;
  /// Security events alone, one fixed grammar; without it they go to `files` as lines of topic "security".
  std::optional<LogFile> security;
};

/// From here on lines take the form "2026-11-20T12:34:56.789Z NOTICE sip [C-00a1f3c2b8] text", or that of a JSON object with time, level,
/// topic, call and text. Before it, and after log_close(), lines of warning and above go to stderr at once. On error (io, with the file's
/// name) everything stays as it was.
Result<void> log_open(const LogSettings& settings);
/// The same in two steps: opens the files; the task takes them into use, and what was in use before is closed in the background.
Result<Task> log_prepare(const LogSettings& settings);
/// Writes what is queued, then closes.
void log_close();

/// Opens the files afresh, after they were renamed by somebody else.
void log_reopen();
/// Renames those that keep old files, and opens all afresh.
void log_rotate();
/// Until the next log_open(). not_found: no file has this name. Empty: all.
Result<void> log_set_level(std::string_view name, LogLevel level);

struct LogStatus {
  LogFile file;
  size_t lost = 0;  ///< lines that found the queue full
};
/// What is open, the security log last.
std::vector<LogStatus> log_status();

/// Every text line of `least` and above goes to `tap` too, on the thread that writes it: it must not block and must not log. Null ends it.
void log_tap(LogLevel least, std::function<void(LogLevel, std::string_view)> tap);

}  // namespace tandem
