// What stands in for the C library's printf, getaddrinfo and inet_ntop below Sofia-SIP: the same answers, or a question to the C library.
#include "sofia_libc.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>

#include <climits>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <string>

namespace tandem {
namespace {

int plain(char* to, size_t room, const char* format, ...) {
  va_list values;
  va_start(values, format);
  const int length = format_plain(to, room, format, values);
  va_end(values);
  return length;
}

/// In all sizes of room: the same octets and the same length as of the C library.
template <class... Values>
void expect_same(const char* format, Values... values) {
  for (size_t room = 0; room < 80; ++room) {
    char ours[80], theirs[80];
    std::memset(ours, '#', sizeof ours);
    std::memset(theirs, '#', sizeof theirs);
    const int length = plain(ours, room, format, values...);
    ASSERT_EQ(length, std::snprintf(theirs, room, format, values...)) << format << " in " << room;
    ASSERT_EQ(std::memcmp(ours, theirs, sizeof ours), 0) << format << " in " << room;
  }
}

TEST(SofiaLibc, WritesWhatPrintfWrites) {
  expect_same("");
  expect_same("plain");
  expect_same("%u %s", 4711U, "INVITE");
  expect_same("%s/%s %s%s%s:%s", "SIP", "2.0/UDP", "192.0.2.1", "", ":5060", "x");
  expect_same("%s %03u %s\r\n", "SIP/2.0", 7U, "Odd");
  expect_same("%.*s|%.3s|%.0s|", 2, "abcdef", "abcdef", "abcdef");
  expect_same("%.*s", -1, "a negative precision counts as none");
  expect_same("%08lx-%04x-%04x-%02x%02x", 0xdeadbeefUL, 0x12U, 0xffffU, 0U, 0xabU);
  expect_same("%d %i %5d|%05d|%d", -1, 0, -42, -42, INT_MIN);
  expect_same("%ld %lu %lld %llu %zu", LONG_MIN, ULONG_MAX, LLONG_MIN, ULLONG_MAX, size_t{17});
  expect_same("%c%c %%", 'a', '\n');
  expect_same("%8u|%1u|%20lu", 12345U, 12345U, 12345UL);
}

TEST(SofiaLibc, AsksTheLibraryForTheRest) {
  expect_same("%s and %-6s|%6s|%+d|%#x|%o|%X", "all of it", "a", "b", 1, 2U, 8U, 255U);
  expect_same("%hu %hhd %.3d %p", 65537U, 300, 7, nullptr);
  expect_same("%.06f %s", 1.5, "behind a float");
  expect_same("%s", static_cast<const char*>(nullptr));
}

TEST(SofiaLibc, WritesAddresses) {
  for (const char* text : {"0.0.0.0", "127.0.0.1", "192.0.2.10", "255.255.255.255"}) {
    in_addr address{};
    ASSERT_EQ(inet_pton(AF_INET, text, &address), 1);
    char to[16];
    EXPECT_STREQ(dotted(address, to), text);
  }
}

TEST(SofiaLibc, AnswersForNumericAddressesAlone) {
  const addrinfo udp{.ai_flags = AI_NUMERICHOST, .ai_family = AF_UNSPEC, .ai_socktype = SOCK_DGRAM};
  const std::unique_ptr<addrinfo, decltype(&std::free)> answer(numeric_answer("192.0.2.1", "5060", &udp), &std::free);
  ASSERT_NE(answer, nullptr);
  addrinfo* theirs = nullptr;
  ASSERT_EQ(getaddrinfo("192.0.2.1", "5060", &udp, &theirs), 0);
  EXPECT_TRUE(is_numeric_answer(*answer));
  EXPECT_EQ(answer->ai_family, theirs->ai_family);
  EXPECT_EQ(answer->ai_socktype, theirs->ai_socktype);
  EXPECT_EQ(answer->ai_protocol, theirs->ai_protocol);
  EXPECT_EQ(answer->ai_next, theirs->ai_next);
  ASSERT_EQ(answer->ai_addrlen, theirs->ai_addrlen);
  EXPECT_EQ(std::memcmp(answer->ai_addr, theirs->ai_addr, answer->ai_addrlen), 0);
  freeaddrinfo(theirs);

  const addrinfo any{}, named{.ai_flags = AI_CANONNAME, .ai_socktype = SOCK_DGRAM}, v6{.ai_family = AF_INET6, .ai_socktype = SOCK_DGRAM};
  EXPECT_EQ(numeric_answer("192.0.2.1", "5060", &any), nullptr);
  EXPECT_EQ(numeric_answer("192.0.2.1", "5060", &named), nullptr);
  EXPECT_EQ(numeric_answer("192.0.2.1", "5060", &v6), nullptr);
  EXPECT_EQ(numeric_answer("192.0.2.1", "5060", nullptr), nullptr);
  EXPECT_EQ(numeric_answer("2001:db8::1", "5060", &udp), nullptr);
  EXPECT_EQ(numeric_answer("host.example", "5060", &udp), nullptr);
  for (const char* port : {"", "sip", "-1", "65536", "5060x"}) EXPECT_EQ(numeric_answer("192.0.2.1", port, &udp), nullptr) << port;
  EXPECT_EQ(numeric_answer(nullptr, "5060", &udp), nullptr);
}

}  // namespace
}  // namespace tandem
