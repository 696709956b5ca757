// What strangers send: the right status or silence, and a server that goes on serving the others.
#include <fmt/format.h>

#include <fstream>

#include "office.h"

namespace tandem::test {
namespace {

class Hostile : public Office {
 protected:
  void SetUp() override {
    Office::SetUp();
    john_ = std::make_unique<Phone>(*tandem_, kJohn, 440);
    john_->must_enroll();
  }
  void TearDown() override {
    ASSERT_TRUE(tandem_->alive()) << tandem_->log();
    EXPECT_EQ(john_->enroll().status(), 200) << "others are disturbed";
    EXPECT_TRUE(tandem_->ask("core show calls").empty());
  }
  std::unique_ptr<Phone> john_;
};

struct Bad {
  const char* what;
  std::function<std::string(SipMessage)> bend;
  std::vector<int> allowed;  ///< final statuses; 0: silence
};

std::string without(SipMessage m, const char* header) { return m.remove(header).text(); }
std::string with(SipMessage m, const char* header, std::string value) { return m.set(header, std::move(value)).text(); }

TEST_F(Hostile, BrokenMessagesGetAStatusOrSilence) {
  const std::vector<Bad> table{
      {"garbage", [](const auto&) { return std::string("\x01\x02\xff\xfe garbage\r\n\r\n"); }, {0, 400}},
      {"nothing", [](const auto&) { return std::string("\r\n\r\n"); }, {0}},
      {"zeros", [](const auto&) { return std::string(1000, '\0'); }, {0, 400}},
      {"half a message", [](const auto& m) { return m.text().substr(0, 60); }, {0, 400}},
      {"no Call-ID", [](const auto& m) { return without(m, "Call-ID"); }, {0, 400}},
      {"no CSeq", [](const auto& m) { return without(m, "CSeq"); }, {0, 400}},
      {"no From", [](const auto& m) { return without(m, "From"); }, {0, 400}},
      {"no To", [](const auto& m) { return without(m, "To"); }, {0, 400}},
      {"no Via", [](const auto& m) { return without(m, "Via"); }, {0, 400}},
      {"no From tag", [](const auto& m) { return with(m, "From", "<sip:a@b>"); }, {0, 400, 401, 407}},
      {"CSeq of another method", [](const auto& m) { return with(m, "CSeq", "1 BYE"); }, {0, 400}},
      {"CSeq beyond 2^31", [](const auto& m) { return with(m, "CSeq", "99999999999999 INVITE"); }, {0, 400}},
      {"negative CSeq", [](const auto& m) { return with(m, "CSeq", "-1 INVITE"); }, {0, 400}},
      {"Max-Forwards as a word", [](const auto& m) { return with(m, "Max-Forwards", "many"); }, {0, 400, 401, 407}},
      {"Max-Forwards 300", [](const auto& m) { return with(m, "Max-Forwards", "300"); }, {0, 400, 401, 407}},
      {"another SIP",
       [](SipMessage m) {
         m.start.replace(m.start.rfind("2.0"), 3, "7.0");
         return m.text();
       },
       {0, 400, 505}},
      {"unknown scheme",
       [](SipMessage m) {
         m.start = "INVITE gopher:moon SIP/2.0";
         return m.text();
       },
       {0, 400, 401, 407, 416}},
      {"unknown method",
       [](SipMessage m) {
         m.start.replace(0, 6, "JUGGLE");
         return with(m, "CSeq", "1 JUGGLE");
       },
       {0, 401, 405, 407, 501}},
      {"an endless header", [](const auto& m) { return with(m, "Subject", std::string(60000, 'a')); }, {0, 400, 401, 407, 413, 513}},
      {"a thousand Vias",
       [](SipMessage m) {
         for (int i = 0; i < 1000; ++i) m.add("Via", fmt::format("SIP/2.0/UDP h{};branch=z9hG4bKx", i));
         return m.text();
       },
       {0, 400, 401, 407, 413, 513}},
      {"format strings", [](const auto& m) { return with(m, "From", "\"%s%n%x\" <sip:%25s@h>;tag=%n"); }, {0, 400, 401, 407}},
      {"log forging", [](const auto& m) { return with(m, "User-Agent", "x\" SecurityEvent=\"SuccessfulAuth"); }, {0, 400, 401, 407}},
      {"forged digest",
       [](const auto& m) { return with(m, "Authorization", "Digest " + std::string(5000, '"')); },
       {0, 400, 401, 403, 407}},
      {"empty digest",
       [](const auto& m) { return with(m, "Authorization", "Digest username=\"\", response=\"\""); },
       {0, 400, 401, 403, 407}},
      {"another scheme", [](const auto& m) { return with(m, "Authorization", "Basic am9objpkb2U="); }, {0, 400, 401, 403, 407}},
      {"length beyond the packet",
       [](SipMessage m) {
         std::string t = m.text();
         t.replace(t.find("Content-Length: 0"), 17, "Content-Length: 999999");
         return t;
       },
       {0, 400}},
      {"negative length",
       [](SipMessage m) {
         std::string t = m.text();
         t.replace(t.find("Content-Length: 0"), 17, "Content-Length: -5");
         return t;
       },
       {0, 400, 401, 407}},
      {"BYE outside any dialog",
       [](SipMessage m) {
         m.start.replace(0, 6, "BYE");
         m.set("To", m.header("To") + ";tag=x");
         return with(m, "CSeq", "1 BYE");
       },
       {0, 481}},
      {"ACK outside any dialog",
       [](SipMessage m) {
         m.start.replace(0, 6, "ACK");
         return with(m, "CSeq", "1 ACK");
       },
       {0}},
      {"INVITE in an unknown dialog", [](SipMessage m) { return with(m, "To", m.header("To") + ";tag=x"); }, {401, 407, 481}},
      {"PRACK of nothing",
       [](SipMessage m) {
         m.start.replace(0, 6, "PRACK");
         m.add("RAck", "1 1 INVITE");
         return with(m, "CSeq", "1 PRACK");
       },
       {0, 401, 405, 407, 481, 501}},
      {"CANCEL of nothing",
       [](SipMessage m) {
         m.start.replace(0, 6, "CANCEL");
         return with(m, "CSeq", "1 CANCEL");
       },
       {0, 481}},
      {"a response to nothing",
       [](SipMessage m) {
         m.start = "SIP/2.0 200 OK";
         return m.text();
       },
       {0}},
  };
  for (const Bad& bad : table) {
    SipPeer stranger(tandem_->sip(), "stranger");
    stranger.send(bad.bend(stranger.make_request("INVITE", stranger.uri("11002"))));
    const auto response = stranger.receive([](const auto& m) { return m.status() >= 200; }, Milliseconds(150));
    const int status = response ? response->status() : 0;
    EXPECT_NE(std::find(bad.allowed.begin(), bad.allowed.end(), status), bad.allowed.end()) << bad.what << ": " << status;
    ASSERT_TRUE(tandem_->alive()) << bad.what << "\n" << tandem_->log();
  }
  EXPECT_EQ(tandem_->log().find("SecurityEvent=\"SuccessfulAuth\",x"), std::string::npos);
}

TEST_F(Hostile, BrokenSdpOfAKnownPhoneIsRefused) {
  const std::string good = john_->offer();
  const auto bent = [&](const std::string& from, const std::string& to) {
    std::string sdp = good;
    sdp.replace(sdp.find(from), from.size(), to);
    return sdp;
  };
  const std::vector<std::pair<std::string, std::vector<int>>> table{
      {"this is not SDP", {400, 488}},
      {std::string(3000, 'v'), {400, 413, 488, 513}},
      {bent("m=audio", "m=video"), {488}},
      {bent("RTP/AVP", "RTP/SAVP"), {488}},
      {bent("c=IN IP4 127.0.0.1", "c=IN IP4 not.an.address.at.all"), {400, 488}},
      {bent("c=IN IP4 127.0.0.1", "c=IN IP4 999.1.1.1"), {400, 488}},
      {bent("c=IN IP4 127.0.0.1\r\n", ""), {400, 488}},
      {bent(fmt::format("m=audio {}", john_->audio.port()), "m=audio 99999"), {400, 488}},
      {bent(fmt::format("m=audio {}", john_->audio.port()), "m=audio -1"), {400, 488}},
      {bent(fmt::format("m=audio {}", john_->audio.port()), "m=audio 0"), {400, 488}},
  };
  for (const auto& [sdp, allowed] : table) {
    auto dialog = john_->call("600", sdp);
    const auto response =
        john_->receive([&](const auto& m) { return m.status() >= 200 && m.branch() == dialog.invite.branch(); }, kPatience);
    ASSERT_TRUE(response) << sdp.substr(0, 200);
    EXPECT_NE(std::find(allowed.begin(), allowed.end(), response->status()), allowed.end()) << response->start << " for\n"
                                                                                            << sdp.substr(0, 300);
    john_->ack(dialog, *response);
    if (response->status() < 300) {
      SipPeer::learn(dialog, *response);
      john_->ack(dialog, *response);
      john_->bye(dialog);
    }
  }
}

TEST_F(Hostile, AFloodOfStrangersLeavesMemoryAndOthersAlone) {
  const auto memory_kb = [&] {
    std::ifstream file(fmt::format("/proc/{}/statm", tandem_->pid()));
    long size = 0, resident = 0;
    file >> size >> resident;
    return resident * 4;
  };
  // A phone that refreshes has a nonce already.
  auto refresh =
      john_->make_request("REGISTER", "sip:" + tandem_->sip().to_string()).set("To", "<" + john_->uri(kJohn) + ">").add("Expires", "300");
  john_->send(refresh);
  refresh = john_->authorized(refresh, john_->expect(401, "REGISTER"));
  SipPeer stranger(tandem_->sip(), "stranger");
  const std::vector<std::string> kMethods{"INVITE", "REGISTER", "SUBSCRIBE", "MESSAGE"};
  const long before = memory_kb();
  for (int i = 0; i < 5000; ++i) {
    SipMessage request = stranger.make_request(kMethods[static_cast<size_t>(i) % kMethods.size()], stranger.uri("11002"));
    if (i % 4 == 2) request.add("Event", "dialog");
    stranger.send(request);
    if (i % 100 == 0) stranger.pump();
  }
  EXPECT_EQ(john_->transact(refresh).status(), 200) << "a phone that knows its password is shut out by a flood";
  EXPECT_LT(memory_kb() - before, 64 * 1024) << "challenges are to be made without keeping anything";
  EXPECT_LT(tandem_->log().size(), 2'000'000u) << "the log is flooded too";
}

TEST_F(Hostile, GarbageOnAMediaPortIsDropped) {
  auto dialog = john_->call("600", john_->offer());
  john_->hear_of(john_->answered(dialog));
  const std::vector<std::vector<uint8_t>> junk{
      {}, {0x80}, std::vector<uint8_t>(11, 0x80), std::vector<uint8_t>(2000, 0xff), {0x9f, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1}};
  for (const auto& bytes : junk) {
    john_->audio.send_raw(bytes);
    john_->audio.send_raw(bytes, true);
  }
  talk({&john_->audio}, Milliseconds(300));
  EXPECT_NEAR(measure(john_->audio.heard()).hertz, 440, 10);
  john_->bye(dialog);
  expect_nothing_left();
}

TEST_F(Hostile, DialledNumbersAreNoProgram) {
  for (const char* number : {"%27;os.exit()--", "11002%00", "%25s%25n", "..%2f..%2fetc", "a%0d%0aVia:%20x"}) {
    auto dialog = john_->call(number, john_->offer());
    const auto response =
        john_->receive([&](const auto& m) { return m.status() >= 200 && m.branch() == dialog.invite.branch(); }, kPatience);
    ASSERT_TRUE(response) << number;
    EXPECT_GE(response->status(), 400) << number;
    EXPECT_LT(response->status(), 500) << number;
    john_->ack(dialog, *response);
  }
}

}  // namespace
}  // namespace tandem::test
