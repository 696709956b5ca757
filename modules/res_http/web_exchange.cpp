#include "web_exchange.h"

#include <algorithm>
#include <cstring>
#include <utility>

namespace tandem {

WebExchange::WebExchange(ConnectionBook& book, WebConnection* line, MHD_Connection* connection, ExchangeObserver& observer)
    : book_(book), observer_(observer), line_(line), connection_(connection) {}

void WebExchange::settle(Outcome outcome) {
  const std::lock_guard lock(mutex_);
  if (answered_ || connection_ == nullptr) return;
  answered_ = true;
  if (const auto* const stream = std::get_if<Streaming>(&outcome)) {
    streaming_ = true;
    events_ = stream->head.type == "text/event-stream";
  }
  outcome_ = std::move(outcome);
  wake();
}

void WebExchange::wake() {
  if (connection_ != nullptr && std::exchange(suspended_, false)) MHD_resume_connection(connection_);
}

bool WebExchange::write(std::string piece) {
  const std::lock_guard lock(mutex_);
  if (connection_ == nullptr || !streaming_ || ended_ || cut_) return false;
  if (piece.empty()) return true;
  if (waiting_ + piece.size() > kMostWaiting) {  // a reader that does not read
    cut_ = true;
    book_.cut(line_);
    wake();
    return false;
  }
  waiting_ += piece.size();
  pieces_.push_back(std::move(piece));
  wake();
  return true;
}

void WebExchange::end() {
  const std::lock_guard lock(mutex_);
  ended_ = true;
  wake();
}

void WebExchange::when_gone(Task task) {
  {
    const std::lock_guard lock(mutex_);
    if (!gone_) {
      when_gone_ = std::move(task);
      return;
    }
  }
  observer_.gone(std::move(task));
}

bool WebExchange::answered() const {
  const std::lock_guard lock(mutex_);
  return answered_;
}

bool WebExchange::streaming_events() const {
  const std::lock_guard lock(mutex_);
  return events_ && connection_ != nullptr && !ended_;
}

bool WebExchange::over() const {
  const std::lock_guard lock(mutex_);
  return connection_ == nullptr;
}

WebExchange::Outcome WebExchange::take_or_suspend() {
  const std::lock_guard lock(mutex_);
  if (!answered_) {
    suspended_ = true;
    MHD_suspend_connection(connection_);
    return Waiting{};
  }
  return std::exchange(outcome_, Waiting{});
}

ssize_t WebExchange::read(char* into, size_t room) {
  const std::lock_guard lock(mutex_);
  if (cut_) return MHD_CONTENT_READER_END_WITH_ERROR;
  size_t copied = 0;
  while (!pieces_.empty() && copied < room) {
    const std::string& piece = pieces_.front();
    const size_t size = std::min(piece.size() - taken_, room - copied);
    std::memcpy(into + copied, piece.data() + taken_, size);
    copied += size;
    taken_ += size;
    if (taken_ == piece.size()) {
      pieces_.pop_front();
      taken_ = 0;
    }
  }
  waiting_ -= copied;
  if (copied > 0) return static_cast<ssize_t>(copied);
  if (ended_) return MHD_CONTENT_READER_END_OF_STREAM;
  suspended_ = true;
  MHD_suspend_connection(connection_);
  return 0;
}

void WebExchange::finish(bool complete) {
  Task told;
  {
    const std::lock_guard lock(mutex_);
    connection_ = nullptr;
    line_ = nullptr;
    pieces_.clear();
    gone_ = !complete || !ended_;
    if (gone_) told = std::exchange(when_gone_, nullptr);
  }
  if (told) observer_.gone(std::move(told));
}

}  // namespace tandem
