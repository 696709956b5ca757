// FakeLoop: the switch thread without a thread. Timers fire in advance(), posts and deferred tasks run in settle(); nothing sleeps.
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <vector>

#include "support/fake_clock.h"
#include "tandem/loop.h"

namespace tandem::test {

class FakeLoop final : public Loop {
 public:
  Clock& clock() override { return clock_; }
  bool post(Task task, Share share) override;
  double pressure() const override { return pressure_; }
  Registration watch(int fd, uint32_t events, UniqueFunction<void(uint32_t)> ready) override;
  Registration attach(LoopSource& source) override;
  void defer(Task task) override { deferred_.push_back(std::move(task)); }
  uint64_t arm(Instant when, UniqueFunction<void()> fire) override;
  void disarm(uint64_t id) override;

  /// Runs posts and deferred tasks until there are none.
  void settle();
  /// Moves time on, firing timers in order at their own instants, settling after each.
  void advance(Duration by);
  /// Waits in real time (polling descriptors and sources) until `done` or `limit` of real time has passed; for tests with real threads.
  bool run_until(const std::function<bool()>& done, std::chrono::milliseconds limit = std::chrono::seconds(10));

  void set_pressure(double pressure) { pressure_ = pressure; }
  size_t timers() const { return timers_.size(); }

 private:
  FakeClock clock_;
  std::mutex mutex_;
  std::deque<Task> posted_;
  std::deque<Task> deferred_;
  struct Armed {
    Instant when;
    std::shared_ptr<UniqueFunction<void()>> fire;
  };
  std::map<uint64_t, Armed> timers_;
  struct Watched {
    uint32_t events;
    std::shared_ptr<UniqueFunction<void(uint32_t)>> ready;
  };
  std::map<int, Watched> watched_;
  std::vector<LoopSource*> sources_;
  uint64_t next_ = 1;
  double pressure_ = 0;
};

}  // namespace tandem::test
