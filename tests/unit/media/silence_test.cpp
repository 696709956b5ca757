// Reports of silence: the clock is the test's, the tick is real and short.
#include "media_fixture.h"

namespace tandem::test {
namespace {

using namespace std::chrono_literals;

class SilenceTest : public MediaFixture {
 protected:
  void SetUp() override {
    start();
    port_ = listened();
    port_->set_remote(phone_.rtp.address(), phone_.rtcp.address(), false);
  }
  std::unique_ptr<MediaPort> listened() {
    auto port = open();
    port->listen([this, p = port.get()](const MediaEvent& event) {
      if (event.kind == MediaEvent::Kind::silent) silent_.push_back(p);
    });
    return port;
  }
  bool reports(size_t n) {
    return loop.run_until([&] { return silent_.size() >= n; }) && silent_.size() == n;
  }
  /// Long enough in real ticks for a report that must not come: a port with a shorter limit, set later, is reported first.
  void expect_no_further_report() {
    const size_t before = silent_.size();
    const auto control = listened();
    control->set_timeout(1ms);
    barrier();
    clock.advance(2ms);
    ASSERT_TRUE(loop.run_until([&] { return std::count(silent_.begin(), silent_.end(), control.get()) == 1; }));
    EXPECT_EQ(silent_.size(), before + 1);
    std::erase(silent_, control.get());
  }

  Phone phone_;
  std::unique_ptr<MediaPort> port_;
  std::vector<MediaPort*> silent_;
};

TEST_F(SilenceTest, IsReportedOncePastTheLimit) {
  port_->set_timeout(60s);
  barrier();
  clock.advance(59s);
  expect_no_further_report();
  clock.advance(2s);
  EXPECT_TRUE(reports(1));
  EXPECT_EQ(silent_.front(), port_.get());
  clock.advance(600s);
  expect_no_further_report();
}

TEST_F(SilenceTest, RtpAndRtcpBothBreakIt) {
  port_->set_timeout(60s);
  barrier();
  for (int i = 0; i < 4; ++i) {
    clock.advance(40s);
    const auto heard = port_->counts().received_packets;
    phone_.rtp.send(rtp(0, 1), port_->local_rtp());
    ASSERT_TRUE(eventually([&] { return port_->counts().received_packets > heard; }));
    expect_no_further_report();
  }
  for (int i = 0; i < 4; ++i) {
    clock.advance(40s);
    phone_.rtcp.send(rtcp(), port_->local_rtcp());
    barrier();  // it was there before what the barrier sends
    expect_no_further_report();
  }
  clock.advance(61s);
  EXPECT_TRUE(reports(1));
}

TEST_F(SilenceTest, IsReportedAgainAfterSound) {
  port_->set_timeout(60s);
  barrier();
  clock.advance(61s);
  EXPECT_TRUE(reports(1));
  phone_.rtp.send(rtp(0, 1), port_->local_rtp());
  ASSERT_TRUE(eventually([&] { return port_->counts().received_packets == 1; }));
  expect_no_further_report();
  clock.advance(61s);
  EXPECT_TRUE(reports(2));
}

TEST_F(SilenceTest, JunkDoesNotBreakIt) {
  port_->set_timeout(60s);
  barrier();
  clock.advance(50s);
  phone_.rtp.send(Bytes(20, 0), port_->local_rtp());
  ASSERT_TRUE(eventually([&] { return port_->counts().dropped_packets == 1; }));
  expect_no_further_report();
  clock.advance(11s);
  EXPECT_TRUE(reports(1));
}

TEST_F(SilenceTest, AHeldLegMayBeSilent) {
  port_->set_timeout(60s);
  port_->set_timeout(0ms);
  barrier();
  clock.advance(600s);
  expect_no_further_report();
  port_->set_timeout(60s);  // counts from now
  barrier();
  clock.advance(59s);
  expect_no_further_report();
  clock.advance(2s);
  EXPECT_TRUE(reports(1));
}

TEST_F(SilenceTest, AClosedPortIsNotReported) {
  port_->set_timeout(60s);
  barrier();
  clock.advance(61s);
  // The report is made and waits for the switch thread, which closes the port first; its slot then serves another.
  ASSERT_TRUE(eventually([&] { return counting_loop.posts() > 0; }));
  port_.reset();
  const auto next = listened();
  next->set_timeout(600s);
  barrier();
  loop.settle();
  EXPECT_TRUE(silent_.empty());
}

TEST_F(SilenceTest, TheHandlerMayDestroyThePort) {
  port_->listen([this](const MediaEvent&) {
    silent_.push_back(port_.get());
    port_.reset();
  });
  port_->set_timeout(60s);
  barrier();
  clock.advance(61s);
  EXPECT_TRUE(reports(1));
  barrier();
}

TEST_F(SilenceTest, AReportAfterTheEngineHasGoneDoesNothing) {
  port_->set_timeout(60s);
  barrier();
  clock.advance(61s);
  ASSERT_TRUE(eventually([&] { return counting_loop.posts() > 0; }));
  port_.reset();
  engine.reset();
  loop.settle();
  EXPECT_TRUE(silent_.empty());
}

TEST_F(SilenceTest, ManyPortsKeepTheirOwnLimits) {
  std::vector<std::unique_ptr<MediaPort>> ports;
  for (int i = 0; i < 20; ++i) {
    ports.push_back(listened());
    ports.back()->set_timeout(std::chrono::seconds(10 * (i + 1)));
  }
  ports.erase(ports.begin() + 5);  // 60 s
  ports[0]->set_timeout(0ms);      // was 10 s
  barrier();
  clock.advance(75s);
  EXPECT_TRUE(reports(5));  // 20, 30, 40, 50, 70
  clock.advance(200s);
  EXPECT_TRUE(reports(18));
}

}  // namespace
}  // namespace tandem::test
