#include "base/log_writer.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace tandem {

namespace {

constexpr size_t kQueuedLines = 8192;
constexpr const char* kTextPattern = "%Y-%m-%dT%H:%M:%S.%eZ %v";
constexpr const char* kJsonPattern = R"({"time":"%Y-%m-%dT%H:%M:%S.%eZ",%v})";

}  // namespace

int open_log_file(const std::string& path) { return ::open(path.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY, 0640); }

Result<std::unique_ptr<LogWriter>> LogWriter::open(const LogFile& file) {
  const int descriptor = file.path.empty() ? STDERR_FILENO : open_log_file(file.path);
  if (descriptor < 0) return Error{ErrorCode::io, fmt::format("cannot open {}: {}", file.path, std::strerror(errno))};
  return std::unique_ptr<LogWriter>(new LogWriter(descriptor, file));
}

LogWriter::LogWriter(int descriptor, const LogFile& file)
    : queue_(std::make_shared<spdlog::details::thread_pool>(kQueuedLines, 1)),
      sink_(std::make_shared<LogSink>(descriptor, file, *queue_)),
      logger_(std::make_shared<spdlog::async_logger>("tandem", sink_, queue_, spdlog::async_overflow_policy::overrun_oldest)) {
  logger_->set_pattern(file.form == LogForm::json ? kJsonPattern : kTextPattern, spdlog::pattern_time_type::utc);
}

LogWriter::~LogWriter() {
  // The queue's thread works off what is queued, each line of which holds the logger, before it ends. The logger goes after it, on this
  // thread: who watches threads cannot see into spdlog, where the last line would let go of it.
  queue_.reset();
  logger_.reset();
}

void LogWriter::write(std::string_view line) { logger_->log(spdlog::level::info, spdlog::string_view_t(line.data(), line.size())); }

void LogWriter::order(LogSink::Order what) {
  sink_->order(what);
  logger_->flush();
}

}  // namespace tandem
