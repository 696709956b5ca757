#include "host/service_manager.h"

#include <gmock/gmock.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <cstring>

#include "support/fake_loop.h"
#include "support/tandem_process.h"

namespace tandem {
namespace {

using testing::HasSubstr;

class ServiceManagerTest : public testing::Test {
 protected:
  void SetUp() override {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::strncpy(address.sun_path, path_.c_str(), sizeof address.sun_path - 1);
    ASSERT_EQ(::bind(socket_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
  }
  std::string heard() {
    char buffer[512];
    const ssize_t n = ::recv(socket_.get(), buffer, sizeof buffer, MSG_DONTWAIT);
    return n > 0 ? std::string(buffer, static_cast<size_t>(n)) : "";
  }
  test::TemporaryFolder folder_;
  const std::string path_ = folder_.path() + "/notify";
  Descriptor socket_{::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0)};
  test::FakeLoop loop_;
};

TEST_F(ServiceManagerTest, TellsEachState) {
  ServiceManager manager(loop_, path_, std::chrono::microseconds(0));
  manager.ready("4 modules");
  EXPECT_THAT(heard(), HasSubstr("READY=1\nSTATUS=4 modules\n"));
  EXPECT_EQ(loop_.timers(), 0u) << "no watchdog, no timer";
  manager.reloading();
  EXPECT_THAT(heard(), testing::StartsWith("RELOADING=1\nMONOTONIC_USEC="));
  manager.reloaded();
  EXPECT_EQ(heard(), "READY=1");
  manager.stopping(std::chrono::seconds(75));
  EXPECT_EQ(heard(), "STOPPING=1\nEXTEND_TIMEOUT_USEC=75000000");
}

TEST_F(ServiceManagerTest, TheWatchdogHearsFromUsAtHalfItsTime) {
  ServiceManager manager(loop_, path_, std::chrono::seconds(30));
  manager.ready("");
  (void)heard();
  EXPECT_EQ(heard(), "WATCHDOG=1");
  loop_.advance(std::chrono::seconds(14));
  EXPECT_EQ(heard(), "");
  loop_.advance(std::chrono::seconds(1));
  EXPECT_EQ(heard(), "WATCHDOG=1");
}

TEST_F(ServiceManagerTest, WithoutSystemdNothingHappens) {
  ServiceManager manager(loop_, "", std::chrono::seconds(30));
  manager.ready("");
  manager.stopping(std::chrono::seconds(1));
  EXPECT_EQ(loop_.timers(), 0u);
}

}  // namespace
}  // namespace tandem
