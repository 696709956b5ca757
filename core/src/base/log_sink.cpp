#include "base/log_sink.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>

#include "base/log_line.h"
#include "base/log_writer.h"

namespace tandem {

namespace {

constexpr size_t kWriteAt = size_t{64} << 10;

size_t size_of(int descriptor) {
  struct stat status {};
  return ::fstat(descriptor, &status) == 0 && S_ISREG(status.st_mode) ? static_cast<size_t>(status.st_size) : 0;
}

}  // namespace

LogSink::LogSink(int descriptor, LogFile file, spdlog::details::thread_pool& queue)
    : descriptor_(descriptor), file_(std::move(file)), queue_(queue), size_(size_of(descriptor)) {}

LogSink::~LogSink() {
  const std::lock_guard lock(mutex_);
  LogSink::flush_();
  if (!file_.path.empty()) ::close(descriptor_);
}

void LogSink::append(const spdlog::details::log_msg& message) {
  spdlog::memory_buf_t line;
  formatter_->format(message, line);
  waiting_.append(line.data(), line.size());
}

void LogSink::tell(LogLevel level, const std::string& text) {
  append(spdlog::details::log_msg("", spdlog::level::info, log_line(file_.form, level, "log", {}, text)));
}

void LogSink::sink_it_(const spdlog::details::log_msg& message) {
  if (const auto lost = queue_.overrun_counter(); lost != lost_) {
    tell(LogLevel::warning, fmt::format("{} lines were lost here, the queue was full", lost - lost_));
    lost_ = lost;
  }
  append(message);
  if (queue_.queue_size() == 0 || waiting_.size() >= kWriteAt) flush_();
}

void LogSink::flush_() {
  write_out();
  if (file_.path.empty() || retired_) return;
  const auto ordered = order_.exchange(Order::none);
  const bool grown = file_.rotate_bytes > 0 && size_ >= file_.rotate_bytes;
  if (grown || (ordered == Order::rotate && file_.keep > 0)) return rotate();
  if (ordered != Order::none) reopen();
}

void LogSink::write_out() {
  size_t done = 0;
  while (done < waiting_.size()) {
    const auto wrote = ::write(descriptor_, waiting_.data() + done, waiting_.size() - done);
    if (wrote < 0 && errno == EINTR) continue;
    if (wrote <= 0) break;  // a full disk or a closed pipe: these lines are lost, the next may get through
    done += static_cast<size_t>(wrote);
  }
  size_ += done;
  waiting_.clear();
}

// PATH becomes PATH.1, that becomes PATH.2, and so on; the oldest goes.
void LogSink::rotate() {
  for (int number = file_.keep; number > 0; --number) {
    const std::string younger = number == 1 ? file_.path : fmt::format("{}.{}", file_.path, number - 1);
    (void)std::rename(younger.c_str(), fmt::format("{}.{}", file_.path, number).c_str());  // there may be fewer yet
  }
  if (file_.keep == 0) (void)std::remove(file_.path.c_str());
  reopen();
}

void LogSink::reopen() {
  const int fresh = open_log_file(file_.path);
  if (fresh < 0) {
    tell(LogLevel::error, fmt::format("cannot open {}: {}; lines go on into the old file", file_.path, std::strerror(errno)));
    size_ = 0;  // not tried again with every line
    return write_out();
  }
  ::close(descriptor_);
  descriptor_ = fresh;
  size_ = size_of(fresh);
}

}  // namespace tandem
