// Hostile orders of events: ports that vanish while others relay to them, storms of opening and closing under traffic, full mailboxes.
#include <filesystem>
#include <random>

#include "media_fixture.h"

namespace tandem::test {
namespace {

using namespace std::chrono_literals;

size_t open_descriptors() {
  return static_cast<size_t>(std::distance(std::filesystem::directory_iterator("/proc/self/fd"), std::filesystem::directory_iterator()));
}

class LifetimeTest : public MediaFixture {
 protected:
  explicit LifetimeTest(unsigned threads = 1) : MediaFixture(threads) {}
  void SetUp() override { start(); }
  Phone alice_, bob_;
};

TEST_F(LifetimeTest, ClosingTheTargetTurnsPacketsIntoDrops) {
  auto call = join(alice_, bob_);
  call.b.reset();
  barrier();
  alice_.rtp.send(rtp(0, 1), call.a->local_rtp());
  EXPECT_TRUE(eventually([&] { return call.a->counts().dropped_packets == 1; }));
}

TEST_F(LifetimeTest, TheNextPortInTheSlotIsNotTheOldTarget) {
  auto call = join(alice_, bob_);
  const Phone carol;
  call.b.reset();
  const auto other = open();  // takes the slot that b had
  other->set_remote(carol.rtp.address(), carol.rtcp.address(), false);
  barrier();
  alice_.rtp.send(rtp(0, 1), call.a->local_rtp());
  EXPECT_TRUE(eventually([&] { return call.a->counts().dropped_packets == 1; }));
  EXPECT_TRUE(carol.rtp.idle());
  EXPECT_EQ(other->counts().sent_packets, 0U);
}

TEST_F(LifetimeTest, CountsStartAtZeroInAUsedSlot) {
  auto call = join(alice_, bob_);
  alice_.rtp.send(rtp(0, 1), call.a->local_rtp());
  ASSERT_FALSE(bob_.rtp.receive().empty());
  call = {};
  const auto a = open(), b = open();
  a->set_timeout(0ms);
  b->set_timeout(0ms);
  for (const auto* port : {a.get(), b.get()}) EXPECT_EQ(port->counts().received_packets + port->counts().sent_packets, 0U);
  barrier();
  for (const auto* port : {a.get(), b.get()}) EXPECT_EQ(port->counts().received_packets + port->counts().sent_packets, 0U);
}

TEST_F(LifetimeTest, RelayingToNobodyAndToItselfAndBack) {
  const auto call = join(alice_, bob_);
  call.a->relay_to(nullptr);
  barrier();
  alice_.rtp.send(rtp(0, 1), call.a->local_rtp());
  EXPECT_TRUE(eventually([&] { return call.a->counts().dropped_packets == 1; }));
  call.a->relay_to(call.a.get());
  barrier();
  alice_.rtp.send(rtp(0, 2), call.a->local_rtp());
  EXPECT_EQ(sound(alice_.rtp.receive()), sound(rtp(0, 2)));
  call.a->relay_to(call.b.get());
  barrier();
  alice_.rtp.send(rtp(0, 3), call.a->local_rtp());
  EXPECT_EQ(sound(bob_.rtp.receive()), sound(rtp(0, 3)));
}

TEST_F(LifetimeTest, AnUnansweredLegLeavesNothingBehind) {
  const size_t before = open_descriptors();
  for (int i = 0; i < 100; ++i) open();
  EXPECT_EQ(open_descriptors(), before);
  EXPECT_EQ(engine->totals().ports_open, 0U);
}

TEST_F(LifetimeTest, ExhaustedUntilPortsHaveRested) {
  settings.reuse_delay = 4s;
  settings.last_port = static_cast<uint16_t>(settings.first_port + 199);
  start();
  std::vector<std::unique_ptr<MediaPort>> ports;
  for (auto port = engine->open(0); port; port = engine->open(0)) ports.push_back(std::move(*port));
  EXPECT_LE(ports.size(), 100U);
  const auto refused = engine->open(0);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::exhausted);
  EXPECT_NE(refused.error().message.find("no RTP port is free on " + own_host()), std::string::npos) << refused.error().message;
  const uint16_t first = ports.front()->local_rtp().port();
  ports.clear();
  EXPECT_FALSE(engine->open(0));
  clock.advance(4s);
  EXPECT_TRUE(eventually([&] { return static_cast<bool>(engine->open(0)); }));
  EXPECT_GE(first, settings.first_port);
}

TEST_F(LifetimeTest, AFullMailboxLosesNoOrder) {
  settings.mailbox = 1;
  start();
  const size_t before = open_descriptors();
  for (int round = 0; round < 20; ++round) {
    std::vector<std::unique_ptr<MediaPort>> ports;
    for (int i = 0; i < 50; ++i) {
      ports.push_back(open());
      ports.back()->set_remote(alice_.rtp.address(), alice_.rtcp.address(), false);
      ports.back()->relay_to(ports.front().get());
    }
  }
  const auto call = join(alice_, bob_);
  alice_.rtp.send(rtp(0, 1), call.a->local_rtp());
  EXPECT_EQ(sound(bob_.rtp.receive()), sound(rtp(0, 1)));
  EXPECT_TRUE(eventually([&] {
    loop.advance(5ms);  // the last orders may have found it full, too
    return open_descriptors() == before + 4;
  }));
}

TEST_F(LifetimeTest, TheEngineMayGoWithOrdersUnderWay) {
  const size_t before = open_descriptors();
  for (int round = 0; round < 20; ++round) {
    settings.mailbox = round % 2 == 0 ? 16 : 16384;
    auto short_lived = MediaThreads::open(settings, loop, clock);
    ASSERT_TRUE(short_lived);
    for (int i = 0; i < 100; ++i) {
      auto port = (*short_lived)->open(0);
      ASSERT_TRUE(port);
      (*port)->set_timeout(1s);
    }
  }
  EXPECT_EQ(open_descriptors(), before);
}

class TwoThreadsTest : public LifetimeTest {
 protected:
  TwoThreadsTest() : LifetimeTest(2) {}
};

TEST_F(TwoThreadsTest, APortOfAnotherThreadIsNoTarget) {
  const auto a = open(0), b = open(1);
  b->set_remote(bob_.rtp.address(), bob_.rtcp.address(), false);
  a->set_remote(alice_.rtp.address(), alice_.rtcp.address(), false);
  a->relay_to(b.get());
  barrier(0);
  barrier(1);
  alice_.rtp.send(rtp(0, 1), a->local_rtp());
  EXPECT_TRUE(eventually([&] { return a->counts().dropped_packets == 1; }));
  EXPECT_TRUE(bob_.rtp.idle());
}

/// A thread of phones that sends to ports whether or not they are open, until it is destroyed.
class Flood {
 public:
  Flood(const UdpSocket& from, uint16_t first, uint16_t last)
      : thread_([this, &from, first, last] {
          std::mt19937 random(7);
          const Bytes packet = rtp(0, 1), report = rtcp();
          while (!stop_) {
            auto to = *SocketAddress::from(own_host(), static_cast<uint16_t>(first + random() % (last - first)));
            from.send(to.port() % 2 == 0 ? packet : report, to);
          }
        }) {}
  ~Flood() {
    stop_ = true;
    thread_.join();
  }

 private:
  std::atomic<bool> stop_{false};
  std::thread thread_;
};

TEST_F(TwoThreadsTest, TenThousandOpenAndCloseUnderTraffic) {
  settings.last_port = static_cast<uint16_t>(settings.first_port + 255);
  start();
  const size_t before = open_descriptors();
  {
    const Flood flood(alice_.rtp, settings.first_port, settings.last_port);
    std::mt19937 random(1);
    std::array<std::array<std::unique_ptr<MediaPort>, 16>, 2> calls;
    size_t opened = 0;
    while (opened < 10000) {
      const size_t thread = random() % 2;
      auto& port = calls[thread][random() % 16];
      auto* const other = calls[thread][random() % 16].get();
      if (port == nullptr) {
        auto fresh = engine->open(thread);
        if (!fresh) continue;  // another process may hold some of the few ports of this test
        port = std::move(*fresh);
        ++opened;
      } else if (random() % 4 == 0) {
        port.reset();
        continue;
      }
      switch (random() % 4) {
        case 0:
          port->relay_to(other == nullptr ? port.get() : other);
          break;
        case 1:
          port->set_remote(alice_.rtp.address(), alice_.rtp.address(), random() % 2 == 0);
          break;
        case 2:
          port->set_timeout(std::chrono::milliseconds(random() % 3));
          break;
        default:
          EXPECT_LT(port->counts().sent_bytes, 1U << 30);
          break;
      }
      if (random() % 64 == 0) {
        clock.advance(1ms);
        loop.advance(5ms);
      }
    }
  }
  loop.advance(5ms);
  barrier(0);
  barrier(1);
  barrier(0);  // the descriptors of the first barriers are gone too
  barrier(1);
  EXPECT_EQ(engine->totals().ports_open, 0U);
  EXPECT_TRUE(eventually([&] { return open_descriptors() == before; }));
}

}  // namespace
}  // namespace tandem::test
