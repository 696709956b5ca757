#include "host/shutdown.h"

#include <gmock/gmock.h>

#include <csignal>

#include "unit/call/call_fixture.h"

namespace tandem::test {
namespace {

using testing::HasSubstr;

class ShutdownTest : public CallTest {
 protected:
  void SetUp() override {
    shutdown_.set_limit(seconds(30));
    caller_ = answered_call();
  }
  bool takes(const std::string& number) { return static_cast<bool>(calls.incoming(sip, leg_from(kJohn, number))); }
  void end_the_call() {
    calls.hangup_all({});
    sip_ends_everything();
  }
  void sip_ends_everything() {
    loop.settle();
    for (const auto& order : sip.orders_) {
      if (order.what == "hangup") calls.ended(order.channel, {});
    }
    loop.settle();
  }

  int ended_ = 0;
  Shutdown shutdown_{loop, calls, [this] { ++ended_; }};
  ChannelId caller_ = 0;
};

TEST_F(ShutdownTest, NowIsAtOnce) {
  EXPECT_THAT(shutdown_.begin(Shutdown::Way::now, false), HasSubstr("stopping now: 1 calls"));
  EXPECT_EQ(ended_, 1);
}

TEST_F(ShutdownTest, GracefullyRefusesNewCallsAndWaitsForTheLast) {
  shutdown_.begin(Shutdown::Way::gracefully, false);
  loop.advance(seconds(5));
  EXPECT_EQ(ended_, 0);
  EXPECT_FALSE(takes("11002"));
  end_the_call();
  ASSERT_EQ(calls.calls(), 0u);
  loop.advance(seconds(1));
  EXPECT_EQ(ended_, 1);
  loop.advance(seconds(60));
  EXPECT_EQ(ended_, 1) << "the limit is forgotten";
}

TEST_F(ShutdownTest, CallsThatGoOnEndAtTheLimit) {
  shutdown_.begin(Shutdown::Way::gracefully, true);
  loop.advance(seconds(29));
  EXPECT_EQ(ended_, 0);
  loop.advance(seconds(2));
  EXPECT_EQ(ended_, 1);
  EXPECT_TRUE(shutdown_.restart());
}

TEST_F(ShutdownTest, WhenConvenientTakesNewCallsAsEver) {
  shutdown_.begin(Shutdown::Way::when_convenient, false);
  loop.advance(seconds(120));
  EXPECT_EQ(ended_, 0);
  EXPECT_EQ(shutdown_.describe(), "stopping when convenient");
  end_the_call();
  loop.advance(seconds(1));
  EXPECT_EQ(ended_, 1);
}

TEST_F(ShutdownTest, TheSecondSignalIsNow) {
  shutdown_.on_signal(SIGTERM);
  EXPECT_EQ(ended_, 0);
  EXPECT_EQ(shutdown_.describe(), "stopping gracefully");
  shutdown_.on_signal(SIGTERM);
  EXPECT_EQ(ended_, 1);
}

TEST_F(ShutdownTest, MayBeCalledOff) {
  EXPECT_FALSE(shutdown_.cancel());
  shutdown_.begin(Shutdown::Way::gracefully, true);
  ASSERT_TRUE(shutdown_.cancel());
  EXPECT_FALSE(shutdown_.restart());
  EXPECT_TRUE(takes("11002"));
  loop.advance(seconds(60));
  EXPECT_EQ(ended_, 0);
  shutdown_.begin(Shutdown::Way::now, false);
  EXPECT_FALSE(shutdown_.cancel()) << "too late";
}

}  // namespace
}  // namespace tandem::test
