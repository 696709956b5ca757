#include "trace.h"

#include "trace_ladder.h"
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
  trace.start({});
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
  const std::string ladder = *trace.ladder({"traced"});
  EXPECT_NE(ladder.find("INVITE sip:600"), std::string::npos) << ladder;
  EXPECT_NE(ladder.find("401 Unauthorized"), std::string::npos) << ladder;
  EXPECT_EQ(std::count(ladder.begin(), ladder.end(), '\n'), 3) << ladder;
}

TEST_F(TraceTest, FiltersByDeviceCallOrAddress) {
  Trace trace(*stack, loop.clock(), console);
  trace.start(*TraceFilter::parse({"needle"}));
  ask(phone, request(phone, "OPTIONS", "sip:127.0.0.1", {}, "hay"));
  EXPECT_TRUE(trace.messages().empty());
  ask(phone, request(phone, "OPTIONS", "sip:127.0.0.1", {}, "needle-1"));
  EXPECT_EQ(trace.messages().size(), 2U);
  EXPECT_EQ(trace.ladder({"unknown"}).error().code, ErrorCode::not_found);
}

TracedMessage message(const std::string& text, const char* peer = "192.0.2.1:5060") {
  TracedMessage m;
  m.text = text;
  m.peer = *SocketAddress::parse(peer);
  m.call_id = header_value(text, "Call-ID", "i");
  m.summary = summary_of(text);
  return m;
}

const std::string kInvite = "INVITE sip:600@127.0.0.1 SIP/2.0\nFrom: <sip:SEP0011@127.0.0.1>;tag=1\nCall-ID: abc\n\na=SEP9999\n";

TEST(TraceFilterTest, TellsDeviceCallAndAddressApart) {
  const auto fits = [](const std::vector<std::string>& words) { return TraceFilter::parse(words)->fits(message(kInvite)); };
  EXPECT_TRUE(fits({}));
  EXPECT_TRUE(fits({"device", "SEP0011"}));
  EXPECT_TRUE(fits({"device", "600"}));
  EXPECT_FALSE(fits({"device", "SEP001"}));
  EXPECT_FALSE(fits({"device", "SEP9999"})) << "the body names nobody";
  EXPECT_TRUE(fits({"call", "abc"}));
  EXPECT_FALSE(fits({"call", "ab"}));
  EXPECT_TRUE(fits({"address", "192.0.2.1"}));
  EXPECT_TRUE(fits({"address", "192.0.2.1:5060"}));
  EXPECT_FALSE(fits({"address", "192.0.2.1:5061"}));
  EXPECT_FALSE(fits({"address", "192.0.2.11"}));
  EXPECT_TRUE(fits({"SEP00"}));
  EXPECT_FALSE(TraceFilter::parse({"address", "nowhere"}));
  EXPECT_FALSE(TraceFilter::parse({"colour", "red"}));
  EXPECT_FALSE(TraceFilter::parse({"a", "b", "c"}));
}

TEST_F(TraceTest, ACallIsKnownByOurIdToo) {
  Trace trace(*stack, loop.clock(), console);
  trace.start(*TraceFilter::parse({"call", "C-1"}));
  CallRecord record;
  record.call = "C-1";
  record.legs.push_back({.protocol_id = "ours"});
  trace.learn(record);
  ask(phone, request(phone, "OPTIONS", "sip:127.0.0.1", {}, "other"));
  ask(phone, request(phone, "OPTIONS", "sip:127.0.0.1", {}, "ours"));
  EXPECT_EQ(trace.messages().size(), 2U);
  EXPECT_TRUE(trace.ladder({"C-1"}));
  const std::string svg = *trace.svg({"C-1"});
  EXPECT_EQ(svg.find("<svg"), 0U);
  EXPECT_NE(svg.find(">OPTIONS sip:127.0.0.1</text>"), std::string::npos) << svg;
  EXPECT_NE(svg.find("Call C-1"), std::string::npos);
}

TEST(TraceText, KeysAndCredentialsAreMasked) {
  const auto masked = mask_secrets(
      "INVITE sip:a SIP/2.0\r\nProxy-Authorization: Digest response=\"hush\"\r\n\r\nv=0\r\n"
      "a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:c2VjcmV0|2^20\r\na=ice-pwd:hush\r\na=rtpmap:0 PCMU/8000\r\n");
  EXPECT_EQ(masked,
            "INVITE sip:a SIP/2.0\nProxy-Authorization: (hidden)\n\nv=0\na=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:(hidden)\n"
            "a=ice-pwd:(hidden)\na=rtpmap:0 PCMU/8000\n");
}

TEST(TraceLadder, ThePictureHoldsNoMarkupOfOthers) {
  const auto m = message("INVITE sip:\"><script>x</script>@a SIP/2.0\nCall-ID: abc\nX: \x01\xff&\n\n");
  const auto svg = ladder_svg({&m}, "<title>");
  EXPECT_EQ(svg.find("<script"), std::string::npos);
  EXPECT_NE(svg.find("&lt;title&gt;"), std::string::npos);
  EXPECT_EQ(svg.find('\x01'), std::string::npos);
  EXPECT_EQ(svg.find('\xff'), std::string::npos);
}

class FakeCapture final : public Capture {
 public:
  bool wanted(CaptureKind kind) const override { return on && kind == CaptureKind::sip; }
  void send(const CapturedMessage& m) override { sent.emplace_back(std::string(m.payload), m.from, m.to); }
  Registration watch(UniqueFunction<void()> changed) override {
    tell = std::move(changed);
    return Registration([this] { tell = nullptr; });
  }
  bool on = false;
  UniqueFunction<void()> tell;
  std::vector<std::tuple<std::string, SocketAddress, SocketAddress>> sent;
};

TEST_F(TraceTest, EveryMessageIsCopiedWhileSomebodyCaptures) {
  FakeCapture capture;
  Trace trace(*stack, loop.clock(), console, &capture, [&](const SocketAddress&) -> std::optional<TraceEnds> {
    return TraceEnds{*SocketAddress::parse("192.0.2.7:50000"), *SocketAddress::parse("192.0.2.1:5061")};
  });
  ask(phone, request(phone, "OPTIONS", "sip:127.0.0.1", {}, "before"));
  capture.on = true;
  capture.tell();
  ask(phone, request(phone, "OPTIONS", "sip:600@127.0.0.1", "Authorization: Digest realm=\"x\", response=\"hush\"\r\n", "captured"));
  capture.on = false;
  capture.tell();
  ask(phone, request(phone, "OPTIONS", "sip:127.0.0.1", {}, "after"));
  ASSERT_EQ(capture.sent.size(), 4U) << "ask() sends a second one, to know when the answer has come";
  const auto& [text, sender, receiver] = capture.sent[0];
  EXPECT_EQ(text.find("OPTIONS sip:600@127.0.0.1 SIP/2.0\r\n"), 0U) << text;
  EXPECT_EQ(text.find("hush"), std::string::npos);
  EXPECT_EQ(sender.to_string(), "192.0.2.7:50000") << "the client, not the edge's inner side";
  EXPECT_EQ(receiver.to_string(), "192.0.2.1:5061");
  EXPECT_EQ(std::get<1>(capture.sent[1]), receiver);
  EXPECT_TRUE(trace.messages().empty());
}

TEST(TraceMask, HidesDigitsInInfoTheyMayBeAPin) {
  for (const char* type : {"application/dtmf-relay", "application/dtmf"}) {
    const std::string masked =
        mask_secrets(std::string("INFO sip:a@b SIP/2.0\r\nContent-Type: ") + type + "\r\n\r\nSignal=7\r\nDuration=160\r\n");
    EXPECT_EQ(masked.find("Signal=7"), std::string::npos) << masked;
    EXPECT_NE(masked.find("(hidden)"), std::string::npos) << masked;
  }
  EXPECT_NE(mask_secrets("INVITE sip:a@b SIP/2.0\r\nContent-Type: application/sdp\r\n\r\nv=0\r\n").find("v=0"), std::string::npos);
}

}  // namespace
}  // namespace tandem::test
