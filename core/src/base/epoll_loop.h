// EpollLoop: the switch thread's loop on one epoll. Lives on the thread that calls run() or step(); post(), pressure() and stop() on any.
#pragma once

#include <atomic>
#include <memory>
#include <vector>

#include "base/timer_queue.h"
#include "tandem/loop.h"
#include "tandem/mailbox.h"

namespace tandem {

/// One turn: wait, then events and mailbox, due timers, sources. Deferred tasks run after each callback. A Registration and a Timer must
/// not outlive the loop. A watch is undone before its descriptor is closed.
class EpollLoop final : public Loop {
 public:
  /// `mailbox_capacity` is in tasks. Throws std::system_error when the kernel has no descriptor left, at start only.
  explicit EpollLoop(Clock& clock, size_t mailbox_capacity = 65536);
  EpollLoop(const EpollLoop&) = delete;
  EpollLoop& operator=(const EpollLoop&) = delete;
  ~EpollLoop() override;

  /// Turns until stop(); a stop() that came before makes it return at once. May be called again.
  void run();
  /// Any thread, also a signal handler.
  void stop();
  /// One turn that waits for at most `longest`: for tests, and for the last moments of a shutdown.
  void step(std::chrono::milliseconds longest);

  Clock& clock() override { return clock_; }
  bool post(Task task, Share share) override;
  double pressure() const override;
  /// An empty Registration, and an error in the log, when the descriptor cannot be watched (closed, or watched already).
  Registration watch(int fd, uint32_t events, UniqueFunction<void(uint32_t)> ready) override;
  Registration attach(LoopSource& source) override;
  void defer(Task task) override { deferred_.push_back(std::move(task)); }
  uint64_t arm(Instant when, UniqueFunction<void()> fire) override;
  size_t timers() const { return timers_.size(); }  ///< armed now
  void disarm(uint64_t id) override { timers_.disarm(id); }

 private:
  struct Watch {
    int fd = -1;
    uint32_t generation = 0;  // moves on when the watch is undone, so that an event still in the batch finds nobody
    bool own_work = true;     // false: a foreign loop's descriptor, whose readiness says nothing about the others
    UniqueFunction<void(uint32_t)> ready;
  };
  struct Source {
    LoopSource* source = nullptr;  // null once detached
    bool readable = false;
    Instant due{};
    Registration watch;
  };

  Registration add_watch(int fd, uint32_t events, bool own_work, UniqueFunction<void(uint32_t)> ready);
  void remove_watch(uint32_t index);
  void turn(std::chrono::milliseconds longest);
  void settle();
  void run_sources();
  int wait_for(std::chrono::milliseconds longest);
  void dispatch(uint64_t key, uint32_t events);
  void run_mailbox();
  void run_timers();
  void run_deferred();

  Clock& clock_;
  const size_t capacity_;
  const int epoll_;
  std::atomic<bool> stop_{false};
  std::atomic<size_t> waiting_{0};  // posted and not yet run
  Mailbox<Task> mailbox_;
  std::vector<Task> batch_;
  std::vector<Task> deferred_;
  TimerQueue timers_;
  Instant due_now_{};  // the instant whose timers are being run
  bool dirty_ = true;  // something of ours has run since the sources were served
  std::vector<Watch> watches_;
  std::vector<uint32_t> free_watches_;
  std::vector<std::unique_ptr<Source>> sources_;
  Registration mailbox_watch_;
};

}  // namespace tandem
