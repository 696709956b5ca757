// Names that lead to gateways, asked of a small name server on loopback.
#include "resolver.h"

#include <gtest/gtest.h>

#include "dns_answer.h"
#include "support/dns_server.h"
#include "support/fake_loop.h"

namespace tandem::test {
namespace {

class ResolverTest : public ::testing::Test {
 protected:
  ResolverTest() { resolver.reconfigure({{server.address()}, std::chrono::milliseconds(200), std::chrono::seconds(3600)}); }
  Result<Resolved> resolve(DnsWanted wanted) {
    std::optional<Result<Resolved>> told;
    const DnsQuery query = resolver.resolve(std::move(wanted), [&](const Result<Resolved>& answer) { told = answer; });
    EXPECT_TRUE(loop.run_until([&] { return told.has_value(); }));
    return told ? *told : Error{ErrorCode::internal, "never told"};
  }
  static std::vector<std::string> text(const Resolved& resolved) {
    std::vector<std::string> out;
    for (const auto& hop : resolved.hops)
      out.push_back(hop.address.to_string() + (hop.tcp ? " tcp " : " udp ") + std::to_string(hop.priority) + "/" +
                    std::to_string(hop.weight));
    return out;
  }
  DnsServer server;
  FakeLoop loop;
  Resolver resolver{loop};
};

TEST_F(ResolverTest, APortNeedsAddressesAlone) {
  server.a("gw.example", "192.0.2.1", 7);
  server.aaaa("gw.example", "2001:db8::1", 70);
  const auto found = resolve({"gw.example", 5080});
  ASSERT_TRUE(found) << found.error().message;
  EXPECT_EQ(text(*found), (std::vector<std::string>{"192.0.2.1:5080 udp 0/1", "[2001:db8::1]:5080 udp 0/1"}));
  EXPECT_EQ(found->ttl, std::chrono::seconds(7)) << "the shortest counts";
}

TEST_F(ResolverTest, ServicesByTheirPriority) {
  server.srv("_sip._udp.carrier.example", 20, 0, 5062, "b.carrier.example");
  server.srv("_sip._udp.carrier.example", 10, 60, 5060, "a.carrier.example");
  server.srv("_sip._udp.carrier.example", 10, 40, 5061, "a.carrier.example");
  server.a("a.carrier.example", "192.0.2.1");
  server.a("b.carrier.example", "192.0.2.2");
  const auto found = resolve({"carrier.example"});
  ASSERT_TRUE(found) << found.error().message;
  EXPECT_EQ(text(*found), (std::vector<std::string>{"192.0.2.1:5060 udp 0/60", "192.0.2.1:5061 udp 0/40", "192.0.2.2:5062 udp 1/0"}));
}

TEST_F(ResolverTest, PointersChooseTheTransport) {
  server.naptr("carrier.example", 10, "SIPS+D2T", "_sips._tcp.carrier.example");
  server.naptr("carrier.example", 20, "SIP+D2T", "_sip._tcp.other.example");
  server.naptr("carrier.example", 30, "SIP+D2U", "_sip._udp.other.example");
  server.srv("_sip._tcp.other.example", 5, 0, 5070, "t.example");
  server.srv("_sip._udp.other.example", 1, 0, 5071, "u.example");
  server.a("t.example", "192.0.2.3");
  server.a("u.example", "192.0.2.4");
  const auto both = resolve({"carrier.example", 0, true, true});
  ASSERT_TRUE(both) << both.error().message;
  EXPECT_EQ(text(*both), (std::vector<std::string>{"192.0.2.3:5070 tcp 0/0", "192.0.2.4:5071 udp 1/0"})) << "TLS we do not speak there";
  EXPECT_EQ(text(*resolve({"carrier.example", 0, true, false})), (std::vector<std::string>{"192.0.2.4:5071 udp 0/0"}));
}

TEST_F(ResolverTest, WithoutServicesThePlainAddress) {
  server.a("plain.example", "192.0.2.5");
  EXPECT_EQ(text(*resolve({"plain.example"})), (std::vector<std::string>{"192.0.2.5:5060 udp 0/1"}));
}

TEST_F(ResolverTest, SaysWhyItLeadsNowhere) {
  const auto nobody = resolve({"nobody.example"});
  ASSERT_FALSE(nobody);
  EXPECT_EQ(nobody.error().code, ErrorCode::not_found);
  server.silent(true);
  const auto silence = resolve({"nobody.example", 5060});
  ASSERT_FALSE(silence);
  EXPECT_EQ(silence.error().code, ErrorCode::timeout);
}

TEST_F(ResolverTest, EndsInTheMiddleOfAQuestion) {
  server.silent(true);
  {
    Resolver another(loop);
    another.reconfigure({{server.address()}, std::chrono::seconds(20), std::chrono::seconds(3600)});
    const DnsQuery query = another.resolve({"slow.example", 5060}, [](const auto&) { FAIL() << "nobody waits any more"; });
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(5);
    while (server.asked() == 0 && std::chrono::steady_clock::now() < end) std::this_thread::yield();
  }
  loop.settle();
}

TEST(DnsAnswer, CutAnywhereItIsRefusedOrReadWhole) {
  std::string answer("\0\1\x81\x80\0\1\0\1\0\0\0\0\1a\0\0\41\0\1\xc0\xc\0\41\0\1\0\0\0\x3c\0\x9\0\1\0\2\x13\xc4\1b\0", 12 + 7 + 12 + 9);
  const auto read = [](const std::string& bytes) {
    return read_dns_answer(reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size(), DnsType::srv);
  };
  const auto whole = read(answer);
  ASSERT_TRUE(whole);
  ASSERT_EQ(whole->size(), 1U);
  EXPECT_EQ((*whole)[0].target, "b");
  EXPECT_EQ((*whole)[0].port, 5060);
  for (size_t length = 0; length < answer.size(); ++length) EXPECT_FALSE(read(answer.substr(0, length))) << length;
}

}  // namespace
}  // namespace tandem::test
