#include "trace.h"

#include "wire.h"

namespace tandem::test {
namespace {

class FakeConsole final : public Console {
 public:
  Result<Registration> add(ConsoleCommand) override { return Registration(); }
  void publish(std::string_view, std::string_view line) override { lines.emplace_back(line); }
  bool watched(std::string_view) const override { return true; }
  std::vector<std::string> lines;
};

class TraceTest : public Wire {
 protected:
  FakeConsole console;
};

TEST_F(TraceTest, KeepsWhatWasOnTheWire) {
  Trace trace(*stack, loop.clock(), console);
  ask(phone, request(phone, "OPTIONS", "sip:127.0.0.1", {}, "before"));
  trace.start("");
  ask(phone, request(phone, "INVITE", "sip:600@127.0.0.1", "Authorization: Digest realm=\"x\",\r\n response=\"hush\"\r\n", "traced"));
  trace.stop();
  ask(phone, request(phone, "OPTIONS", "sip:127.0.0.1", {}, "after"));
  ASSERT_EQ(trace.messages().size(), 4U) << "two requests, two answers";
  const TracedMessage& first = trace.messages()[0];
  EXPECT_FALSE(first.sent);
  EXPECT_EQ(first.peer, phone.local);
  EXPECT_EQ(first.call_id, "traced");
  EXPECT_EQ(first.summary, "INVITE sip:600@127.0.0.1");
  EXPECT_EQ(first.text.find("hush"), std::string::npos) << first.text;
  EXPECT_NE(first.text.find("Authorization: (hidden)"), std::string::npos);
  EXPECT_FALSE(console.lines.empty());
  const std::string ladder = trace.ladder({"traced"});
  EXPECT_NE(ladder.find("INVITE sip:600"), std::string::npos) << ladder;
  EXPECT_NE(ladder.find("401 Unauthorized"), std::string::npos) << ladder;
  EXPECT_EQ(std::count(ladder.begin(), ladder.end(), '\n'), 3) << ladder;
}

TEST_F(TraceTest, FiltersByDeviceCallOrAddress) {
  Trace trace(*stack, loop.clock(), console);
  trace.start("needle");
  ask(phone, request(phone, "OPTIONS", "sip:127.0.0.1", {}, "hay"));
  EXPECT_TRUE(trace.messages().empty());
  ask(phone, request(phone, "OPTIONS", "sip:127.0.0.1", {}, "needle-1"));
  EXPECT_EQ(trace.messages().size(), 2U);
  EXPECT_NE(trace.ladder({"unknown"}).find("no messages"), std::string::npos);
}

TEST(TraceMask, HidesDigitsInInfoTheyMayBeAPin) {
  for (const char* type : {"application/dtmf-relay", "application/dtmf"}) {
    const std::string masked =
        mask_credentials(std::string("INFO sip:a@b SIP/2.0\r\nContent-Type: ") + type + "\r\n\r\nSignal=7\r\nDuration=160\r\n");
    EXPECT_EQ(masked.find("Signal=7"), std::string::npos) << masked;
    EXPECT_NE(masked.find("(hidden)"), std::string::npos) << masked;
  }
  EXPECT_NE(mask_credentials("INVITE sip:a@b SIP/2.0\r\nContent-Type: application/sdp\r\n\r\nv=0\r\n").find("v=0"), std::string::npos);
}

}  // namespace
}  // namespace tandem::test
