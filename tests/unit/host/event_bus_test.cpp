#include "host/event_bus.h"

#include <gtest/gtest.h>

#include <string>

namespace tandem {
namespace {

struct DoorOpened {
  static constexpr std::string_view kEvent = "door.opened";
  int number;
};
struct DoorClosed {
  static constexpr std::string_view kEvent = "door.closed";
};

class EventBusTest : public testing::Test {
 protected:
  EventBus bus_;
  Events& events_ = bus_;
  std::string heard_;
};

TEST_F(EventBusTest, TellsThoseWhoSubscribedInTheirOrder) {
  const auto a = events_.subscribe<DoorOpened>([&](const DoorOpened& e) { heard_ += "a" + std::to_string(e.number); });
  const auto b = events_.subscribe<DoorOpened>([&](const DoorOpened& e) { heard_ += "b" + std::to_string(e.number); });
  const auto c = events_.subscribe<DoorClosed>([&](const DoorClosed&) { heard_ += "c"; });
  events_.publish(DoorOpened{7});
  EXPECT_EQ(heard_, "a7b7");
}

TEST_F(EventBusTest, AHandlerMayEndItselfAndTheNextOne) {
  Registration second;
  Registration first = events_.subscribe<DoorClosed>([&](const DoorClosed&) {
    heard_ += "1";
    first.reset();
    second.reset();
  });
  second = events_.subscribe<DoorClosed>([&](const DoorClosed&) { heard_ += "2"; });
  events_.publish(DoorClosed{});
  events_.publish(DoorClosed{});
  EXPECT_EQ(heard_, "1");
}

TEST_F(EventBusTest, WhoSubscribesDuringAnEventHearsTheNext) {
  std::vector<Registration> late;
  const auto first = events_.subscribe<DoorClosed>([&](const DoorClosed&) {
    heard_ += "1";
    if (late.empty()) late.push_back(events_.subscribe<DoorClosed>([&](const DoorClosed&) { heard_ += "2"; }));
  });
  events_.publish(DoorClosed{});
  EXPECT_EQ(heard_, "1");
  events_.publish(DoorClosed{});
  EXPECT_EQ(heard_, "112");
}

}  // namespace
}  // namespace tandem
