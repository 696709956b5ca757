// WebSocket frames and the opening, by the letters of RFC 6455 and RFC 7118.
#include "edge/websocket.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "edge/websocket_opening.h"

namespace tandem {
namespace {

using Next = WebSocketReader::Next;
using testing::ElementsAre;
using testing::HasSubstr;

/// A frame as a client sends it; `first` is the octet with FIN, reserved bits and opcode.
std::string frame(int first, const std::string& payload, bool masked = true) {
  std::string out(1, static_cast<char>(first));
  const int mask_bit = masked ? 0x80 : 0;
  if (payload.size() < 126) {
    out += static_cast<char>(mask_bit | static_cast<int>(payload.size()));
  } else {
    out += static_cast<char>(mask_bit | 126);
    out += static_cast<char>(payload.size() >> 8);
    out += static_cast<char>(payload.size());
  }
  const std::string mask = "\x37\xfa\x21\x3d";
  if (masked) out += mask;
  for (size_t i = 0; i < payload.size(); ++i) out += static_cast<char>(masked ? payload[i] ^ mask[i & 3] : payload[i]);
  return out;
}

/// What comes out of these octets: messages, "ping x", "pong x", "close", "broken CODE".
std::vector<std::string> read(const std::string& octets, size_t piece = 1, size_t limit = 1000) {
  WebSocketReader reader(limit);
  std::vector<std::string> got;
  for (size_t at = 0; at < octets.size(); at += piece) {
    reader.feed(std::string_view(octets).substr(at, piece));
    std::string_view payload;
    for (Next next = reader.next(payload); next != Next::more; next = reader.next(payload)) {
      if (next == Next::broken) {
        got.push_back("broken " + std::to_string(static_cast<int>(reader.code())));
        return got;
      }
      got.push_back((next == Next::ping    ? "ping "
                     : next == Next::pong  ? "pong "
                     : next == Next::close ? "close"
                                           : "") +
                    std::string(payload));
      if (next == Next::close) return got;
    }
  }
  return got;
}

TEST(WebSocket, TheExamplesOfRfc6455) {
  const std::string hello = "\x81\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58";
  EXPECT_THAT(read(hello), ElementsAre("Hello"));
  EXPECT_EQ(websocket_accept("dGhlIHNhbXBsZSBub25jZQ=="), "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
  std::string out;
  append_frame(out, WebSocketOpcode::text, "Hello");
  EXPECT_EQ(out, "\x81\x05Hello");
}

TEST(WebSocket, FragmentsAreJoinedAndControlFramesMayStandBetween) {
  const std::string all = frame(0x01, "one ") + frame(0x89, "are you there") + frame(0x00, "two ") + frame(0x8a, "x") +
                          frame(0x80, "three") + frame(0x82, std::string(200, 'b'));
  for (const size_t piece : {size_t{1}, size_t{5}, all.size()})
    EXPECT_THAT(read(all, piece), ElementsAre("ping are you there", "pong x", "one two three", std::string(200, 'b'))) << piece;
}

TEST(WebSocket, WhatBreaksTheRulesEndsTheConnectionWithTheRightCode) {
  EXPECT_THAT(read(frame(0x81, "x", false)), ElementsAre("broken 1002")) << "not masked";
  EXPECT_THAT(read(frame(0xc1, "x")), ElementsAre("broken 1002")) << "reserved bit";
  EXPECT_THAT(read(frame(0x83, "x")), ElementsAre("broken 1002")) << "unknown data frame";
  EXPECT_THAT(read(frame(0x8b, "x")), ElementsAre("broken 1002")) << "unknown control frame";
  EXPECT_THAT(read(frame(0x09, "x")), ElementsAre("broken 1002")) << "control frame in pieces";
  EXPECT_THAT(read(frame(0x89, std::string(126, 'x'))), ElementsAre("broken 1002")) << "long control frame";
  EXPECT_THAT(read(frame(0x80, "x")), ElementsAre("broken 1002")) << "a continuation of nothing";
  EXPECT_THAT(read(frame(0x01, "x") + frame(0x81, "y")), ElementsAre("broken 1002")) << "a new message inside another";
  EXPECT_THAT(read(frame(0x81, "\xff\xfe")), ElementsAre("broken 1007")) << "no text";
  EXPECT_THAT(read(frame(0x81, std::string(1001, 'x'))), ElementsAre("broken 1009"));
  EXPECT_THAT(read(frame(0x01, std::string(600, 'x')) + frame(0x80, std::string(600, 'x'))), ElementsAre("broken 1009"));
  EXPECT_THAT(read(std::string("\x82\xff\x7f\xff\xff\xff\xff\xff\xff\xff", 10) + "mask"), ElementsAre("broken 1009")) << "before any octet";
  EXPECT_THAT(read(frame(0x88, "x")), ElementsAre("broken 1002"));
  EXPECT_THAT(read(frame(0x88, std::string("\x03\xed", 2))), ElementsAre("broken 1002")) << "1005 is never sent";
  EXPECT_THAT(read(frame(0x88, std::string("\x03\xe8", 2) + "\xff")), ElementsAre("broken 1007"));
}

TEST(WebSocket, ACloseIsGivenBack) {
  EXPECT_THAT(read(frame(0x88, "")), ElementsAre("close"));
  EXPECT_THAT(read(frame(0x88, std::string("\x03\xe8", 2) + "bye")), ElementsAre(std::string("close\x03\xe8", 7)));
}

TEST(WebSocket, OursAreTextWhereTheyAreText) {
  std::string text, octets;
  append_message(text, "INVITE");
  append_message(octets, "\xff\xfe");
  EXPECT_EQ(static_cast<uint8_t>(text[0]), 0x81);
  EXPECT_EQ(static_cast<uint8_t>(octets[0]), 0x82);
  std::string large;
  append_message(large, std::string(70'000, 'x'));
  EXPECT_EQ(large.size(), 70'000u + 10u);
}

std::string opening(const std::string& changed = "", const std::string& with = "") {
  std::string text =
      "GET /sip HTTP/1.1\r\nHost: pbx:7443\r\nUpgrade: WebSocket\r\nConnection: keep-alive, Upgrade\r\nSec-WebSocket-Version: 13\r\n"
      "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Protocol: xmpp, sip\r\nOrigin: https://phones.example\r\n\r\n";
  if (!changed.empty()) text.replace(text.find(changed), changed.size(), with);
  return text;
}

TEST(WebSocketOpening, IsAnswered) {
  const auto opened = answer_opening(opening(), {});
  EXPECT_TRUE(opened.accepted);
  EXPECT_THAT(opened.answer, HasSubstr("Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n"));
  EXPECT_THAT(opened.answer, HasSubstr("Sec-WebSocket-Protocol: sip\r\n"));
}

TEST(WebSocketOpening, IsRefusedWithTheStatusThatSaysWhy) {
  const auto status = [](const std::string& changed, const std::string& with, const std::vector<std::string>& origins = {}) {
    const auto answer = answer_opening(opening(changed, with), origins);
    EXPECT_FALSE(answer.accepted);
    return answer.answer.substr(9, 3);
  };
  EXPECT_EQ(status("GET", "POST"), "405");
  EXPECT_EQ(status("HTTP/1.1", "HTTP/1.0"), "400");
  EXPECT_EQ(status("GET /sip HTTP/1.1", "hello"), "400");
  EXPECT_EQ(status("Host", "Hast"), "400");
  EXPECT_EQ(status("WebSocket\r\n", "h2c\r\n"), "426");
  EXPECT_EQ(status("keep-alive, Upgrade", "close"), "426");
  EXPECT_EQ(status("Version: 13", "Version: 8"), "426");
  EXPECT_EQ(status("dGhlIHNhbXBsZSBub25jZQ==", "short=="), "400");
  EXPECT_EQ(status("xmpp, sip", "xmpp"), "400");
  EXPECT_EQ(status("https://phones.example", "https://evil.example", {"https://phones.example"}), "403");
}

}  // namespace
}  // namespace tandem
