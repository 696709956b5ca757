#include "base/timer_queue.h"

#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <random>

namespace tandem {
namespace {

using std::chrono::milliseconds;

class TimerQueueTest : public testing::Test {
 protected:
  Instant at(int ms) const { return Instant(milliseconds(ms)); }
  uint64_t arm(int ms, int name) {
    return queue.arm(at(ms), [this, name] { fired.push_back(name); });
  }
  void run(int ms) {
    const auto mark = queue.mark();
    while (auto fire = queue.take_due(at(ms), mark)) fire();
  }

  TimerQueue queue;
  std::vector<int> fired;
};

TEST_F(TimerQueueTest, FiresInOrderOfDeadlineThenOfArming) {
  arm(30, 1);
  arm(10, 2);
  arm(10, 3);
  arm(20, 4);
  EXPECT_EQ(queue.next(), at(10));
  run(9);
  EXPECT_TRUE(fired.empty());
  run(25);
  EXPECT_EQ(fired, (std::vector{2, 3, 4}));
  EXPECT_EQ(queue.next(), at(30));
  EXPECT_EQ(queue.size(), 1U);
}

TEST_F(TimerQueueTest, AnOldIdNeverHitsTheNextTenant) {
  const auto first = arm(10, 1);
  queue.disarm(first);
  const auto second = arm(10, 2);
  EXPECT_NE(first, second);
  queue.disarm(first);
  queue.disarm(0);
  queue.disarm(~uint64_t{0});
  run(10);
  EXPECT_EQ(fired, std::vector{2});
  queue.disarm(second);
  EXPECT_EQ(queue.size(), 0U);
  EXPECT_FALSE(queue.next());
}

TEST_F(TimerQueueTest, ACallbackThatArmsAtOnceWaitsForTheNextRound) {
  queue.arm(at(5), [this] {
    fired.push_back(1);
    arm(5, 2);
  });
  run(5);
  EXPECT_EQ(fired, std::vector{1});
  run(5);
  EXPECT_EQ(fired, (std::vector{1, 2}));
}

TEST_F(TimerQueueTest, DyingCallbacksMayDisarmAndArm) {
  struct Owner {
    TimerQueue& queue;
    uint64_t other;
    ~Owner() {
      queue.disarm(other);
      queue.arm(Instant(milliseconds(1)), [] {});
    }
  };
  const auto other = arm(7, 1);
  const auto id = queue.arm(at(5), [owner = std::make_unique<Owner>(queue, other)] {});
  queue.disarm(id);
  EXPECT_EQ(queue.size(), 1U);
  EXPECT_EQ(queue.next(), at(1));
  queue.arm(at(9), [owner = std::make_unique<Owner>(queue, uint64_t{0})] {});
  queue.clear();
  EXPECT_EQ(queue.size(), 0U);
  EXPECT_FALSE(queue.next());
}

// Against a plain model, with far more disarming than firing, so that sweeps and slot reuse happen.
TEST_F(TimerQueueTest, AgreesWithAModelOverManySteps) {
  std::mt19937 random(7);
  std::map<std::pair<int, int>, uint64_t> model;  // (deadline, name) -> id
  std::vector<int> expected;
  int now = 0;
  for (int name = 0; name < 20000; ++name) {
    const int deadline = now + static_cast<int>(random() % 500);
    model[{deadline, name}] = arm(deadline, name);
    if (random() % 10 < 9) {
      auto victim = model.lower_bound({now + static_cast<int>(random() % 500), 0});
      if (victim != model.end()) {
        queue.disarm(victim->second);
        model.erase(victim);
      }
    }
    if (random() % 8 == 0) {
      now += static_cast<int>(random() % 20);
      while (!model.empty() && model.begin()->first.first <= now) {
        expected.push_back(model.begin()->first.second);
        model.erase(model.begin());
      }
      run(now);
      ASSERT_EQ(fired, expected);
    }
    ASSERT_EQ(queue.size(), model.size());
  }
  EXPECT_GT(fired.size(), 100U);
}

}  // namespace
}  // namespace tandem
