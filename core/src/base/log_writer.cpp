#include "base/log_writer.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "base/log_sink.h"

namespace tandem {

namespace {

constexpr size_t kQueuedLines = 8192;

}  // namespace

Result<std::unique_ptr<LogWriter>> LogWriter::open(const std::string& file) {
  const bool owned = !file.empty();
  const int descriptor = owned ? ::open(file.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY, 0640) : STDERR_FILENO;
  if (descriptor < 0) return Error{ErrorCode::io, fmt::format("cannot open {}: {}", file, std::strerror(errno))};
  return std::unique_ptr<LogWriter>(new LogWriter(descriptor, owned));
}

LogWriter::LogWriter(int descriptor, bool owned) : queue_(std::make_shared<spdlog::details::thread_pool>(kQueuedLines, 1)) {
  auto sink = std::make_shared<LogSink>(descriptor, owned, *queue_);
  logger_ = std::make_shared<spdlog::async_logger>("tandem", std::move(sink), queue_, spdlog::async_overflow_policy::overrun_oldest);
  logger_->set_pattern("%Y-%m-%dT%H:%M:%S.%eZ %v", spdlog::pattern_time_type::utc);
}

LogWriter::~LogWriter() {
  // The queue's thread works off what is queued, each line of which holds the logger, before it ends.
  logger_.reset();
  queue_.reset();
}

void LogWriter::write(std::string_view line) { logger_->log(spdlog::level::info, spdlog::string_view_t(line.data(), line.size())); }

}  // namespace tandem
