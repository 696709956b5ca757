// LogWriter: one log file with its queue and its thread. write() and order() on any thread, the rest on the one that opens the log.
#pragma once

#include <spdlog/async_logger.h>

#include <memory>
#include <string>
#include <string_view>

#include "base/log_sink.h"
#include "base/logger.h"
#include "tandem/result.h"

namespace tandem {

/// Appends, and makes the file if there is none. -1 and errno on failure.
int open_log_file(const std::string& path);

class LogWriter {
 public:
  /// io with the file's name.
  static Result<std::unique_ptr<LogWriter>> open(const LogFile& file);
  /// Writes what is queued, then closes: may take as long as the disk.
  ~LogWriter();
  LogWriter(const LogWriter&) = delete;
  LogWriter& operator=(const LogWriter&) = delete;

  /// Puts the time in front. Never blocks: a full queue drops its oldest line.
  void write(std::string_view line);
  void order(LogSink::Order what);
  void retire() { sink_->retire(); }
  /// Lines that a full queue has dropped.
  size_t lost() const { return queue_->overrun_counter(); }

 private:
  LogWriter(int descriptor, const LogFile& file);

  std::shared_ptr<spdlog::details::thread_pool> queue_;
  std::shared_ptr<LogSink> sink_;
  std::shared_ptr<spdlog::async_logger> logger_;
};

}  // namespace tandem
