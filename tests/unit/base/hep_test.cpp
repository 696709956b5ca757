#include "base/hep.h"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <map>

#include "base/hep_sender.h"

namespace tandem {
namespace {

SocketAddress address(const char* text) { return *SocketAddress::parse(text); }

/// The chunks by number; empty when the packet is none.
std::map<int, std::string> chunks(const std::string& packet) {
  const auto number = [&](size_t at) { return static_cast<unsigned char>(packet[at]) << 8 | static_cast<unsigned char>(packet[at + 1]); };
  std::map<int, std::string> found;
  if (packet.substr(0, 4) != "HEP3" || number(4) != static_cast<int>(packet.size())) return found;
  for (size_t at = 6; at + 6 <= packet.size();) {
    const auto length = static_cast<size_t>(number(at + 4));
    if (number(at) != 0 || length < 6 || at + length > packet.size()) return {};
    found[number(at + 2)] = packet.substr(at + 6, length - 6);
    at += length;
  }
  return found;
}

CapturedMessage message() {
  return {.kind = CaptureKind::sip,
          .from = address("192.0.2.1:5060"),
          .to = address("192.0.2.2:5062"),
          .stream = true,
          .when = WallTime(std::chrono::seconds(1'700'000'000) + std::chrono::microseconds(123'456)),
          .correlation = "call-1",
          .payload = "OPTIONS sip:a SIP/2.0\r\n\r\n"};
}

TEST(Hep, WritesEveryChunk) {
  const auto found = chunks(hep_packet(message(), {2001, "hush"}));
  const std::map<int, std::string> expected{{1, "\x02"},
                                            {2, "\x06"},
                                            {3, std::string("\xc0\x00\x02\x01", 4)},
                                            {4, std::string("\xc0\x00\x02\x02", 4)},
                                            {7, "\x13\xc4"},
                                            {8, "\x13\xc6"},
                                            {9, std::string("\x65\x53\xf1\x00", 4)},
                                            {10, std::string("\x00\x01\xe2\x40", 4)},
                                            {11, "\x01"},
                                            {12, std::string("\x00\x00\x07\xd1", 4)},
                                            {14, "hush"},
                                            {15, "OPTIONS sip:a SIP/2.0\r\n\r\n"},
                                            {17, "call-1"}};
  EXPECT_EQ(found, expected);
}

TEST(Hep, Ipv6AndMixedAddresses) {
  auto m = message();
  m.to = address("[2001:db8::1]:5060");
  const auto found = chunks(hep_packet(m, {}));
  EXPECT_EQ(found.at(1), "\x0a");
  EXPECT_EQ(found.at(5), std::string("\0\0\0\0\0\0\0\0\0\0\xff\xff\xc0\x00\x02\x01", 16));
  EXPECT_EQ(found.at(6).size(), 16U);
  EXPECT_FALSE(found.contains(3));
  EXPECT_FALSE(found.contains(14));
}

TEST(Hep, WhatIsTooLongForADatagramIsCut) {
  const std::string large(65'000, 'x');
  auto m = message();
  m.payload = large;
  const auto found = chunks(hep_packet(m, {}));
  EXPECT_EQ(found.at(15).size(), kMostHepPayload);
}

class HepSenderTest : public testing::Test {
 protected:
  HepSenderTest() : socket_(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0)) {
    const auto any = address("127.0.0.1:0");
    EXPECT_EQ(::bind(socket_, any.sa(), any.length()), 0);
    sockaddr_in name{};
    socklen_t size = sizeof name;
    ::getsockname(socket_, reinterpret_cast<sockaddr*>(&name), &size);
    server_ = SocketAddress(reinterpret_cast<sockaddr*>(&name), size);
  }
  ~HepSenderTest() override { ::close(socket_); }
  std::string received() const {
    std::array<char, 65536> buffer{};
    const ssize_t n = ::recv(socket_, buffer.data(), buffer.size(), 0);
    return {buffer.data(), static_cast<size_t>(std::max<ssize_t>(n, 0))};
  }
  int socket_;
  SocketAddress server_;
};

TEST_F(HepSenderTest, SendsWhatIsWanted) {
  HepSender sender;
  int told = 0;
  const auto watching = sender.watch([&] { ++told; });
  EXPECT_FALSE(sender.wanted(CaptureKind::sip));
  sender.send(message());
  EXPECT_EQ(sender.sent(), 0U);
  ASSERT_TRUE(sender.configure({server_, {7, ""}, true, false}));
  EXPECT_EQ(told, 1);
  EXPECT_TRUE(sender.wanted(CaptureKind::sip));
  EXPECT_FALSE(sender.wanted(CaptureKind::rtcp));
  sender.send(message());
  EXPECT_EQ(chunks(received()).at(17), "call-1");
  EXPECT_EQ(sender.sent(), 1U);
  ASSERT_TRUE(sender.configure({}));
  EXPECT_FALSE(sender.wanted(CaptureKind::sip));
}

TEST_F(HepSenderTest, ACollectorThatIsAwayCostsNothing) {
  HepSender sender;
  ASSERT_TRUE(sender.configure({server_, {}, true, true}));
  ::close(socket_);
  for (int i = 0; i < 10; ++i) sender.send(message());
  EXPECT_EQ(sender.sent() + sender.dropped(), 10U);
  socket_ = ::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
}

}  // namespace
}  // namespace tandem
