// Mailbox: the way from any thread to one thread. Bounded, never blocks, drained whole on each wake-up.
#pragma once

#include <sys/eventfd.h>
#include <unistd.h>

#include <cstddef>
#include <deque>
#include <mutex>
#include <utility>
#include <vector>

#include "tandem/loop.h"

namespace tandem {

/// Many writers, one reader. T owns its data. The reader waits on descriptor() (an eventfd) and calls drain().
template <class T>
class Mailbox {
 public:
  explicit Mailbox(size_t capacity) : capacity_(capacity), descriptor_(eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)) {}
  Mailbox(const Mailbox&) = delete;
  Mailbox& operator=(const Mailbox&) = delete;
  ~Mailbox() { close(descriptor_); }

  /// Any thread. False when the share is full; `value` is then destroyed by the caller's argument going away.
  [[nodiscard]] bool post(T value, Share share) {
    bool wake = false;
    {
      std::lock_guard lock(mutex_);
      const size_t room = share == Share::existing ? capacity_ : capacity_ - capacity_ / 4;
      if (box_.size() >= room) return false;
      wake = box_.empty();
      box_.push_back(std::move(value));
    }
    if (wake) signal();
    return true;
  }

  /// Any thread: takes as many of `values` as there is room for off its front, with one wake-up. Returns how many.
  size_t post_from(std::deque<T>& values) {
    size_t taken = 0;
    bool wake = false;
    {
      std::lock_guard lock(mutex_);
      wake = box_.empty();
      for (; !values.empty() && box_.size() < capacity_; ++taken) {
        box_.push_back(std::move(values.front()));
        values.pop_front();
      }
    }
    if (wake && taken > 0) signal();
    return taken;
  }

  /// Reader only: swaps out everything that is waiting. The vector's capacity is reused on both sides.
  void drain(std::vector<T>& into) {
    into.clear();
    eventfd_t count = 0;
    (void)!::read(descriptor_, &count, sizeof count);
    std::lock_guard lock(mutex_);
    box_.swap(into);
  }

  int descriptor() const { return descriptor_; }
  double pressure() const {
    std::lock_guard lock(mutex_);
    return static_cast<double>(box_.size()) / static_cast<double>(capacity_);
  }

 private:
  void signal() const {
    const eventfd_t one = 1;
    (void)!::write(descriptor_, &one, sizeof one);
  }

  const size_t capacity_;
  const int descriptor_;
  mutable std::mutex mutex_;
  std::vector<T> box_;
};

}  // namespace tandem
