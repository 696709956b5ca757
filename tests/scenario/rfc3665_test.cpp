// The flows of RFC 3665, played by SIPp: scenarios in sipp/, one SIPp for each side.
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <filesystem>
#include <future>

#include "office.h"

namespace tandem::test {
namespace {

/// A port that the kernel has just had free: SIPp cannot be asked which one it got.
uint16_t free_port() {
  const int fd = ::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  sockaddr_in name{};
  name.sin_family = AF_INET;
  name.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t length = sizeof name;
  const bool bound =
      ::bind(fd, reinterpret_cast<sockaddr*>(&name), length) == 0 && ::getsockname(fd, reinterpret_cast<sockaddr*>(&name), &length) == 0;
  ::close(fd);
  if (!bound) throw std::runtime_error("no free port");
  return ntohs(name.sin_port);
}

class Rfc3665 : public Office {
 protected:
  void SetUp() override {
    if (!std::filesystem::exists("/usr/bin/sipp")) GTEST_SKIP() << "SIPp is not installed (package sip-tester)";
    Office::SetUp();
  }
  /// Plays one side once, to its end.
  Finished play(const std::string& scenario, const std::string& device, uint16_t port, const std::string& secret = kSecret) const {
    // SIPp would put another URI into the digest than into the request line.
    const std::string auth_uri = (scenario.starts_with("register") ? "" : "11002@") + tandem_->sip().to_string();
    const std::string folder = TANDEM_SOURCE_DIR "/tests/scenario/sipp/";
    return run_program({"/usr/bin/sipp",
                        tandem_->sip().to_string(),
                        "-sf",
                        folder + scenario + ".xml",
                        "-i",
                        "127.0.0.1",
                        "-p",
                        std::to_string(port),
                        "-auth_uri",
                        auth_uri,
                        "-m",
                        "1",
                        "-l",
                        "1",
                        "-nostdin",
                        "-s",
                        "11002",
                        "-key",
                        "device",
                        device,
                        "-au",
                        device,
                        "-ap",
                        secret,
                        "-timeout",
                        "20s",
                        "-timeout_error"},
                       std::chrono::seconds(30));
  }
  /// `called` at Jane's registered phone against `caller` at John's; both must come to the end of their page.
  void play_both(const std::string& caller, const std::string& called) {
    const uint16_t port = free_port();
    Phone jane(*tandem_, kJane);
    ASSERT_EQ(jane.enroll(300, "<sip:" + std::string(kJane) + "@127.0.0.1:" + std::to_string(port) + ">").status(), 200);
    auto other = std::async(std::launch::async, [&] { return play(called, kJane, port); });
    const Finished finished = play(caller, kJohn, free_port());
    const Finished answered = other.get();
    EXPECT_EQ(finished.code, 0) << caller << "\n" << finished.output;
    EXPECT_EQ(answered.code, 0) << called << "\n" << answered.output;
    expect_nothing_left();
  }
};

TEST_F(Rfc3665, S21RegistrationAndS24ItsCancellation) {
  const Finished finished = play("register", kJohn, free_port());
  EXPECT_EQ(finished.code, 0) << finished.output;
  EXPECT_TRUE(tandem_->ask("sip show registrations").empty());
}

TEST_F(Rfc3665, S25UnsuccessfulRegistration) {
  const Finished finished = play("register_refused", kJohn, free_port(), "wrong");
  EXPECT_EQ(finished.code, 0) << finished.output;
}

TEST_F(Rfc3665, S31SessionWithReInviteOfS37) { play_both("caller", "called"); }

TEST_F(Rfc3665, S38NoAnswer) { play_both("caller_gives_up", "called_rings"); }

TEST_F(Rfc3665, S39Busy) { play_both("caller_busy", "called_busy"); }

TEST_F(Rfc3665, S311TemporarilyUnavailable) {
  const Finished finished = play("caller_unavailable", kJohn, free_port());
  EXPECT_EQ(finished.code, 0) << finished.output;
  expect_nothing_left();
}

}  // namespace
}  // namespace tandem::test
