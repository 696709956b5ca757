#include "http_text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "route_table.h"

namespace tandem {
namespace {

TEST(HttpText, DecodesEscapes) {
  EXPECT_EQ(percent_decode("a%20b%2Bc+d", false), "a b+c+d");
  EXPECT_EQ(percent_decode("a+b", true), "a b");
  for (const char* const broken : {"%", "%1", "%zz", "%0", "a%00b"}) EXPECT_FALSE(percent_decode(broken, false)) << broken;
}

TEST(HttpText, ReadsTargets) {
  const auto target = read_target("/a//b/%63/?x=1&&y&z=a%26b#part");
  ASSERT_TRUE(target);
  EXPECT_EQ(target->path, "/a/b/c");
  EXPECT_EQ(target->query, (http::Fields{{"x", "1"}, {"y", ""}, {"z", "a&b"}}));
  EXPECT_EQ(read_target("http://host:80/a?b=c")->path, "/a");
  EXPECT_EQ(read_target("http://host")->path, "/");
  EXPECT_EQ(read_target("http://host?a=b")->query.size(), 1u);
  EXPECT_EQ(read_target("/redirect?to=http://host/x")->path, "/redirect");
  for (const char* const bad : {"", "*", "a", "/a/../b", "/%2e./b", "/a%2f..%2fb", "/a%0ab", "/a?b=%", "host:443"}) {
    EXPECT_FALSE(read_target(bad)) << bad;
  }
  std::string many = "/?";
  for (size_t i = 0; i <= kMostFields; ++i) many += "a=1&";
  EXPECT_FALSE(read_target(many));
}

TEST(HttpText, ReadsRanges) {
  const auto is = [](const char* header, uint64_t first, uint64_t size) {
    const auto range = read_range(header, 100);
    EXPECT_EQ(range.kind, ByteRange::Kind::part) << header;
    EXPECT_EQ(range.first, first) << header;
    EXPECT_EQ(range.size, size) << header;
  };
  is("bytes=0-0", 0, 1);
  is("bytes=10-19", 10, 10);
  is("Bytes= 90-", 90, 10);
  is("bytes=90-1000", 90, 10);
  is("bytes=-10", 90, 10);
  is("bytes=-1000", 0, 100);
  for (const char* const all :
       {"", "bytes", "bytes=", "bytes=-", "bytes=a-b", "bytes=5-4", "bytes=0-1,3-4", "lines=0-1", "bytes=1-99999999999999999999"}) {
    EXPECT_EQ(read_range(all, 100).kind, ByteRange::Kind::whole) << all;
  }
  for (const char* const none : {"bytes=100-", "bytes=-0"}) EXPECT_EQ(read_range(none, 100).kind, ByteRange::Kind::unsatisfiable) << none;
  EXPECT_EQ(read_range("bytes=0-", 0).kind, ByteRange::Kind::unsatisfiable);
}

TEST(HttpText, ComparesTags) {
  EXPECT_TRUE(names_etag("\"a\"", "a"));
  EXPECT_TRUE(names_etag("\"x\" , W/\"a\"", "a"));
  EXPECT_TRUE(names_etag("*", "a"));
  EXPECT_FALSE(names_etag("a", "a"));
  EXPECT_FALSE(names_etag("\"ab\"", "a"));
  EXPECT_FALSE(names_etag("", "a"));
}

TEST(HttpText, ReadsCredentials) {
  const auto basic = read_credentials("Basic a2lvc2s6b3BlbjpzZXNhbWU=");
  EXPECT_EQ(basic.scheme, "basic");
  EXPECT_EQ(basic.user, "kiosk");
  EXPECT_EQ(basic.secret, "open:sesame");
  EXPECT_EQ(read_credentials("bearer  abc ").secret, "abc");
  for (const std::string bad : {"", "Basic", "Basic !!!", "Basic a2lvc2s=", "Digest x", "Basic AAA6AA==", "Bearer"}) {
    EXPECT_TRUE(read_credentials(bad).scheme.empty()) << bad;
  }
}

RouteEntry entry(uint64_t id, std::string method, std::string pattern) {
  auto parts = read_pattern(pattern);
  return {id, "http-api", std::move(method), std::move(pattern), parts ? *parts : std::vector<PathPart>(), "", 0, false};
}

TEST(RouteTable, TheCloserPatternWins) {
  const RouteTable table({entry(1, "GET", "/a/{x}"), entry(2, "GET", "/a/b"), entry(3, "GET", "/{rest...}"), entry(4, "GET", "/{x}/b")});
  const auto id = [&](const char* path) {
    const auto match = table.match("http-api", "GET", path);
    return match.route == nullptr ? 0 : match.route->id;
  };
  EXPECT_EQ(id("/a/b"), 2u);
  EXPECT_EQ(id("/a/c"), 1u);
  EXPECT_EQ(id("/c/b"), 4u);
  EXPECT_EQ(id("/a/b/c"), 3u);
  EXPECT_EQ(id("/"), 3u);
  EXPECT_EQ(table.match("http-phone", "GET", "/a/b").route, nullptr);
}

TEST(RouteTable, KnowsWhatIsAllowed) {
  const RouteTable table({entry(1, "POST", "/a"), entry(2, "DELETE", "/{x}")});
  const auto match = table.match("http-api", "GET", "/a");
  EXPECT_EQ(match.route, nullptr);
  EXPECT_EQ(match.allow, "DELETE, POST");
  EXPECT_EQ(table.match("http-api", "GET", "/a/b").allow, "");
}

TEST(RouteTable, BrokenPatterns) {
  for (const char* const bad : {"", "a", "/a//b", "/../x", "/{}", "/{rest...}/x", "/{...}"}) EXPECT_FALSE(read_pattern(bad)) << bad;
  EXPECT_EQ(read_pattern("/")->size(), 0u);
}

}  // namespace
}  // namespace tandem
