// The process's log: where its lines go. Any thread; writing never blocks, since lines go through a bounded queue to a thread of its own.
#pragma once

#include <string>

#include "tandem/log.h"
#include "tandem/result.h"

namespace tandem {

struct LogSettings {
  LogLevel level = LogLevel::notice;
  std::string file;           ///< appended to; empty: stderr
  std::string security_file;  ///< appended to; empty: security events go to the log as lines of topic "security"
};

/// From here on lines take the form "2026-11-20T12:34:56.789Z NOTICE sip [C-00a1f3c2b8] text". Before it, and after log_close(), lines of
/// warning and above go to stderr at once. Called again it opens the files afresh, for example after they were rotated; on error (io, with
/// the file's name) everything stays as it was.
Result<void> log_open(const LogSettings& settings);
/// Writes what is queued, then closes.
void log_close();
/// Until log_open() gives another.
void log_set_level(LogLevel level);

}  // namespace tandem
