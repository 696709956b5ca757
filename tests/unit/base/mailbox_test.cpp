#include "tandem/mailbox.h"

#include <gtest/gtest.h>
#include <poll.h>

#include <memory>
#include <thread>

namespace tandem {
namespace {

bool readable(int fd) {
  pollfd p{fd, POLLIN, 0};
  return ::poll(&p, 1, 0) == 1;
}

TEST(MailboxTest, NewWorkFillsThreeQuartersTheRestIsForCallsThatExist) {
  Mailbox<int> box(8);
  for (int i = 0; i < 6; ++i) EXPECT_TRUE(box.post(i, Share::new_work));
  EXPECT_FALSE(box.post(6, Share::new_work));
  EXPECT_DOUBLE_EQ(box.pressure(), 0.75);
  EXPECT_TRUE(box.post(7, Share::existing));
  EXPECT_TRUE(box.post(8, Share::existing));
  EXPECT_FALSE(box.post(9, Share::existing));
  std::vector<int> drained;
  box.drain(drained);
  EXPECT_EQ(drained, (std::vector{0, 1, 2, 3, 4, 5, 7, 8}));
  EXPECT_TRUE(box.post(10, Share::new_work));
}

TEST(MailboxTest, WakesOnceAndSleepsAfterTheDrain) {
  Mailbox<int> box(8);
  EXPECT_FALSE(readable(box.descriptor()));
  EXPECT_TRUE(box.post(1, Share::existing));
  EXPECT_TRUE(box.post(2, Share::existing));
  EXPECT_TRUE(readable(box.descriptor()));
  std::vector<int> drained;
  box.drain(drained);
  EXPECT_FALSE(readable(box.descriptor()));
  EXPECT_TRUE(box.post(3, Share::existing));
  EXPECT_TRUE(readable(box.descriptor()));
}

TEST(MailboxTest, ManyAtOnceWakeOnceAndTheRestStaysInOrder) {
  Mailbox<int> box(4);
  std::deque<int> values{0, 1, 2, 3, 4, 5};
  EXPECT_EQ(box.post_from(values), 4U);
  EXPECT_EQ(values, (std::deque{4, 5}));
  eventfd_t wakes = 0;
  ASSERT_EQ(::eventfd_read(box.descriptor(), &wakes), 0);
  EXPECT_EQ(wakes, 1U);
  EXPECT_EQ(box.post_from(values), 0U);
  std::vector<int> drained;
  box.drain(drained);
  EXPECT_EQ(drained, (std::vector{0, 1, 2, 3}));
  EXPECT_EQ(box.post_from(values), 2U);
  EXPECT_TRUE(readable(box.descriptor()));
}

TEST(MailboxTest, ARefusedValueDies) {
  Mailbox<std::shared_ptr<int>> box(1);
  const auto value = std::make_shared<int>(1);
  EXPECT_TRUE(box.post(value, Share::existing));
  EXPECT_FALSE(box.post(value, Share::existing));
  EXPECT_EQ(value.use_count(), 2);
}

TEST(MailboxTest, KeepsTheOrderOfEachWriter) {
  constexpr int kWriters = 4;
  constexpr int kEach = 5000;
  Mailbox<std::pair<int, int>> box(64);
  std::vector<std::jthread> writers;
  for (int w = 0; w < kWriters; ++w) {
    writers.emplace_back([&box, w] {
      for (int i = 0; i < kEach;) {
        if (box.post({w, i}, Share::existing)) {
          ++i;
        } else {
          std::this_thread::yield();
        }
      }
    });
  }
  std::vector<int> next(kWriters, 0);
  std::vector<std::pair<int, int>> drained;
  for (int received = 0; received < kWriters * kEach;) {
    pollfd p{box.descriptor(), POLLIN, 0};
    ASSERT_EQ(::poll(&p, 1, 10'000), 1);
    box.drain(drained);
    for (const auto& [writer, number] : drained) ASSERT_EQ(number, next[static_cast<size_t>(writer)]++);
    received += static_cast<int>(drained.size());
  }
}

}  // namespace
}  // namespace tandem
