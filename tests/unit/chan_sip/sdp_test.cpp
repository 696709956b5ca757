#include "sdp.h"

#include <gtest/gtest.h>

namespace tandem::test {
namespace {

const std::string kHead = "v=0\r\no=- 1 1 IN IP4 192.0.2.5\r\ns=-\r\nc=IN IP4 192.0.2.5\r\nt=0 0\r\n";

ErrorCode code(const std::string& body) {
  const auto parsed = parse_sdp(body);
  EXPECT_FALSE(parsed) << body;
  return parsed ? ErrorCode::internal : parsed.error().code;
}

TEST(Sdp, OrdinaryOffer) {
  const auto media =
      parse_sdp(kHead +
                "m=audio 20000 RTP/AVP 8 101 0\r\na=rtpmap:8 pcma/8000\r\na=rtpmap:101 telephone-event/8000\r\na=fmtp:101 0-15\r\n"
                "a=ptime:30\r\na=sendonly\r\n");
  ASSERT_TRUE(media) << media.error().message;
  EXPECT_EQ(media->rtp.to_string(), "192.0.2.5:20000");
  EXPECT_EQ(media->rtcp.port(), 20001);
  ASSERT_EQ(media->codecs.size(), 3U);
  EXPECT_EQ(media->codecs[0].name, "PCMA");
  EXPECT_EQ(media->codecs[1].name, "PCMU") << "static payloads need no rtpmap; events come last";
  EXPECT_TRUE(media->codecs[2].is_event());
  EXPECT_EQ(media->codecs[2].payload_type, 101);
  EXPECT_EQ(media->codecs[2].fmtp, "0-15");
  EXPECT_EQ(media->ptime_ms, 30);
  EXPECT_EQ(media->direction, MediaDirection::sendonly);
}

TEST(Sdp, MediaLevelAddressDirectionAndRtcp) {
  const auto media = parse_sdp(
      "v=0\r\no=- 1 1 IN IP4 192.0.2.5\r\ns=-\r\nt=0 0\r\na=inactive\r\nm=audio 4000 RTP/AVP 0\r\nc=IN IP4 192.0.2.6\r\n"
      "a=rtcp:5001 IN IP4 192.0.2.7\r\n");
  ASSERT_TRUE(media) << media.error().message;
  EXPECT_EQ(media->rtp.to_string(), "192.0.2.6:4000");
  EXPECT_EQ(media->rtcp.to_string(), "192.0.2.7:5001");
  EXPECT_EQ(media->direction, MediaDirection::inactive);
}

TEST(Sdp, TheOldHold) {
  const auto media = parse_sdp("v=0\r\no=- 1 1 IN IP4 192.0.2.5\r\ns=-\r\nc=IN IP4 0.0.0.0\r\nt=0 0\r\nm=audio 4000 RTP/AVP 0\r\n");
  ASSERT_TRUE(media) << media.error().message;
  EXPECT_TRUE(media->rtp.is_unspecified());
  EXPECT_EQ(media->direction, MediaDirection::sendonly);
}

TEST(Sdp, IPv6) {
  const auto media = parse_sdp("v=0\r\no=- 1 1 IN IP6 2001:db8::1\r\ns=-\r\nc=IN IP6 2001:db8::1\r\nt=0 0\r\nm=audio 4000 RTP/AVP 0\r\n");
  ASSERT_TRUE(media) << media.error().message;
  EXPECT_EQ(media->rtp.to_string(), "[2001:db8::1]:4000");
}

TEST(Sdp, AnswerRefusesOtherStreamsInTheirPlaces) {
  const auto offer = parse_sdp_full(
      kHead + "m=video 5000 RTP/AVP 96 97\r\na=rtpmap:96 H264/90000\r\nm=audio 4000 RTP/AVP 0\r\nm=audio 6000 RTP/SAVP 0\r\n");
  ASSERT_TRUE(offer) << offer.error().message;
  EXPECT_EQ(offer->audio_index, 1U);
  ASSERT_EQ(offer->others.size(), 2U);
  MediaDescription answer = offer->audio;
  answer.rtp = *SocketAddress::from("192.0.2.1", 20000);
  answer.rtcp = {};
  const std::string text = write_sdp(answer, {7, 8}, &*offer);
  EXPECT_EQ(text,
            "v=0\r\no=- 7 8 IN IP4 192.0.2.1\r\ns=-\r\nc=IN IP4 192.0.2.1\r\nt=0 0\r\nm=video 0 RTP/AVP 96 97\r\n"
            "m=audio 20000 RTP/AVP 0\r\na=rtpmap:0 PCMU/8000\r\na=ptime:20\r\na=sendrecv\r\nm=audio 0 RTP/SAVP 0\r\n");
}

TEST(Sdp, WrittenIsReadTheSame) {
  MediaDescription media;
  media.rtp = *SocketAddress::from("192.0.2.1", 20000);
  media.rtcp = *SocketAddress::from("192.0.2.1", 30001);
  media.codecs = {{"OPUS", 111, 48000, 2, "useinbandfec=1"}, {"PCMU", 0}, {"TELEPHONE-EVENT", 101, 8000, 1, "0-16"}};
  media.direction = MediaDirection::recvonly;
  const auto again = parse_sdp(write_sdp(media, {1, 2}));
  ASSERT_TRUE(again) << again.error().message;
  EXPECT_EQ(again->rtp, media.rtp);
  EXPECT_EQ(again->rtcp, media.rtcp);
  EXPECT_EQ(again->direction, media.direction);
  ASSERT_EQ(again->codecs.size(), media.codecs.size());
  for (size_t i = 0; i < media.codecs.size(); ++i) {
    EXPECT_TRUE(again->codecs[i].same_format(media.codecs[i])) << i;
    EXPECT_EQ(again->codecs[i].fmtp, media.codecs[i].fmtp);
    EXPECT_EQ(again->codecs[i].payload_type, media.codecs[i].payload_type);
  }
}

TEST(Sdp, WhatCannotBeUsed) {
  EXPECT_EQ(code(kHead), ErrorCode::unsupported);
  EXPECT_EQ(code(kHead + "m=video 5000 RTP/AVP 96\r\n"), ErrorCode::unsupported);
  EXPECT_EQ(code(kHead + "m=audio 5000 RTP/SAVP 0\r\n"), ErrorCode::unsupported);
  EXPECT_EQ(code(kHead + "m=audio 0 RTP/AVP 0\r\n"), ErrorCode::unsupported);
  EXPECT_EQ(code(kHead + "m=audio 5000 RTP/AVP 101\r\na=rtpmap:101 telephone-event/8000\r\n"), ErrorCode::unsupported)
      << "events alone are no sound";
  EXPECT_EQ(code("v=0\r\no=- 1 1 IN IP4 h\r\ns=-\r\nc=IN IP4 phone.example.com\r\nt=0 0\r\nm=audio 5000 RTP/AVP 0\r\n"),
            ErrorCode::unsupported);
  EXPECT_EQ(code("v=0\r\no=- 1 1 IN IP4 h\r\ns=-\r\nc=IN IP4 224.2.1.1/127\r\nt=0 0\r\nm=audio 5000 RTP/AVP 0\r\n"),
            ErrorCode::unsupported);
}

TEST(Sdp, WhatIsNoSdp) {
  EXPECT_EQ(code(""), ErrorCode::invalid);
  EXPECT_EQ(code("hello"), ErrorCode::invalid);
  EXPECT_EQ(code("v=9\r\n"), ErrorCode::invalid);
  EXPECT_EQ(code(std::string(kMaxSdp + 1, 'v')), ErrorCode::invalid);
  EXPECT_EQ(code(kHead + std::string("m=audio 5000 RTP/AVP 0\r\n\0", 25)), ErrorCode::invalid);
  EXPECT_EQ(code(kHead + "m=audio 99999 RTP/AVP 0\r\n"), ErrorCode::invalid);
  EXPECT_EQ(code("v=0\r\no=- 1 1 IN IP4 h\r\ns=-\r\nt=0 0\r\nm=audio 5000 RTP/AVP 0\r\n"), ErrorCode::invalid) << "no c= at all";
  std::string many = kHead + "m=audio 5000 RTP/AVP 0\r\n";
  for (int i = 0; i < 40; ++i) many += "m=video 5000 RTP/AVP 96\r\n";
  EXPECT_EQ(code(many), ErrorCode::invalid);
}

// What is no token would be written back into an answer.
TEST(Sdp, FormatsThatAreNoTokens) {
  for (const char* format : {"\"", "/x", "a//b", "wb (", "\x80"}) {
    EXPECT_EQ(code(kHead + "m=audio 5000 RTP/AVP 0\r\nm=application 1 udp " + format + "\r\n"), ErrorCode::invalid) << format;
  }
}

TEST(Sdp, MediaLinesThatAreNone) {
  for (const char* line : {"m=x 5x /a", "m=x 5 udp\"\"x", "m=x 5/ 2 udp a", "m=x", "m=", "m=\" 5 udp a"}) {
    EXPECT_EQ(code(kHead + "m=audio 5000 RTP/AVP 0\r\n" + line + "\r\n"), ErrorCode::invalid) << line;
  }
}

TEST(Sdp, AbsurdAttributesAreBounded) {
  std::string body = kHead + "m=audio 5000 RTP/AVP 0";
  for (int i = 96; i < 128; ++i) body += " " + std::to_string(i);
  body += "\r\na=ptime:-5\r\na=ptime:99999\r\na=rtcp:99999\r\na=rtpmap:300 X/8000\r\na=rtpmap:96 " + std::string(500, 'x') +
          "/8000\r\na=fmtp:0 " + std::string(2000, 'y') + "\r\n";
  const auto media = parse_sdp(body);
  ASSERT_TRUE(media) << media.error().message;
  EXPECT_EQ(media->ptime_ms, 20);
  EXPECT_EQ(media->rtcp.port(), 5001);
  EXPECT_EQ(media->codecs.size(), 1U);
  EXPECT_TRUE(media->codecs[0].fmtp.empty());
}

}  // namespace
}  // namespace tandem::test
