#include "host/machine_strain.h"

#include <gmock/gmock.h>

#include "support/fake_loop.h"

namespace tandem {
namespace {

using testing::HasSubstr;

TEST(MachineStrain, SaysWhatThereIsTooMuchOrTooLittleOf) {
  const MachineState state{.load = 3.5, .available_memory = 100u << 20};
  EXPECT_EQ(strain({}, state), "");
  EXPECT_EQ(strain({.load = 4, .free_memory = 64u << 20}, state), "");
  EXPECT_EQ(strain({.load = 2}, state), "the load average is 3.50, more than 2.00");
  EXPECT_EQ(strain({.free_memory = 200u << 20}, state), "100 MiB of memory are free, less than 200");
}

TEST(MachineStrain, TellsWhenItBeginsAndWhenTheLimitGoes) {
  test::FakeLoop loop;
  std::vector<std::string> told;
  MachineStrain watch(loop, [&](std::string why) { told.push_back(std::move(why)); });
  watch.configure({});
  EXPECT_TRUE(told.empty());
  EXPECT_EQ(loop.timers(), 0u) << "without a limit nobody looks";
  watch.configure({.free_memory = uint64_t{1} << 60});  // no machine has as much
  ASSERT_EQ(told.size(), 1u);
  EXPECT_THAT(told[0], HasSubstr("of memory are free"));
  loop.advance(std::chrono::seconds(1));
  EXPECT_EQ(told.size(), 2u);
  watch.configure({});
  EXPECT_EQ(told.back(), "");
}

}  // namespace
}  // namespace tandem
