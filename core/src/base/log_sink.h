// LogSink: writes finished lines to a file, in one piece for as long as more are queued, and moves it out of the way when it has grown. The
// log's writer thread, except where said.
#pragma once

#include <spdlog/async_logger.h>
#include <spdlog/details/thread_pool.h>
#include <spdlog/sinks/base_sink.h>

#include <atomic>
#include <mutex>
#include <string>

#include "base/logger.h"

namespace tandem {

/// The mutex is for the end alone: whoever lets go of the log last destroys the sink, and must see all that the writer thread has done.
class LogSink final : public spdlog::sinks::base_sink<std::mutex> {
 public:
  /// `descriptor` is open on `file.path`, or stderr where that is empty. `queue` is the one whose thread calls us; it outlives the sink's
  /// last message.
  LogSink(int descriptor, LogFile file, spdlog::details::thread_pool& queue);
  LogSink(const LogSink&) = delete;
  LogSink& operator=(const LogSink&) = delete;
  ~LogSink() override;

  enum class Order { none, reopen, rotate };
  /// Any thread: to be done at the next flush.
  void order(Order what) { order_.store(what); }
  /// Any thread: another sink has taken over the file, this one only writes what it has.
  void retire() { retired_.store(true); }

 protected:
  void sink_it_(const spdlog::details::log_msg& message) override;
  void flush_() override;

 private:
  void append(const spdlog::details::log_msg& message);
  void tell(LogLevel level, const std::string& text);
  void write_out();
  void rotate();
  void reopen();

  int descriptor_;
  const LogFile file_;
  spdlog::details::thread_pool& queue_;
  std::atomic<Order> order_{Order::none};
  std::atomic<bool> retired_{false};
  size_t size_ = 0;  // of the file
  size_t lost_ = 0;  // lines that the full queue has dropped, as far as told
  std::string waiting_;
};

}  // namespace tandem
