// JobQueue: the way from the switch thread to one thread of the store that sleeps while there is nothing to do. Any thread puts, one takes.
#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <utility>
#include <vector>

#include "tandem/loop.h"

namespace tandem {

/// Bounded with the shares of a Mailbox: new work fills at most three quarters.
template <class T>
class JobQueue {
 public:
  explicit JobQueue(size_t capacity) : capacity_(capacity) {}

  /// False when the share is full or the queue is closed.
  [[nodiscard]] bool put(T job, Share share) {
    return put_within(std::move(job), share == Share::existing ? capacity_ : capacity_ - capacity_ / 4);
  }
  /// Past the bound, for a caller who waits and so cannot come twice. False only when closed.
  [[nodiscard]] bool put_always(T job) { return put_within(std::move(job), SIZE_MAX); }

  /// Reader only: sleeps until there are jobs, the queue is closed or `limit` has passed, then swaps out all that gathered. False when it
  /// is closed and empty.
  bool take(std::vector<T>& into, std::optional<std::chrono::milliseconds> limit) {
    into.clear();
    std::unique_lock lock(mutex_);
    const auto awake = [this] { return closed_ || !jobs_.empty(); };
    if (limit) {
      wake_.wait_for(lock, *limit, awake);
    } else {
      wake_.wait(lock, awake);
    }
    jobs_.swap(into);
    return !(closed_ && into.empty());
  }

  void close() {
    std::lock_guard lock(mutex_);
    closed_ = true;
    wake_.notify_one();
  }
  /// Takes out what nobody will do any more.
  std::vector<T> abandon() {
    std::lock_guard lock(mutex_);
    return std::exchange(jobs_, {});
  }

 private:
  bool put_within(T job, size_t room) {
    std::lock_guard lock(mutex_);
    if (closed_ || jobs_.size() >= room) return false;
    jobs_.push_back(std::move(job));
    if (jobs_.size() == 1) wake_.notify_one();
    return true;
  }

  const size_t capacity_;
  std::mutex mutex_;
  std::condition_variable wake_;
  std::vector<T> jobs_;
  bool closed_ = false;
};

}  // namespace tandem
