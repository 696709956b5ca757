#include "base/epoll_loop.h"

#include <gtest/gtest.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <memory>
#include <thread>

#include "support/fake_clock.h"

namespace tandem {
namespace {

using std::chrono::milliseconds;

/// An eventfd of its own.
class Signal {
 public:
  Signal() : fd_(::eventfd(0, EFD_NONBLOCK)) {}
  Signal(const Signal&) = delete;
  Signal& operator=(const Signal&) = delete;
  ~Signal() { ::close(fd_); }
  int fd() const { return fd_; }
  void raise() const { ::eventfd_write(fd_, 1); }
  void lower() const {
    eventfd_t count = 0;
    ::eventfd_read(fd_, &count);
  }

 private:
  int fd_;
};

class EpollLoopTest : public testing::Test {
 protected:
  void step() { loop.step(milliseconds(0)); }

  test::FakeClock clock;
  EpollLoop loop{clock, 8};
};

TEST_F(EpollLoopTest, TimersFollowTheClock) {
  Timer timer(loop);
  int fired = 0;
  timer.start(milliseconds(10), [&] { ++fired; });
  EXPECT_TRUE(timer.running());
  step();
  clock.advance(milliseconds(9));
  step();
  EXPECT_EQ(fired, 0);
  clock.advance(milliseconds(1));
  step();
  EXPECT_EQ(fired, 1);
  EXPECT_FALSE(timer.running());
  clock.advance(milliseconds(100));
  step();
  EXPECT_EQ(fired, 1);
}

TEST_F(EpollLoopTest, ATimerMayDestroyItselfInItsOwnCallback) {
  auto timer = std::make_unique<Timer>(loop);
  auto payload = std::make_shared<int>(0);
  timer->start(milliseconds(1), [&timer, payload] {
    timer.reset();
    ++*payload;  // what the callback owns lives until it has returned
  });
  clock.advance(milliseconds(1));
  step();
  EXPECT_EQ(*payload, 1);
  EXPECT_EQ(payload.use_count(), 1);
}

TEST_F(EpollLoopTest, ATimerMayRestartItselfWithoutHoldingTheLoop) {
  Timer timer(loop);
  int fired = 0;
  std::function<void()> again = [&] {
    ++fired;
    timer.start(milliseconds(-5), again);
  };
  timer.start(milliseconds(0), again);
  int other = 0;
  Timer patient(loop);
  patient.start(milliseconds(0), [&] { ++other; });
  step();
  EXPECT_EQ(fired, 1);
  EXPECT_EQ(other, 1);
  step();
  EXPECT_EQ(fired, 2);
}

TEST_F(EpollLoopTest, ATimerStopsAnotherThatIsDueInTheSameTurn) {
  Timer first(loop);
  Timer second(loop);
  bool fired = false;
  first.start(milliseconds(1), [&] { second.stop(); });
  second.start(milliseconds(1), [&] { fired = true; });
  clock.advance(milliseconds(1));
  step();
  EXPECT_FALSE(fired);
}

TEST_F(EpollLoopTest, AWatchIsLevelTriggeredUntilUndone) {
  Signal signal;
  int called = 0;
  auto watch = loop.watch(signal.fd(), EPOLLIN, [&](uint32_t events) {
    EXPECT_EQ(events, static_cast<uint32_t>(EPOLLIN));
    ++called;
  });
  step();
  EXPECT_EQ(called, 0);
  signal.raise();
  step();
  step();
  EXPECT_EQ(called, 2);
  watch.reset();
  step();
  EXPECT_EQ(called, 2);
}

TEST_F(EpollLoopTest, AWatchMayUndoItselfInItsCallback) {
  Signal signal;
  auto payload = std::make_shared<int>(0);
  Registration watch;
  watch = loop.watch(signal.fd(), EPOLLIN, [&watch, payload](uint32_t) {
    watch.reset();
    ++*payload;
  });
  signal.raise();
  step();
  step();
  EXPECT_EQ(*payload, 1);
  EXPECT_EQ(payload.use_count(), 1);
}

TEST_F(EpollLoopTest, AnEventOfTheSameBatchDoesNotReachAnUndoneWatch) {
  Signal a;
  Signal b;
  Registration watch_a;
  Registration watch_b;
  int called = 0;
  // Whichever comes first undoes the other: the other's event is in the batch already.
  watch_a = loop.watch(a.fd(), EPOLLIN, [&](uint32_t) {
    ++called;
    watch_b.reset();
  });
  watch_b = loop.watch(b.fd(), EPOLLIN, [&](uint32_t) {
    ++called;
    watch_a.reset();
  });
  a.raise();
  b.raise();
  step();
  EXPECT_EQ(called, 1);
}

TEST_F(EpollLoopTest, AnEventOfTheSameBatchDoesNotReachTheSlotsNextTenant) {
  Signal a;
  Signal b;
  Signal fresh;
  Registration watch_a;
  Registration watch_b;
  Registration tenant;
  int called = 0;
  int wrong = 0;
  const auto swap = [&](Registration& other) {
    ++called;
    a.lower();
    b.lower();
    other.reset();
    tenant = loop.watch(fresh.fd(), EPOLLIN, [&](uint32_t) { ++wrong; });
  };
  watch_a = loop.watch(a.fd(), EPOLLIN, [&](uint32_t) { swap(watch_b); });
  watch_b = loop.watch(b.fd(), EPOLLIN, [&](uint32_t) { swap(watch_a); });
  a.raise();
  b.raise();
  step();
  EXPECT_EQ(called, 1);
  EXPECT_EQ(wrong, 0);
  fresh.raise();
  step();
  EXPECT_EQ(wrong, 1);  // and the tenant itself works
}

TEST_F(EpollLoopTest, ACallbackMayAddManyWatches) {
  Signal trigger;
  std::vector<std::unique_ptr<Signal>> signals;
  std::vector<Registration> watches;
  int called = 0;
  auto watch = loop.watch(trigger.fd(), EPOLLIN, [&](uint32_t) {
    trigger.lower();
    for (int i = 0; i < 100; ++i) {
      signals.push_back(std::make_unique<Signal>());
      watches.push_back(loop.watch(signals.back()->fd(), EPOLLIN, [&](uint32_t) { ++called; }));
    }
  });
  trigger.raise();
  step();
  trigger.raise();
  for (auto& signal : signals) signal->raise();
  step();
  EXPECT_EQ(called, 100);
  EXPECT_EQ(watches.size(), 200U);
}

TEST_F(EpollLoopTest, WhatCannotBeWatchedGivesAnEmptyRegistration) {
  testing::internal::CaptureStderr();
  EXPECT_FALSE(loop.watch(-1, EPOLLIN, [](uint32_t) {}));
  EXPECT_NE(testing::internal::GetCapturedStderr().find("ERROR loop cannot watch descriptor -1"), std::string::npos);
  Signal signal;
  int called = 0;
  auto watch = loop.watch(signal.fd(), EPOLLIN, [&](uint32_t) { ++called; });
  signal.raise();
  step();
  EXPECT_EQ(called, 1);
}

TEST_F(EpollLoopTest, PostsRunInOrderAndKeepTheShares) {
  std::vector<int> ran;
  for (int i = 0; i < 6; ++i) EXPECT_TRUE(loop.post([&ran, i] { ran.push_back(i); }, Share::new_work));
  EXPECT_FALSE(loop.post([] {}, Share::new_work));
  EXPECT_DOUBLE_EQ(loop.pressure(), 0.75);
  EXPECT_TRUE(loop.post([&ran] { ran.push_back(6); }, Share::existing));
  EXPECT_TRUE(loop.post([&ran] { ran.push_back(7); }, Share::existing));
  EXPECT_FALSE(loop.post([] {}, Share::existing));
  EXPECT_DOUBLE_EQ(loop.pressure(), 1.0);
  step();
  EXPECT_EQ(ran, (std::vector{0, 1, 2, 3, 4, 5, 6, 7}));
  EXPECT_DOUBLE_EQ(loop.pressure(), 0.0);
}

TEST_F(EpollLoopTest, ATaskThatPostsIsServedInTheNextTurn) {
  int ran = 0;
  std::function<void()> again = [&] {
    ++ran;
    EXPECT_TRUE(loop.post(again, Share::existing));
  };
  EXPECT_TRUE(loop.post(again, Share::existing));
  step();
  EXPECT_EQ(ran, 1);
  step();
  EXPECT_EQ(ran, 2);
}

TEST_F(EpollLoopTest, DeferredTasksRunAfterTheCallbackBeforeTheNext) {
  std::vector<std::string> order;
  EXPECT_TRUE(loop.post(
      [&] {
        loop.defer([&] {
          order.emplace_back("deferred");
          loop.defer([&] { order.emplace_back("deferred by it"); });
        });
        order.emplace_back("first");
      },
      Share::existing));
  EXPECT_TRUE(loop.post([&] { order.emplace_back("second"); }, Share::existing));
  step();
  EXPECT_EQ(order, (std::vector<std::string>{"first", "deferred", "deferred by it", "second"}));
}

TEST_F(EpollLoopTest, ATaskThatDefersItselfForEverLeavesRoomForOthers) {
  std::function<void()> again = [&] { loop.defer(again); };
  loop.defer(again);
  bool ran = false;
  EXPECT_TRUE(loop.post([&] { ran = true; }, Share::existing));
  loop.step(std::chrono::hours(1));  // does not wait either
  EXPECT_TRUE(ran);
}

class FakeSource final : public LoopSource {
 public:
  int descriptor() const override { return signal.fd(); }
  milliseconds run(bool /*readable*/) override {
    ++runs;
    signal.lower();
    if (work) work();
    return sleep;
  }
  Signal signal;
  int runs = 0;
  milliseconds sleep{std::chrono::hours(1)};
  std::function<void()> work;
};

TEST_F(EpollLoopTest, ASourceRunsWhenReadableAndWhenDue) {
  FakeSource source;
  auto attached = loop.attach(source);
  step();
  const int after_attach = source.runs;
  EXPECT_GE(after_attach, 1);

  source.signal.raise();
  step();
  EXPECT_GE(source.runs, after_attach + 1);

  source.sleep = milliseconds(20);
  step();
  attached.reset();
  const int before = source.runs;
  source.signal.raise();
  step();
  EXPECT_EQ(source.runs, before);
}

// In run(), where a call of the source costs: once for each of its own events, once after own work, never without a reason.
TEST_F(EpollLoopTest, ASourceIsNotRunWithoutReason) {
  FakeSource source;
  auto attached = loop.attach(source);

  std::vector<int> runs;
  // A chain of one readable, one post, then stop; each link is set off from within the loop, so nothing depends on timing.
  int stage = 0;
  source.work = [&] {
    runs.push_back(stage);
    if (stage == 0) {
      stage = 1;
      source.signal.raise();
    } else if (stage == 1) {
      stage = 2;
      EXPECT_TRUE(loop.post([&] { stage = 3; }, Share::existing));
    } else if (stage == 3) {
      loop.stop();
      stage = 4;
    }
  };
  loop.run();
  EXPECT_EQ(runs, (std::vector{0, 1, 3}));
}

TEST_F(EpollLoopTest, ASourceIsNotRunForAnother) {
  FakeSource busy;
  FakeSource quiet;
  auto first = loop.attach(busy);
  auto second = loop.attach(quiet);
  busy.work = [&] { busy.runs < 5 ? busy.signal.raise() : loop.stop(); };
  loop.run();
  EXPECT_EQ(busy.runs, 5);
  EXPECT_EQ(quiet.runs, 1);  // before the first wait
}

TEST_F(EpollLoopTest, ASourceThatDefersIsRunAgainBeforeTheWait) {
  FakeSource source;
  auto attached = loop.attach(source);
  step();
  source.signal.raise();
  bool deferred = false;
  int runs_then = 0;
  source.work = [&] {
    if (deferred) return;
    loop.defer([&] {
      deferred = true;
      runs_then = source.runs;
    });
  };
  step();
  EXPECT_TRUE(deferred);
  EXPECT_GT(source.runs, runs_then);
}

TEST_F(EpollLoopTest, ASourceMayDetachItselfWhileItRuns) {
  FakeSource source;
  Registration attached = loop.attach(source);
  source.work = [&] { attached.reset(); };
  step();
  EXPECT_EQ(source.runs, 1);
  source.signal.raise();
  step();
  EXPECT_EQ(source.runs, 1);
}

TEST(EpollLoopRealTime, TheNearestOfTimerAndSourceEndsTheWait) {
  EpollLoop loop(system_clock());
  FakeSource source;
  source.sleep = std::chrono::hours(1);
  auto attached = loop.attach(source);
  Timer timer(loop);
  const auto began = system_clock().now();
  timer.start(milliseconds(20), [&] { loop.stop(); });
  loop.run();
  EXPECT_GE(system_clock().now() - began, milliseconds(20));

  source.sleep = milliseconds(5);
  source.work = [&] {
    if (source.runs > 10) loop.stop();
  };
  timer.start(std::chrono::hours(1), [] { FAIL(); });
  loop.run();
  EXPECT_GT(source.runs, 10);
}

TEST(EpollLoopRealTime, PostsFromFourThreadsAllArriveInOrder) {
  constexpr int kWriters = 4;
  constexpr int kEach = 2000;
  EpollLoop loop(system_clock(), 128);
  std::vector<int> next(kWriters, 0);
  int received = 0;
  bool ordered = true;
  {
    std::vector<std::jthread> writers;
    for (int w = 0; w < kWriters; ++w) {
      writers.emplace_back([&, w] {
        for (int i = 0; i < kEach;) {
          const bool posted = loop.post(
              [&, w, i] {
                ordered = ordered && next[static_cast<size_t>(w)]++ == i;
                if (++received == kWriters * kEach) loop.stop();
              },
              Share::new_work);
          if (posted) {
            ++i;
          } else {
            std::this_thread::yield();
          }
          EXPECT_LE(loop.pressure(), 1.0);
        }
      });
    }
    loop.run();
  }
  EXPECT_TRUE(ordered);
  EXPECT_EQ(received, kWriters * kEach);
  EXPECT_DOUBLE_EQ(loop.pressure(), 0.0);
}

TEST(EpollLoopRealTime, StopFromAnotherThreadEndsTheWait) {
  EpollLoop loop(system_clock());
  std::jthread stopper([&] { loop.stop(); });
  loop.run();  // whether the stop came before or after, this returns
  loop.stop();
  loop.run();
}

TEST(EpollLoopLifetime, WhatIsLeftMayUseTheLoopWhileItDies) {
  struct Owner {
    explicit Owner(Loop& l) : loop(l), timer(l) {
      timer.start(std::chrono::hours(1), [] {});
    }
    ~Owner() {
      loop.defer([] {});
    }
    Loop& loop;
    Timer timer;
  };
  auto loop = std::make_unique<EpollLoop>(system_clock());
  EXPECT_TRUE(loop->post([owner = std::make_unique<Owner>(*loop)] {}, Share::existing));
  loop->defer([owner = std::make_unique<Owner>(*loop)] {});
  (void)loop->arm(system_clock().now() + std::chrono::hours(1), [owner = std::make_unique<Owner>(*loop)] {});
  loop.reset();
}

}  // namespace
}  // namespace tandem
