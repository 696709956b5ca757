#include "host/state_folder.h"

#include <gmock/gmock.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>

#include "host/report.h"
#include "support/tandem_process.h"

namespace tandem {
namespace {

using testing::HasSubstr;

TEST(StateFolder, IsMadeForItsOwnerAndHeldOnce) {
  const test::TemporaryFolder folder;
  const std::string path = folder.path() + "/deep/state/";
  {
    const auto taken = StateFolder::take(path);
    ASSERT_TRUE(taken) << taken.error().message;
    EXPECT_EQ(taken->socket(), folder.path() + "/deep/state/tandem.sock");
    struct stat info {};
    ASSERT_EQ(::stat(path.c_str(), &info), 0);
    EXPECT_EQ(info.st_mode & 0777, 0700u);
    const auto second = StateFolder::take(path);
    ASSERT_FALSE(second);
    EXPECT_EQ(second.error().code, ErrorCode::busy);
    EXPECT_THAT(second.error().message, HasSubstr("process " + std::to_string(::getpid())));
  }
  EXPECT_TRUE(StateFolder::take(path));
}

TEST(StateFolder, SaysWhyItCannotBeMade) {
  const auto taken = StateFolder::take("/proc/nowhere/state");
  ASSERT_FALSE(taken);
  EXPECT_THAT(taken.error().message, HasSubstr("/proc/nowhere/state"));
}

TEST(Report, IsWrittenWhole) {
  const test::TemporaryFolder folder;
  const std::string path = folder.path() + "/report";
  ASSERT_TRUE(write_report(path, {{"sip-udp", *SocketAddress::from("127.0.0.1", 5060)}}));
  std::ifstream file(path);
  const auto report = nlohmann::json::parse(file);
  EXPECT_EQ(report["pid"], ::getpid());
  EXPECT_EQ(report["listeners"].dump(), R"([{"address":"127.0.0.1","name":"sip-udp","port":5060}])");
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder.path()), {}), 1) << "no temporary file stays";
  EXPECT_THAT(write_report(folder.path() + "/none/report", {}).error().message, HasSubstr("cannot write the report"));
}

}  // namespace
}  // namespace tandem
