// What every module of build/modules owes the host: it comes, it reloads, it goes, and nothing of it stays.
#include <gmock/gmock.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>

#include "host_fixture.h"
#include "support/sip_peer.h"

namespace tandem::test {
namespace {

using testing::HasSubstr;

const std::string kModules = TANDEM_BINARY_DIR "/modules";

std::vector<std::string> all_modules() { return wanted_modules({.folder = kModules, .autoload = true}); }

std::vector<std::string> requirements(const std::string& name) {
  const auto file = ModuleFile::open(kModules, name);
  return file ? file->requirements() : std::vector<std::string>();
}

class EveryModule : public HostFixture, public testing::WithParamInterface<std::string> {};

TEST_P(EveryModule, RunsReloadsAndLeavesNothingBehind) {
  ASSERT_TRUE(serve(kModules, requirements(GetParam())));
  const Json before = registrations();
  for (int round = 0; round < 2; ++round) {
    const auto loaded = run("module load " + GetParam());
    ASSERT_TRUE(loaded) << loaded.error().message;
    EXPECT_EQ(host().loader().state(GetParam()), ModuleState::running);
    EXPECT_EQ((*run("module show " + GetParam()))["state"], "running");
    EXPECT_TRUE(mapped(GetParam()));
    const auto reloaded = run("module reload " + GetParam());
    EXPECT_TRUE(reloaded) << reloaded.error().message;

    const auto unloaded = run("module unload " + GetParam());
    ASSERT_TRUE(unloaded) << unloaded.error().message;
    EXPECT_EQ(host().loader().state(GetParam()), ModuleState::not_loaded);
    EXPECT_FALSE(mapped(GetParam())) << "its old code would run after the next load";
    EXPECT_EQ(registrations(), before);
  }
}

TEST_P(EveryModule, EndsWithTheHost) {
  auto names = requirements(GetParam());
  names.push_back(GetParam());
  const auto started = serve(kModules, names, {GetParam()});
  ASSERT_TRUE(started) << started.error().message;
  host().stop();
  host().run();
  EXPECT_EQ(host().loader().open_objects(), 0u);
  EXPECT_FALSE(mapped(GetParam()));
}

INSTANTIATE_TEST_SUITE_P(Modules, EveryModule, testing::ValuesIn(all_modules()), [](const auto& of) { return of.param; });

class Templates : public HostFixture {
 protected:
  void SetUp() override {
    const auto started = serve(kModules, {"app_echo", "chan_null"});
    ASSERT_TRUE(started) << started.error().message;
  }
};

TEST_F(Templates, ACallIntoTheEchoTestKeepsBothModules) {
  ASSERT_TRUE(run("null call phones 600 11001"));
  ASSERT_TRUE(turn_until([&] { return host().uses_of_verb("echo") == 1; }));
  EXPECT_EQ(run("module unload app_echo").error().message, "app_echo is in use: 1 call is in the echo test");
  EXPECT_EQ(run("module unload chan_null").error().message, "chan_null is in use: it has 1 leg");
  EXPECT_EQ(host().loader().state("app_echo"), ModuleState::running);
  EXPECT_EQ((*run("core show channels"))[0]["state"], "up");

  ASSERT_TRUE(run("channel request hangup all"));
  ASSERT_TRUE(turn_until([&] { return host().calls().calls() == 0; }));
  EXPECT_TRUE(run("module unload app_echo"));
  EXPECT_TRUE(run("module unload chan_null"));
  EXPECT_FALSE(mapped("app_echo"));
  EXPECT_FALSE(mapped("chan_null"));
}

TEST_F(Templates, TheHostEndsWithACallInTheEchoTest) {
  ASSERT_TRUE(run("null call phones 600"));
  ASSERT_TRUE(turn_until([&] { return host().uses_of_verb("echo") == 1; }));
  host().stop();
  host().run();
  EXPECT_EQ(host().calls().calls(), 0u);
  EXPECT_EQ(host().loader().open_objects(), 0u);
}

TEST_F(Templates, StoppingGracefullyWaitsForTheLastCall) {
  ASSERT_TRUE(run("null call phones 600"));
  ASSERT_TRUE(turn_until([&] { return host().uses_of_verb("echo") == 1; }));
  ASSERT_TRUE(run("core stop gracefully"));
  EXPECT_THAT(run("null call phones 600").error().message, HasSubstr("shutting down"));
  EXPECT_EQ(host().calls().calls(), 1u);
  ASSERT_TRUE(run("channel request hangup all"));
  host().run();  // returns by itself
  EXPECT_EQ(host().calls().calls(), 0u);
}

TEST_F(Templates, OneChannelCanBeSeenAndHungUp) {
  ASSERT_TRUE(run("null call phones 600"));
  ASSERT_TRUE(turn_until([&] { return host().uses_of_verb("echo") == 1; }));
  const Json rows = *run("core show channels");
  const auto channel = rows[0]["channel"].get<std::string>();
  EXPECT_THAT(host().console().commands().complete({"core", "show", "channel"}, ""), testing::ElementsAre(channel));
  const Json shown = *run("core show channel " + channel);
  EXPECT_EQ(shown["call dialled"], "600");
  EXPECT_EQ(shown["state"], "up");
  EXPECT_EQ(run("core show channel none").error().code, ErrorCode::not_found);
  ASSERT_TRUE(run("channel hangup " + channel));
  EXPECT_TRUE(turn_until([&] { return host().calls().calls() == 0; }));
}

TEST_F(Templates, ACallThatIsRecordedKeepsTheRecords) {
  ASSERT_TRUE(run("module load res_cdr"));
  ASSERT_TRUE(run("null call phones 600"));
  ASSERT_TRUE(turn_until([&] { return host().uses_of_verb("echo") == 1; }));
  EXPECT_EQ(run("module unload res_cdr").error().message, "res_cdr is in use: 1 calls are being recorded");
  ASSERT_TRUE(run("channel request hangup all"));
  ASSERT_TRUE(turn_until([&] { return host().calls().calls() == 0; }));
  EXPECT_TRUE(run("module unload res_cdr"));
  EXPECT_FALSE(mapped("res_cdr"));
}

TEST_F(Templates, ASipCallKeepsSip) {
  ASSERT_TRUE(run("module load chan_sip"));
  SipPeer john(host().listeners().front().address, "SEP001122330001", "office-demo");
  const auto hears = [&](int status) {
    std::optional<SipMessage> heard;
    const auto fits = [&](const SipMessage& m) { return m.status() == status; };
    EXPECT_TRUE(turn_until([&] { return (heard = john.receive(fits, Milliseconds(0))).has_value(); })) << status;
    return heard.value_or(SipMessage());
  };
  auto dialog = john.invite("600", make_sdp(9000));
  const auto challenge = hears(401);
  john.ack(dialog, challenge);
  dialog.invite = john.authorized(dialog.invite, challenge);
  dialog.cseq = dialog.invite.cseq();
  john.send(dialog.invite);
  const auto answer = hears(200);
  SipPeer::learn(dialog, answer);
  john.ack(dialog, answer);
  EXPECT_EQ(run("module unload chan_sip").error().message, "chan_sip is in use: 1 SIP channels are up");
  EXPECT_EQ(host().loader().state("chan_sip"), ModuleState::running);
  john.send(john.in_dialog(dialog, "BYE"));
  hears(200);
  ASSERT_TRUE(turn_until([&] { return host().calls().calls() == 0; }));
  EXPECT_TRUE(run("module unload chan_sip"));
  EXPECT_FALSE(mapped("chan_sip"));
}

// TANDEM_ROUNDS=100 under the sanitizers; a few of them in every run.
TEST_F(Templates, ModulesComeAndGoWhileCallsRun) {
  const char* asked = std::getenv("TANDEM_ROUNDS");
  const int rounds = asked == nullptr ? 5 : std::max(1, std::atoi(asked));
  for (int call = 0; call < 5; ++call) ASSERT_TRUE(run("null call phones 600"));
  ASSERT_TRUE(turn_until([&] { return host().uses_of_verb("echo") == 5; }));
  const auto verbs = host().verbs().all().size();
  for (int round = 0; round < rounds; ++round) {
    for (const std::string name : {"chan_sip", "res_cdr"}) {
      ASSERT_TRUE(run("module load " + name));
      ASSERT_TRUE(run("module reload " + name));
      const auto unloaded = run("module unload " + name);
      ASSERT_TRUE(unloaded) << unloaded.error().message;
      ASSERT_FALSE(mapped(name));
    }
    ASSERT_FALSE(run("module unload app_echo")) << "calls are in it";
  }
  EXPECT_EQ(host().verbs().all().size(), verbs);
  EXPECT_EQ(host().calls().calls(), 5u);
  EXPECT_EQ(host().uses_of_verb("echo"), 5u);
}

}  // namespace
}  // namespace tandem::test
