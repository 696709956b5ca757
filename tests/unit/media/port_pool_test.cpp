#include "media/port_pool.h"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <vector>

#include "media/socket_pair.h"
#include "support/fake_clock.h"

namespace tandem {
namespace {

using namespace std::chrono_literals;

TEST(PortPool, EvenPortsWithAnOddOneAbove) {
  test::FakeClock clock;
  EXPECT_EQ(PortPool(20000, 29999, 0s, clock).size(), 5000U);
  EXPECT_EQ(PortPool(20001, 20002, 0s, clock).size(), 0U);
  EXPECT_EQ(PortPool(20001, 20003, 0s, clock).take(), 20002);
  EXPECT_EQ(PortPool(20000, 20000, 0s, clock).take(), std::nullopt);
  EXPECT_EQ(PortPool(65534, 65535, 0s, clock).take(), 65534);
}

TEST(PortPool, FirstInFirstOutAfterARest) {
  test::FakeClock clock;
  PortPool pool(20000, 20005, 4s, clock);
  EXPECT_EQ(pool.take(), 20000);
  EXPECT_EQ(pool.take(), 20002);
  EXPECT_EQ(pool.in_use(), 2U);
  pool.give_back(20002);
  clock.advance(1s);
  pool.give_back(20000);
  EXPECT_EQ(pool.in_use(), 0U);
  EXPECT_EQ(pool.take(), 20004);
  EXPECT_EQ(pool.take(), std::nullopt);
  clock.advance(3s - 1ns);
  EXPECT_EQ(pool.take(), std::nullopt);
  clock.advance(1ns);
  EXPECT_EQ(pool.take(), 20002);
  EXPECT_EQ(pool.take(), std::nullopt);
  clock.advance(1s);
  EXPECT_EQ(pool.take(), 20000);
  EXPECT_EQ(pool.in_use(), 3U);
}

class SocketPairTest : public ::testing::Test {
 protected:
  test::FakeClock clock_;
  SocketAddress loopback_ = *SocketAddress::from("127.0.0.1", 0);

  /// A pool whose first port is the even one of a pair that nobody holds, three pairs long.
  PortPool pool(Duration rest) {
    // Below the system's ephemeral ports, and begun elsewhere by each process, because tests run side by side.
    for (auto first = static_cast<uint16_t>(30600 + ::getpid() % 200 * 6); first < 32700; first = static_cast<uint16_t>(first + 6)) {
      PortPool candidate(first, static_cast<uint16_t>(first + 5), rest, clock_);
      std::vector<SocketPair> pairs;
      for (auto pair = open_socket_pair(candidate, loopback_, 0); pair; pair = open_socket_pair(candidate, loopback_, 0)) {
        pairs.push_back(std::move(*pair));
      }
      if (pairs.size() == 3) return PortPool(first, static_cast<uint16_t>(first + 5), rest, clock_);
    }
    ADD_FAILURE() << "no six free ports in a row";
    return PortPool(30600, 30605, rest, clock_);
  }
};

TEST_F(SocketPairTest, RtcpIsTheOddPortAbove) {
  PortPool ports = pool(0s);
  const auto pair = open_socket_pair(ports, loopback_, 46);
  ASSERT_TRUE(pair) << pair.error().message;
  EXPECT_EQ(pair->local_rtp.port() % 2, 0);
  EXPECT_EQ(pair->local_rtcp.port(), pair->local_rtp.port() + 1);
  int tos = 0;
  socklen_t length = sizeof tos;
  ::getsockopt(pair->rtcp.get(), IPPROTO_IP, IP_TOS, &tos, &length);
  EXPECT_EQ(tos, 46 << 2);
}

TEST_F(SocketPairTest, PortsOfOthersArePassedOverAndTriedLater) {
  PortPool ports = pool(4s);
  auto squatter = open_socket_pair(ports, loopback_, 0);
  ASSERT_TRUE(squatter);
  const uint16_t taken = squatter->local_rtp.port();
  ports.give_back(taken);
  clock_.advance(4s);

  // The RTP socket of the second pair is free here, its RTCP socket is not.
  PortPool again(taken, static_cast<uint16_t>(taken + 5), 4s, clock_);
  squatter->rtp.reset();
  const auto second = open_socket_pair(again, loopback_, 0);
  ASSERT_TRUE(second) << second.error().message;
  EXPECT_EQ(second->local_rtp.port(), taken + 2);
  const auto third = open_socket_pair(again, loopback_, 0);
  ASSERT_TRUE(third);
  const auto none = open_socket_pair(again, loopback_, 0);
  ASSERT_FALSE(none);
  EXPECT_EQ(none.error().code, ErrorCode::exhausted);
  EXPECT_NE(none.error().message.find("2 of 3 pairs are in use"), std::string::npos) << none.error().message;

  squatter->rtcp.reset();
  clock_.advance(4s);
  const auto later = open_socket_pair(again, loopback_, 0);
  ASSERT_TRUE(later) << later.error().message;
  EXPECT_EQ(later->local_rtp.port(), taken);
}

TEST_F(SocketPairTest, EveryPortIsTriedOnceAlsoWithoutARest) {
  PortPool first = pool(0s);
  std::vector<SocketPair> held;
  for (int i = 0; i < 3; ++i) held.push_back(std::move(*open_socket_pair(first, loopback_, 0)));
  const uint16_t start = held.front().local_rtp.port();
  PortPool ports(start, static_cast<uint16_t>(start + 5), 0s, clock_);
  const auto none = open_socket_pair(ports, loopback_, 0);
  ASSERT_FALSE(none);
  EXPECT_EQ(none.error().code, ErrorCode::exhausted);
  EXPECT_EQ(ports.in_use(), 0U);
}

TEST_F(SocketPairTest, AnAddressThatIsNotOursIsAnErrorAndLosesNoPort) {
  PortPool ports(20000, 20005, 0s, clock_);
  const auto pair = open_socket_pair(ports, *SocketAddress::from("192.0.2.1", 0), 0);
  ASSERT_FALSE(pair);
  EXPECT_EQ(pair.error().code, ErrorCode::io);
  EXPECT_EQ(ports.in_use(), 0U);
}

}  // namespace
}  // namespace tandem
