// Scripts in real calls: every example of the reference runs, and a script that misbehaves ends its own call, clearly, and no other.
#include "base/logger.h"
#include "lua/reference.h"
#include "unit/lua/live_fixture.h"

namespace tandem::test {
namespace {

class Live : public LiveTest {
 protected:
  Live() { EXPECT_TRUE(log_open({.files = {{.path = log_path_, .level = LogLevel::error}}, .security = std::nullopt})); }
  ~Live() override { log_close(); }

  /// The lines of the log that are about this call.
  std::vector<std::string> log_of(const std::string& call) {
    log_close();
    std::vector<std::string> lines;
    std::ifstream in(log_path_);
    for (std::string line; std::getline(in, line);) {
      if (line.find(call) != std::string::npos) lines.push_back(line);
    }
    return lines;
  }

  DialplanFolder log_folder_;
  const std::string log_path_ = std::filesystem::path(log_folder_.write("none", "")).parent_path() / "log";
};

TEST_F(Live, EveryExampleRuns) {
  for (const auto& example : dialplan_examples(verbs)) {
    EXPECT_FALSE(example.body.empty()) << example.of << " has no example";
    load_body(example.body);
    john_calls("1");
    let_end();
    EXPECT_EQ(calls.calls(), 0U) << example.of << " does not end";
    for (const auto& decision : books.ended_.back().decisions) {
      EXPECT_EQ(decision.find("the dialplan failed"), std::string::npos) << example.of << ": " << decision;
    }
  }
}

TEST_F(Live, WhoeverMisbehavesEndsAlone) {
  const char* const attacks[] = {
      "while true do pcall(function() while true do end end) end",
      "('a'):rep(1024):find('.-.-.-b')",
      "local s = ('x'):rep(1 << 30)",
      "local s = 'x' while true do s = s .. s end",
      "error({})",
      "error('a\\nb: c')",
      "call:no_such_verb()",
  };
  for (const auto* attack : attacks) {
    load_body(attack);
    const ChannelId other = john_calls("2");
    const ChannelId channel = john_calls("1");
    EXPECT_EQ(state_of(channel), ChannelState::ended) << attack;
    const auto told = sip.last(channel, "hangup");
    EXPECT_EQ(told.ending.cause, Cause::temporary_failure) << attack;
    EXPECT_EQ(told.ending.text, "") << "the far end learns nothing of our script";
    EXPECT_NE(state_of(other), ChannelState::ended) << attack;
    const CallRecord& ended = books.ended_.back();
    EXPECT_NE(ended.decisions.back().find("the dialplan failed: "), std::string::npos) << attack;
    calls.hangup_all({});
    loop.settle();
  }
}

TEST_F(Live, HeadersGoOutWithTheDial) {
  load_body("call:dial{'user/jane.white', headers = {['Alert-Info'] = '<urn:x>'}}");
  john_calls("1");
  ASSERT_EQ(sip.out_.size(), 1U);
  ASSERT_EQ(sip.out_[0].headers.size(), 1U);
  EXPECT_EQ(sip.out_[0].headers[0].name + ": " + sip.out_[0].headers[0].value, "Alert-Info: <urn:x>");
}

TEST_F(Live, AFailureIsOneLineWithItsPlaceAndItsCall) {
  load_body("\nerror('out of coffee')");
  john_calls("1");
  const auto lines = log_of(books.ended_.back().call);
  ASSERT_EQ(lines.size(), 1U);
  EXPECT_NE(lines[0].find("main.lua:4: out of coffee"), std::string::npos) << lines[0];
}

TEST_F(Live, EachVerbRefusesNonsenseWithASentence) {
  for (const auto& [name, entry] : verbs.all()) {
    for (const char* arguments : {"{nonsense = true}", "1e300", "('x'):rep(60000), {}, {}", "{{{{{}}}}}"}) {
      load_body("call:" + name + "(" + arguments + ")");
      const ChannelId other = john_calls("2");
      const ChannelId channel = john_calls("1");
      EXPECT_NE(state_of(other), ChannelState::ended);
      if (state_of(channel) == ChannelState::ended) {
        EXPECT_EQ(sip.last(channel, "hangup").ending.text.find("main.lua"), std::string::npos) << name << arguments;
      }
      calls.hangup_all({});
      loop.settle();
    }
  }
}

}  // namespace
}  // namespace tandem::test
