#include "tandem/address.h"

#include <gtest/gtest.h>

#include <cstring>
#include <unordered_set>

namespace tandem {
namespace {

TEST(Address, ParsesBothFamilies) {
  const auto v4 = SocketAddress::parse("192.0.2.7:5060");
  ASSERT_TRUE(v4);
  EXPECT_EQ(v4->family(), AF_INET);
  EXPECT_EQ(v4->port(), 5060);
  EXPECT_EQ(v4->host(), "192.0.2.7");
  EXPECT_EQ(v4->to_string(), "192.0.2.7:5060");
  EXPECT_EQ(v4->length(), sizeof(sockaddr_in));

  const auto v6 = SocketAddress::parse("[2001:db8:0::1]:5061");
  ASSERT_TRUE(v6);
  EXPECT_EQ(v6->family(), AF_INET6);
  EXPECT_EQ(v6->host(), "2001:db8::1");
  EXPECT_EQ(v6->to_string(), "[2001:db8::1]:5061");
  EXPECT_EQ(v6->length(), sizeof(sockaddr_in6));
}

TEST(Address, RefusesWhatIsNotNumeric) {
  for (const char* text :
       {"", ":", "127.0.0.1", "127.0.0.1:", "127.0.0.1:65536", "127.0.0.1:-1", "127.0.0.1:5060x", "localhost:5060", "::1:5060", "[::1]",
        "[::1]:", "[127.0.0.1]:5060", "127.0.0.1 :5060", "127.1:5060", "[fe80::1%lo]:5060", "256.0.0.1:1"}) {
    EXPECT_FALSE(SocketAddress::parse(text)) << text;
  }
  EXPECT_FALSE(SocketAddress::from(std::string("127.0.0.1\0x", 11), 1));
  EXPECT_FALSE(SocketAddress::from(std::string(1000, '1'), 1));
  EXPECT_TRUE(SocketAddress::from("::1", 1));
  EXPECT_TRUE(SocketAddress::from("[::1]", 1));
}

TEST(Address, KnowsLoopbackAndUnspecified) {
  EXPECT_TRUE(SocketAddress::parse("127.3.2.1:1")->is_loopback());
  EXPECT_TRUE(SocketAddress::parse("[::1]:1")->is_loopback());
  EXPECT_TRUE(SocketAddress::parse("[::ffff:127.0.0.1]:1")->is_loopback());
  EXPECT_FALSE(SocketAddress::parse("128.0.0.1:1")->is_loopback());
  EXPECT_FALSE(SocketAddress::parse("[::ffff:10.0.0.1]:1")->is_loopback());
  EXPECT_TRUE(SocketAddress::parse("0.0.0.0:9")->is_unspecified());
  EXPECT_TRUE(SocketAddress::parse("[::]:9")->is_unspecified());
  EXPECT_FALSE(SocketAddress::parse("0.0.0.1:9")->is_unspecified());
  EXPECT_FALSE(SocketAddress().is_loopback());
  EXPECT_FALSE(SocketAddress().is_unspecified());
}

TEST(Address, EmptyIsEmpty) {
  const SocketAddress empty;
  EXPECT_TRUE(empty.empty());
  EXPECT_EQ(empty.length(), 0U);
  EXPECT_EQ(empty.to_string(), "");
  EXPECT_EQ(empty.host(), "");
  const sockaddr_in short_one{AF_INET, 0, {}, {}};
  EXPECT_TRUE(SocketAddress(reinterpret_cast<const sockaddr*>(&short_one), 4).empty());
  EXPECT_TRUE(SocketAddress(nullptr, 0).empty());
}

TEST(Address, ComparesHostAndPortOnly) {
  auto a = *SocketAddress::parse("127.0.0.1:5060");
  sockaddr_in dirty{};
  std::memcpy(&dirty, a.sa(), sizeof dirty);
  std::memset(dirty.sin_zero, 7, sizeof dirty.sin_zero);
  const SocketAddress b(reinterpret_cast<const sockaddr*>(&dirty), sizeof dirty);
  EXPECT_EQ(a, b);
  EXPECT_EQ(hash_value(a), hash_value(b));
  a.set_port(5061);
  EXPECT_FALSE(a == b);
  EXPECT_FALSE(SocketAddress() == b);
  EXPECT_TRUE(SocketAddress() == SocketAddress());
}

// One host has a whole /64, and may come as an IPv4 address inside IPv6: all who count by source must see one and the same.
TEST(Address, SubscriberIsWhatOneHostHasInCommon) {
  const auto of = [](const char* text) { return SocketAddress::parse(text)->subscriber(); };
  EXPECT_EQ(of("192.0.2.7:5060"), of("192.0.2.7:9"));
  EXPECT_NE(of("192.0.2.7:5060"), of("192.0.2.8:5060"));
  EXPECT_EQ(of("192.0.2.7:5060").to_string(), "192.0.2.7:0");
  EXPECT_EQ(of("[2001:db8::1]:1"), of("[2001:db8::ffff:1]:2"));
  EXPECT_NE(of("[2001:db8::1]:1"), of("[2001:db8:0:1::1]:1"));
  EXPECT_EQ(of("[::ffff:192.0.2.7]:1"), of("192.0.2.7:2"));
  EXPECT_NE(of("[::ffff:192.0.2.7]:1"), of("[::ffff:192.0.2.8]:1"));
  EXPECT_TRUE(SocketAddress().subscriber().empty());
}

TEST(Address, HashSpreadsPortsAndHosts) {
  std::unordered_set<size_t> low_bits;
  for (int i = 0; i < 1000; ++i) low_bits.insert(hash_value(*SocketAddress::from("10.0.0.1", static_cast<uint16_t>(20000 + 2 * i))) % 4096);
  EXPECT_GT(low_bits.size(), 500U);
}

}  // namespace
}  // namespace tandem
