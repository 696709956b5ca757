// EdgeLoop: epoll for many connections, edge-triggered, with a mailbox and a beat. Edge thread; post() and stop() from any thread.
#pragma once

#include <atomic>
#include <deque>
#include <memory>
#include <vector>

#include "media/descriptor.h"
#include "tandem/clock.h"
#include "tandem/mailbox.h"

namespace tandem {

/// Something with a descriptor. Destroyed through EdgeLoop::bury() only, so that an event that is still in the batch finds it.
class EdgeSource {
 public:
  virtual ~EdgeSource() = default;
  virtual void ready(uint32_t events) = 0;
};

class EdgeLoop {
 public:
  explicit EdgeLoop(Clock& clock);

  /// Turns until stop().
  void run();
  void stop();
  /// One turn that waits for at most `longest`.
  void step(std::chrono::milliseconds longest);
  [[nodiscard]] bool post(Task task) { return mailbox_.post(std::move(task), Share::existing); }

  Clock& clock() { return clock_; }
  /// The time of this turn.
  Instant now() const { return now_; }
  /// `events` as epoll has them, EPOLLET where wanted. False: the kernel has no room.
  bool watch(int fd, uint32_t events, EdgeSource& source);
  /// `task` runs in this turn, after those who have an event now. For what costs much: see slowly().
  void soon(Task task) { soon_.push_back(std::move(task)); }
  /// `task` runs when everybody else has had their turn, a few such tasks a turn: handshakes cost a thousand times what a message does.
  void slowly(Task task) { slow_.push_back(std::move(task)); }
  void bury(std::shared_ptr<void> dead) { dead_.push_back(std::move(dead)); }
  /// Called about once a second.
  void on_beat(UniqueFunction<void()> beat) { beat_ = std::move(beat); }

 private:
  void run_mailbox();
  void run_waiting();

  Clock& clock_;
  Descriptor epoll_;
  Mailbox<Task> mailbox_{65'536};
  std::vector<Task> batch_;
  std::vector<Task> soon_;
  std::deque<Task> slow_;
  std::vector<std::shared_ptr<void>> dead_;
  UniqueFunction<void()> beat_;
  Instant now_, next_beat_;
  std::atomic<bool> stop_{false};
};

}  // namespace tandem
