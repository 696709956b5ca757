#include "base/log_sink.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <mutex>

namespace tandem {

namespace {

constexpr size_t kWriteAt = size_t{64} << 10;

}  // namespace

LogSink::~LogSink() {
  const std::lock_guard lock(mutex_);
  LogSink::flush_();
  if (owned_) ::close(descriptor_);
}

void LogSink::append(const spdlog::details::log_msg& message) {
  spdlog::memory_buf_t line;
  formatter_->format(message, line);
  waiting_.append(line.data(), line.size());
}

void LogSink::sink_it_(const spdlog::details::log_msg& message) {
  if (const auto lost = queue_.overrun_counter(); lost != lost_) {
    const auto notice = fmt::format("WARNING log {} lines were lost here, the queue was full", lost - lost_);
    lost_ = lost;
    append(spdlog::details::log_msg("", spdlog::level::warn, notice));
  }
  append(message);
  if (queue_.queue_size() == 0 || waiting_.size() >= kWriteAt) flush_();
}

void LogSink::flush_() {
  size_t done = 0;
  while (done < waiting_.size()) {
    const auto wrote = ::write(descriptor_, waiting_.data() + done, waiting_.size() - done);
    if (wrote < 0 && errno == EINTR) continue;
    if (wrote <= 0) break;  // a full disk or a closed pipe: these lines are lost, the next may get through
    done += static_cast<size_t>(wrote);
  }
  waiting_.clear();
}

}  // namespace tandem
