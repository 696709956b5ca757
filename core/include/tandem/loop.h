// Loop: the switch thread. One epoll, one timer queue, one mailbox; everything that the core and the modules do happens in its callbacks.
#pragma once

#include <cstdint>

#include "tandem/clock.h"
#include "tandem/function.h"
#include "tandem/registration.h"

namespace tandem {

/// Which share of a mailbox a post may use: new work fills at most three quarters, the rest is kept for calls that exist.
enum class Share { new_work, existing };

/// A library with an event loop of its own (Sofia-SIP) that lives inside ours. Switch thread.
class LoopSource {
 public:
  virtual ~LoopSource() = default;
  /// A descriptor that is readable when run() has something to do (another epoll will do). Constant.
  virtual int descriptor() const = 0;
  /// Called when the descriptor is readable, when what was due is, and when other work may have made something due: do it, return how long
  /// the loop may sleep.
  virtual std::chrono::milliseconds run(bool readable) = 0;
};

class Loop {
 public:
  virtual ~Loop() = default;
  virtual Clock& clock() = 0;

  /// From any thread: run `task` on the switch thread, in order of posting. False when the share is full (nothing is done then).
  /// Never blocks. A wake-up drains the whole mailbox.
  [[nodiscard]] virtual bool post(Task task, Share share) = 0;
  /// How full the mailbox is, 0.0 to 1.0. Beyond 0.75 drivers refuse new calls before they make any state. Any thread.
  virtual double pressure() const = 0;

  /// Switch thread: call `ready(events)` when epoll reports `events` (EPOLLIN, ...) for `fd`, level-triggered, until undone.
  virtual Registration watch(int fd, uint32_t events, UniqueFunction<void(uint32_t)> ready) = 0;
  /// Switch thread: serve a foreign loop until undone.
  virtual Registration attach(LoopSource& source) = 0;
  /// Switch thread: run `task` after the current callback has returned, before the next wait.
  virtual void defer(Task task) = 0;

  /// For Timer only.
  virtual uint64_t arm(Instant when, UniqueFunction<void()> fire) = 0;
  virtual void disarm(uint64_t id) = 0;
};

/// A one-shot timer on the switch thread. Destroying or restarting it disarms it: no callback after that.
class Timer {
 public:
  explicit Timer(Loop& loop) : loop_(&loop) {}
  Timer(const Timer&) = delete;
  Timer& operator=(const Timer&) = delete;
  ~Timer() { stop(); }

  void start(Duration delay, Task fire) {
    stop();
    id_ = loop_->arm(loop_->clock().now() + delay, [this, f = std::move(fire)]() mutable {
      id_ = 0;
      auto run = std::move(f);  // the callback may restart or destroy this timer
      run();
    });
  }
  void stop() {
    if (id_ != 0) loop_->disarm(std::exchange(id_, 0));
  }
  bool running() const { return id_ != 0; }

 private:
  Loop* loop_;
  uint64_t id_ = 0;
};

}  // namespace tandem
