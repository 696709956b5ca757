// LogWriter: one log file with its queue and its thread. write() on any thread, the rest on the one that opens the log.
#pragma once

#include <spdlog/async_logger.h>

#include <memory>
#include <string>
#include <string_view>

#include "tandem/result.h"

namespace tandem {

class LogWriter {
 public:
  /// `file` is appended to, and made if there is none; empty: stderr. io with the file's name.
  static Result<std::unique_ptr<LogWriter>> open(const std::string& file);
  /// Writes what is queued, then closes.
  ~LogWriter();
  LogWriter(const LogWriter&) = delete;
  LogWriter& operator=(const LogWriter&) = delete;

  /// Puts the time in front. Never blocks: a full queue drops its oldest line.
  void write(std::string_view line);

 private:
  LogWriter(int descriptor, bool owned);

  std::shared_ptr<spdlog::details::thread_pool> queue_;
  std::shared_ptr<spdlog::async_logger> logger_;
};

}  // namespace tandem
