// RFC 4475 and RFC 5118: every message gets the answer that its RFC wants, over UDP and over TCP, and none disturbs what comes after.
#include <gmock/gmock.h>

#include "support/torture_messages.h"
#include "wire.h"

namespace tandem::test {
namespace {

class Torture : public Wire {
 protected:
  Torture() {
    settings.tcp.enabled = true;
    settings.tcp.address = *SocketAddress::from("127.0.0.1", 0);
  }
  static std::string over(std::string bytes, std::string_view transport) {
    for (size_t at = 0; (at = bytes.find("@T@")) != std::string::npos;) bytes.replace(at, 3, transport);
    return bytes;
  }
  /// Sends it over a connection of its own; the first answer's status, 0: none, -1: closed without one. OPTIONS behind it ends the wait.
  int over_stream(const std::string& bytes) {
    const int fd = ::socket(AF_INET, SOCK_STREAM, 0);
    const SocketAddress server = stack->bound_tcp();
    EXPECT_EQ(::connect(fd, server.sa(), server.length()), 0);
    const std::string marker =
        "OPTIONS sip:marker@x SIP/2.0\r\nVia: SIP/2.0/TCP 127.0.0.1;rport;branch=z9hG4bKmarker\r\nMax-Forwards: 70\r\n"
        "From: <sip:a@b>;tag=1\r\nTo: <sip:a@b>\r\nCall-ID: marker\r\nCSeq: 1 OPTIONS\r\nContent-Length: 0\r\n\r\n";
    const std::string all = bytes + marker;
    EXPECT_EQ(::send(fd, all.data(), all.size(), MSG_NOSIGNAL), static_cast<ssize_t>(all.size()));
    std::string heard;
    bool closed = false;
    loop.run_until(
        [&] {
          char buffer[65536];
          const ssize_t n = ::recv(fd, buffer, sizeof buffer, MSG_DONTWAIT);
          if (n > 0) heard.append(buffer, static_cast<size_t>(n));
          closed = n == 0;
          return closed || heard.find("Call-ID: marker") != std::string::npos;
        },
        std::chrono::milliseconds(1500));
    ::close(fd);
    const bool only_marker = heard.find("Call-ID: ") == heard.find("Call-ID: marker");
    if (heard.empty() || (only_marker && heard.find("Call-ID: ") != std::string::npos)) return closed ? -1 : 0;
    return heard.starts_with("SIP/2.0 ") ? std::atoi(heard.c_str() + 8) : -1;
  }
};

TEST_F(Torture, OverDatagrams) {
  for (const auto& message : torture_messages()) {
    EXPECT_EQ(status(phone, over(message.bytes, "UDP")), message.status) << message.name << " (" << message.section << ")";
  }
  EXPECT_TRUE(upper.invites.empty());
  EXPECT_EQ(registrar->size(), 0U);
}

TEST_F(Torture, OverConnections) {
  for (const auto& message : torture_messages()) {
    const int got = over_stream(over(message.bytes, "TCP"));
    if (message.over_stream == -1) {
      EXPECT_THAT(got, ::testing::AnyOf(-1, 0, 400, 413, message.status)) << message.name;
    } else {
      EXPECT_EQ(got, message.over_stream) << message.name << " (" << message.section << ")";
    }
  }
  EXPECT_TRUE(upper.invites.empty());
}

}  // namespace
}  // namespace tandem::test
