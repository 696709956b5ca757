// What the loader does with modules that are wrong, and with new code under an old name.
#include <gmock/gmock.h>

#include <filesystem>

#include "host_fixture.h"

namespace tandem::test {
namespace {

using testing::HasSubstr;
using testing::MatchesRegex;

const std::string kSamples = SAMPLE_MODULES;

class LoaderTest : public HostFixture {
 protected:
  std::string reason(const std::string& name) { return (*run("module show " + name))["summary"]; }
};

TEST_F(LoaderTest, AnotherBuildIsRefusedWithWhatDiffers) {
  ASSERT_TRUE(serve(kSamples, {"other_build"}));
  EXPECT_EQ(host().loader().state("other_build"), ModuleState::failed);
  EXPECT_THAT(reason("other_build"), MatchesRegex("other_build.so was built with asserts=o[nf]+, this core has asserts=o[nf]+"));
  EXPECT_FALSE(mapped("other_build"));
}

TEST_F(LoaderTest, WhatIsNoModuleIsRefused) {
  ASSERT_TRUE(serve(kSamples, {}));
  EXPECT_THAT(run("module load no_symbol").error().message, HasSubstr("no symbol tandem_module"));
  EXPECT_THAT(run("module load other_name").error().message, HasSubstr("calls itself another"));
  EXPECT_THAT(run("module load app_missing").error().message, HasSubstr("there is no "));
  EXPECT_THAT(run("module load ../v1/sample").error().message, HasSubstr("is no module name"));
  EXPECT_THAT(run("module show nothing").error().message, HasSubstr("there is no module nothing"));
  EXPECT_FALSE(run("module unload nothing"));
  EXPECT_FALSE(run("module reload nothing"));
}

TEST_F(LoaderTest, ACircleIsNamed) {
  ASSERT_TRUE(serve(kSamples, {"circle_a", "circle_b"}));
  EXPECT_EQ(reason("circle_a"), "circle_a requires circle_b requires circle_a");
  EXPECT_EQ(host().loader().state("circle_b"), ModuleState::failed);
}

TEST_F(LoaderTest, WhatThrowsOrFailsLeavesNothingBehind) {
  ASSERT_TRUE(serve(kSamples, {}));
  const Json before = registrations();
  EXPECT_EQ(run("module load throws_in_create").error().message, "it threw: no such luck");
  EXPECT_EQ(run("module load throws_in_start").error().message, "it threw: not today");
  EXPECT_EQ(run("module load fails_in_start").error().message, "the port is taken");
  EXPECT_EQ(reason("fails_in_start"), "the port is taken");
  EXPECT_EQ(registrations(), before);
  ASSERT_TRUE(turn_until([&] { return host().loader().open_objects() == 0; }));
  EXPECT_FALSE(mapped("throws_in_start"));
}

TEST_F(LoaderTest, ARequiredModuleThatFailsIsTheEnd) {
  const auto started = serve(kSamples, {}, {"fails_in_start"});
  ASSERT_FALSE(started);
  EXPECT_EQ(started.error().code, ErrorCode::unavailable);
  EXPECT_EQ(started.error().message, "required module fails_in_start does not run: the port is taken");
}

TEST_F(LoaderTest, RequirementsRunFirstAndAreNotUnloadedUnderTheirUsers) {
  const TemporaryFolder folder;
  std::filesystem::copy(kSamples + "/v1/sample.so", folder.path() + "/sample.so");
  std::filesystem::copy(kSamples + "/needs_sample.so", folder.path() + "/needs_sample.so");
  ASSERT_TRUE(serve(folder.path(), {"needs_sample", "sample"}));
  EXPECT_EQ(host().loader().running(), (std::vector<std::string>{"sample", "needs_sample"}));
  EXPECT_EQ(run("module unload sample").error().message, "sample is required by needs_sample");
  ASSERT_TRUE(run("module unload needs_sample"));
  ASSERT_TRUE(run("module unload sample"));
  EXPECT_EQ(run("module load needs_sample").error().message, "needs_sample requires sample, which is not loaded");
}

TEST_F(LoaderTest, NewCodeRunsAfterUnloadAndLoad) {
  const TemporaryFolder folder;
  const std::string file = folder.path() + "/sample.so";
  std::filesystem::copy(kSamples + "/v1/sample.so", file);
  ASSERT_TRUE(serve(folder.path(), {"sample"}));
  EXPECT_EQ(*run("sample"), "first");
  EXPECT_EQ(run("module load sample").error().code, ErrorCode::exists);
  ASSERT_TRUE(run("module unload sample"));
  std::filesystem::remove(file);
  std::filesystem::copy(kSamples + "/v2/sample.so", file);
  ASSERT_TRUE(run("module load sample"));
  EXPECT_EQ(*run("sample"), "second");
}

TEST_F(LoaderTest, CodeThatCannotBeUnmappedIsSaidToStay) {
  ASSERT_TRUE(serve(kSamples, {"stays_mapped"}));
  EXPECT_THAT(run("module unload stays_mapped").error().message, HasSubstr("its code stays in memory"));
  EXPECT_EQ(host().loader().state("stays_mapped"), ModuleState::not_loaded);
}

TEST_F(LoaderTest, AReloadThatFailsSaysWhyAndStopsNothing) {
  ASSERT_TRUE(serve(kSamples + "/v1", {"sample"}));
  EXPECT_EQ(run("module reload").error().message, "sample.ini:3: nonsense\nnothing has changed");
  EXPECT_EQ(host().loader().state("sample"), ModuleState::running);
}

TEST_F(LoaderTest, AutoloadTakesTheFolderButNotWhatIsExcluded) {
  const LoaderSettings settings{.folder = kSamples, .autoload = true, .load = {"extra"}, .noload = {"no_symbol", "stays_mapped"}};
  const auto wanted = wanted_modules(settings);
  EXPECT_THAT(wanted, testing::IsSupersetOf({"circle_a", "extra", "throws_in_create"}));
  EXPECT_THAT(wanted, testing::Not(testing::Contains("no_symbol")));
  const auto complaints = check_modules(settings);
  EXPECT_THAT(complaints, testing::Contains("module circle_a: circle_a requires circle_b requires circle_a"));
  EXPECT_THAT(complaints, testing::Contains(HasSubstr("module extra: there is no ")));
  EXPECT_THAT(complaints, testing::Contains("module needs_sample: it requires sample, which is not loaded"));
}

}  // namespace
}  // namespace tandem::test
