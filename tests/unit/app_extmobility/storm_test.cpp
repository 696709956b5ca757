// kill -9 in a storm of logins and logouts: what was acknowledged is there afterwards, and nothing is half done.
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <map>
#include <random>
#include <sstream>

#include "unit/app_extmobility/office.h"

namespace tandem::test {
namespace {

const std::vector<std::string> kDesks{"A1", "A2", "B1"};
const std::vector<std::string> kUsers{"john.doe", "jane.white", "sam.night"};

class StormTest : public MobilityOffice {
 protected:
  /// Never returns: logs people in and out until it is killed, and says what has been acknowledged.
  [[noreturn]] void storm(int pipe, unsigned seed) {
    open();
    std::mt19937 random(seed);
    const auto acknowledged = [&](const std::string& device, int64_t version, const std::string& user) {
      const std::string line = fmt::format("{} {} {}\n", device, version, user.empty() ? "-" : user);
      if (::write(pipe, line.data(), line.size()) < 0) ::_exit(1);
    };
    for (;;) {
      const auto& device = kDesks[random() % kDesks.size()];
      if (random() % 3 == 0) {
        const auto out = logout(device);
        if (out.ok()) acknowledged(device, out.session->version + 1, "");
        continue;
      }
      auto request = ask(device, kUsers[random() % kUsers.size()], "");
      request.origin.by = "storm", request.ask_profile = false;
      const auto in = login(request);
      if (in.ok()) acknowledged(device, in.session->version, in.session->user);
    }
  }

  struct Acknowledged {
    int64_t version = 0;
    std::string user;
  };
  std::map<std::string, Acknowledged> last_;  ///< by device

  size_t hear(int pipe) {
    std::string text(1 << 20, '\0');
    size_t length = 0;
    for (ssize_t got = 1; got > 0 && length<text.size(); length += got> 0 ? static_cast<size_t>(got) : 0)
      got = ::read(pipe, text.data() + length, text.size() - length);
    std::istringstream lines(text.substr(0, text.rfind('\n', length) + 1));
    size_t count = 0;
    Acknowledged what;
    for (std::string device; lines >> device >> what.version >> what.user; ++count) last_[device] = what;
    return count;
  }
};

TEST_F(StormTest, WhatWasAcknowledgedIsThereAndNothingIsHalfDone) {
  close();
  size_t acknowledged = 0;
  for (unsigned round = 0; round < 6; ++round) {
    int pipe[2];
    ASSERT_EQ(::pipe(pipe), 0);
    const pid_t child = ::fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
      ::close(pipe[0]);
      storm(pipe[1], round);
    }
    ::close(pipe[1]);
    ::usleep(150'000 + 37'000 * round);
    ::kill(child, SIGKILL);
    ::waitpid(child, nullptr, 0);
    acknowledged += hear(pipe[0]);
    ::close(pipe[0]);

    open();
    std::map<std::string, int> phones;
    for (const auto& device : kDesks) {
      const auto session = directory_->sessions().at(device);
      const int64_t version = directory_->sessions().version(device);
      if (session) {
        EXPECT_EQ(session->version, version) << device;
      }
      if (session) ++phones[session->user];
      const auto& told = last_[device];
      // One more change may have been under way, written and not yet told.
      EXPECT_GE(version, told.version) << device;
      EXPECT_LE(version, told.version + 1) << device;
      if (version == told.version && version > 0) {
        EXPECT_EQ(session ? session->user : "-", told.user) << device;
      }
      last_[device] = {version, session ? session->user : "-"};
    }
    for (const auto& [user, count] : phones) EXPECT_EQ(count, 1) << user << " is at one phone only";
    close();
  }
  EXPECT_GT(acknowledged, 20U) << "it was a storm";
}

}  // namespace
}  // namespace tandem::test
