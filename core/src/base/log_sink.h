// LogSink: writes finished lines to a descriptor, in one piece for as long as more are queued. The log's writer thread only.
#pragma once

#include <spdlog/async_logger.h>
#include <spdlog/details/thread_pool.h>
#include <spdlog/sinks/base_sink.h>

#include <mutex>
#include <string>

namespace tandem {

/// The mutex is for the end alone: whoever lets go of the log last destroys the sink, and must see all that the writer thread has done.
class LogSink final : public spdlog::sinks::base_sink<std::mutex> {
 public:
  /// `descriptor` is closed at the end if `owned`. `queue` is the one whose thread calls us; it outlives the sink's last message.
  LogSink(int descriptor, bool owned, spdlog::details::thread_pool& queue) : descriptor_(descriptor), owned_(owned), queue_(queue) {}
  LogSink(const LogSink&) = delete;
  LogSink& operator=(const LogSink&) = delete;
  ~LogSink() override;

 protected:
  void sink_it_(const spdlog::details::log_msg& message) override;
  void flush_() override;

 private:
  void append(const spdlog::details::log_msg& message);

  const int descriptor_;
  const bool owned_;
  spdlog::details::thread_pool& queue_;
  size_t lost_ = 0;  // lines that the full queue has dropped, as far as told
  std::string waiting_;
};

}  // namespace tandem
