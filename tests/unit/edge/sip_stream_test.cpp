// Cutting a stream into SIP messages, and what changes in them on their way through the edge.
#include "edge/sip_stream.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "edge/sip_rewrite.h"

namespace tandem {
namespace {

using Next = SipStream::Next;
using testing::ElementsAre;

const std::string kOptions =
    "OPTIONS sip:a SIP/2.0\r\nVia: SIP/2.0/TLS 10.0.0.1:5061;branch=z9hG4bK1;rport\r\nContent-Length: 4\r\n\r\nbody";

/// Everything that comes out of a stream that is fed in pieces of `piece` octets: messages, "ping", "broken: why".
std::vector<std::string> cut(const std::string& octets, size_t piece, size_t limit = 4096) {
  SipStream stream(limit);
  std::vector<std::string> got;
  for (size_t at = 0; at < octets.size(); at += piece) {
    stream.feed(std::string_view(octets).substr(at, piece));
    SipStream::Message message;
    for (Next next = stream.next(message); next != Next::more; next = stream.next(message)) {
      if (next == Next::broken) {
        got.push_back("broken: " + std::string(stream.why()));
        return got;
      }
      got.emplace_back(next == Next::ping ? "ping" : message.text);
    }
  }
  return got;
}

std::string inward(const std::string& text) {
  SipStream stream(65536);
  stream.feed(text);
  SipStream::Message message;
  if (stream.next(message) != Next::message) return "no message";
  std::string out;
  append_inward(out, message);
  return out;
}

std::string outward(const std::string& text, const Outward& facts) {
  SipStream stream(65536);
  stream.feed(text);
  SipStream::Message message;
  if (stream.next(message) != Next::message) return "no message";
  std::string out;
  append_outward(out, message, facts);
  return out;
}

TEST(SipStream, MessagesComeOutWholeHoweverTheyCome) {
  const std::string bare = "BYE sip:b SIP/2.0\nl: 0\n\n";
  const std::string all = kOptions + "\r\n\r\n" + bare + kOptions;
  for (const size_t piece : {size_t{1}, size_t{2}, size_t{3}, size_t{7}, size_t{50}, all.size()})
    EXPECT_THAT(cut(all, piece), ElementsAre(kOptions, "ping", bare, kOptions)) << piece;
}

TEST(SipStream, OneLineEndIsNoPingAndTwoInTwoPiecesAre) {
  EXPECT_THAT(cut("\r\n" + kOptions, 1), ElementsAre(kOptions));
  EXPECT_THAT(cut("\r\n\r\n\r\n\r\n", 3), ElementsAre("ping", "ping"));
}

TEST(SipStream, ContentLengthIsReadAsRfc4475WritesIt) {
  for (const char* header : {"CONTENT-LENGTH   :\t4", "l:4", "Content-Length:\r\n 4", "Content-Length: 4\r\nl: 4"}) {
    const std::string text = std::string("OPTIONS sip:a SIP/2.0\r\n") + header + "\r\n\r\nbody";
    EXPECT_THAT(cut(text + kOptions, 5), ElementsAre(text, kOptions)) << header;
  }
}

TEST(SipStream, WhereTheEndCannotBeToldNothingMoreIsRead) {
  for (const char* header : {"Content-Length: 4\r\nContent-Length: 5", "Content-Length: -1", "l: 4x", "l:", "l: 99999999999999999999"}) {
    const std::string text = std::string("OPTIONS sip:a SIP/2.0\r\n") + header + "\r\n\r\nbody";
    EXPECT_THAT(cut(text, 1000), ElementsAre("broken: a message whose end cannot be told")) << header;
  }
}

TEST(SipStream, NoMoreIsHeldThanTheLimit) {
  EXPECT_THAT(cut("OPTIONS sip:a SIP/2.0\r\nl: 5000\r\n\r\n", 1000), ElementsAre("broken: a message that is too large"));
  EXPECT_THAT(cut("OPTIONS sip:a SIP/2.0\r\nSubject: " + std::string(5000, 'x'), 100), ElementsAre("broken: a message that is too large"));
  EXPECT_THAT(cut(std::string(5000, 'x'), 100), ElementsAre("broken: a message that is too large"));
}

TEST(SipRewrite, InwardTheTopViaNamesWhatTheStackBelieves) {
  for (const char* via : {"Via: SIP/2.0/WSS x.invalid;branch=z9hG4bK1", "v:SIP / 2.0 / WS\r\n x.invalid;branch=z9hG4bK1",
                          "Via: SIP/2.0/UDP x.invalid;branch=z9hG4bK1, SIP/2.0/UDP y"}) {
    const std::string text = inward(std::string("OPTIONS sip:a SIP/2.0\r\n") + via + "\r\nVia: SIP/2.0/UDP z\r\nl: 0\r\n\r\n");
    EXPECT_THAT(text, testing::HasSubstr("SIP/2.0/TLS")) << via;
    EXPECT_THAT(text, testing::HasSubstr("x.invalid;branch=z9hG4bK1")) << via;
    EXPECT_THAT(text, testing::HasSubstr("Via: SIP/2.0/UDP z")) << via;
  }
}

TEST(SipRewrite, WhatHasNoContentLengthGetsOne) {
  EXPECT_EQ(inward("OPTIONS sip:a SIP/2.0\r\nTo: b\r\n\r\n"), "OPTIONS sip:a SIP/2.0\r\nTo: b\r\nContent-Length: 0\r\n\r\n");
  EXPECT_EQ(inward("OPTIONS sip:a SIP/2.0\nTo: b\n\n"), "OPTIONS sip:a SIP/2.0\nTo: b\nContent-Length: 0\r\n\n");
}

TEST(SipRewrite, OutwardAResponseTellsTheClientsOwnAddressAndARequestOurDoor) {
  const Outward facts{EdgeKind::wss, *SocketAddress::parse("198.51.100.7:40000"), "192.0.2.1:7443", std::chrono::seconds(30)};
  EXPECT_EQ(outward("SIP/2.0 200 OK\r\nVia: SIP/2.0/TLS a.invalid;branch=z;keep;rport=23456;received=127.0.1.9\r\nl: 0\r\n\r\n", facts),
            "SIP/2.0 200 OK\r\nVia: SIP/2.0/WSS a.invalid;branch=z;keep=30;rport=40000;received=198.51.100.7\r\nl: 0\r\n\r\n");
  EXPECT_EQ(outward("OPTIONS sip:x SIP/2.0\r\nVia: SIP/2.0/TLS 192.0.2.1:33333;branch=z;rport\r\nl: 0\r\n\r\n", facts),
            "OPTIONS sip:x SIP/2.0\r\nVia: SIP/2.0/WSS 192.0.2.1:7443;branch=z;rport\r\nl: 0\r\n\r\n");
}

TEST(SipRewrite, AViaThatCannotBeReadStaysAsItIs) {
  for (const char* via :
       {"Via:", "Via: x", "Via: SIP/2.0", "Via: SIP/2.0/TLS", "Via: SIP/2.0/TLS ;a", "Via: SIP/2.0/TLS :5", "Via: ,,;;"}) {
    const std::string text = std::string("OPTIONS sip:a SIP/2.0\r\n") + via + "\r\nl: 0\r\n\r\n";
    EXPECT_EQ(inward(text), text);
  }
}

TEST(SipRewrite, QuotedParametersAndIpv6AreSkippedOver) {
  const Outward facts{EdgeKind::tls, *SocketAddress::parse("[2001:db8::7]:40000"), "[2001:db8::1]:5061", std::chrono::seconds(0)};
  EXPECT_EQ(
      outward(
          "SIP/2.0 200 OK\r\nVia: SIP/2.0/TLS [2001:db8::9]:5061 ;x=\"a;received=\\\"b\";rport=1;keep;received=127.0.1.1\r\nl:0\r\n\r\n",
          facts),
      "SIP/2.0 200 OK\r\nVia: SIP/2.0/TLS [2001:db8::9]:5061 ;x=\"a;received=\\\"b\";rport=40000;keep;received=2001:db8::7\r\nl:0\r\n\r\n");
  EXPECT_EQ(outward("BYE sip:x SIP/2.0\r\nVia: SIP/2.0/TLS [::1]:1;branch=z\r\nl:0\r\n\r\n", facts),
            "BYE sip:x SIP/2.0\r\nVia: SIP/2.0/TLS [2001:db8::1]:5061;branch=z\r\nl:0\r\n\r\n");
}

}  // namespace
}  // namespace tandem
