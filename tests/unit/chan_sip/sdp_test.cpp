#include "sdp.h"

#include <gtest/gtest.h>

namespace tandem::test {
namespace {

const std::string kHead = "v=0\r\no=- 1 1 IN IP4 192.0.2.5\r\ns=-\r\nc=IN IP4 192.0.2.5\r\nt=0 0\r\n";

Result<MediaDescription> media_of(const std::string& body, const SdpWishes& wishes = {}) {
  auto parsed = parse_sdp(body, wishes);
  if (!parsed) return parsed.error();
  return std::move(parsed->media);
}
std::string written(const MediaDescription& media) { return write_sdp(media, {1, 2}, layout_of_offer(media, {}), false); }

ErrorCode code(const std::string& body) {
  const auto parsed = media_of(body);
  EXPECT_FALSE(parsed) << body;
  return parsed ? ErrorCode::internal : parsed.error().code;
}

TEST(Sdp, OrdinaryOffer) {
  const auto media =
      media_of(kHead +
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
  const auto media = media_of(
      "v=0\r\no=- 1 1 IN IP4 192.0.2.5\r\ns=-\r\nt=0 0\r\na=inactive\r\nm=audio 4000 RTP/AVP 0\r\nc=IN IP4 192.0.2.6\r\n"
      "a=rtcp:5001 IN IP4 192.0.2.7\r\n");
  ASSERT_TRUE(media) << media.error().message;
  EXPECT_EQ(media->rtp.to_string(), "192.0.2.6:4000");
  EXPECT_EQ(media->rtcp.to_string(), "192.0.2.7:5001");
  EXPECT_EQ(media->direction, MediaDirection::inactive);
}

TEST(Sdp, TheOldHold) {
  const auto media = media_of("v=0\r\no=- 1 1 IN IP4 192.0.2.5\r\ns=-\r\nc=IN IP4 0.0.0.0\r\nt=0 0\r\nm=audio 4000 RTP/AVP 0\r\n");
  ASSERT_TRUE(media) << media.error().message;
  EXPECT_TRUE(media->rtp.is_unspecified());
  EXPECT_EQ(media->direction, MediaDirection::sendonly);
}

TEST(Sdp, IPv6) {
  const auto media = media_of("v=0\r\no=- 1 1 IN IP6 2001:db8::1\r\ns=-\r\nc=IN IP6 2001:db8::1\r\nt=0 0\r\nm=audio 4000 RTP/AVP 0\r\n");
  ASSERT_TRUE(media) << media.error().message;
  EXPECT_EQ(media->rtp.to_string(), "[2001:db8::1]:4000");
}

TEST(Sdp, AnswerRefusesOtherStreamsInTheirPlaces) {
  const auto offer =
      parse_sdp(kHead +
                    "m=video 5000 RTP/AVP 96 97\r\na=rtpmap:96 H264/90000\r\nm=audio 4000 RTP/AVP 0\r\nm=audio 6000 RTP/SAVP 0\r\n"
                    "m=application 7000 UDP/BFCP *\r\na=floorctrl:c-s\r\nm=image 8000 udptl t38\r\n",
                {.secure = false, .video = false});
  ASSERT_TRUE(offer) << offer.error().message;
  ASSERT_EQ(offer->lines.size(), 5U);
  EXPECT_EQ(offer->lines[1].stream, SdpLine::kAudio);
  MediaDescription answer = offer->media;
  answer.rtp = *SocketAddress::from("192.0.2.1", 20000);
  answer.rtcp = {};
  const std::string text = write_sdp(answer, {7, 8}, offer->lines, true);
  EXPECT_EQ(text,
            "v=0\r\no=- 7 8 IN IP4 192.0.2.1\r\ns=-\r\nc=IN IP4 192.0.2.1\r\nt=0 0\r\nm=video 0 RTP/AVP 96 97\r\n"
            "m=audio 20000 RTP/AVP 0\r\na=rtpmap:0 PCMU/8000\r\na=ptime:20\r\na=sendrecv\r\nm=audio 0 RTP/SAVP 0\r\n"
            "m=application 0 UDP/BFCP *\r\nm=image 0 udptl t38\r\n");
}

const std::string kKey = "WVNfX19zZW1jdGwgKCkgewkyMjA7fQp9CnVubGVz";  // of RFC 4568

TEST(Sdp, TheSecureOneOfTwoStreamsIsTakenWhereThatIsWished) {
  const std::string body =
      kHead + "m=audio 4000 RTP/AVP 0\r\nm=audio 4002 RTP/SAVP 0\r\na=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:" + kKey + "\r\n";
  EXPECT_EQ(media_of(body)->rtp.port(), 4002);
  EXPECT_EQ(media_of(body, {.secure = false})->rtp.port(), 4000);
  EXPECT_FALSE(
      media_of(kHead + "m=audio 4002 RTP/SAVP 0\r\na=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:" + kKey + "\r\n", {.secure = false}));
}

TEST(Sdp, OneStreamGoesOnWhereItStood) {
  const std::string two = kHead + "m=audio 4000 RTP/AVP 0\r\nm=audio 4002 RTP/AVP 8\r\n";
  SdpLayout before = parse_sdp(two)->lines;
  std::swap(before[0], before[1]);
  EXPECT_EQ(parse_sdp(two, {}, &before)->media.rtp.port(), 4002) << "it is the second that has been in use";
}

TEST(Sdp, KeysOfSrtp) {
  const std::string good = "1 AES_CM_128_HMAC_SHA1_80 inline:" + kKey;
  for (const auto& [line, keys] : std::vector<std::pair<std::string, size_t>>{
           {good, 1},
           {good + "|2^20", 1},
           {good + "|2^20|1:4", 1},
           {good + "|1:4", 1},
           {good + " WSH=64", 1},
           {good + " -FUTURE=1", 1},
           {"1 AEAD_AES_256_GCM inline:" + std::string(58, 'A') + "AA==", 0},
           {good + ";inline:" + kKey, 0},
           {good + "|1:9", 0},
           {good + "|2^99", 0},
           {good + "|0", 0},
           {good + " UNENCRYPTED_SRTP", 0},
           {good + " KDR=1", 0},
           {"1 AES_CM_128_HMAC_SHA1_80 inline:" + kKey.substr(4), 0},
           {"1 AES_CM_128_HMAC_SHA1_80 inline:" + kKey + kKey, 0},
           {"1 AES_CM_128_HMAC_SHA1_80 inline:****" + kKey.substr(4), 0},
           {"1 F8_128_HMAC_SHA1_80 inline:" + kKey, 0},
           {"x AES_CM_128_HMAC_SHA1_80 inline:" + kKey, 0},
           {"9999999999 AES_CM_128_HMAC_SHA1_80 inline:" + kKey, 0},
           {"1 AES_CM_128_HMAC_SHA1_80", 0},
           {"", 0},
       }) {
    const auto media = media_of(kHead + "m=audio 4000 RTP/AVP 0\r\na=crypto:" + line + "\r\n");
    ASSERT_TRUE(media) << line;
    EXPECT_EQ(media->keys.size(), keys) << line;
  }
  std::string many = kHead + "m=audio 4000 RTP/SAVP 0\r\n";
  for (int i = 1; i < 100; ++i) many += "a=crypto:" + std::to_string(i) + " AES_CM_128_HMAC_SHA1_80 inline:" + kKey + "\r\n";
  EXPECT_LE(media_of(many)->keys.size(), 12U);
  EXPECT_EQ(code(kHead + "m=audio 4000 RTP/SAVP 0\r\na=crypto:1 F8_128_HMAC_SHA1_80 inline:" + kKey + "\r\n"), ErrorCode::unsupported);
}

TEST(Sdp, KeysAreWrittenAsTheyAreRead) {
  MediaDescription media;
  media.rtp = *SocketAddress::from("192.0.2.1", 20000);
  media.codecs = {{"PCMU", 0}};
  media.profile = RtpProfile::sdes;
  uint32_t tag = 1;
  for (size_t i = 0; i < kSrtpSuites; ++i) media.keys.push_back(fresh_sdes_key(tag++, static_cast<SrtpSuite>(i)));
  media.keys[1].lifetime = 1 << 20;
  media.keys[2].mki = 7;
  media.keys[2].mki_length = 2;
  const std::string text = written(media);
  EXPECT_NE(text.find("m=audio 20000 RTP/SAVP 0\r\n"), std::string::npos) << text;
  const auto again = media_of(text);
  ASSERT_TRUE(again) << again.error().message;
  EXPECT_EQ(again->profile, RtpProfile::sdes);
  EXPECT_EQ(again->keys, media.keys);
}

// What browsers send, shortened: several m-lines in a bundle, no address yet, DTLS and ICE.
const std::string kBrowser =
    "v=0\r\no=- 4611731400430051336 2 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\na=group:BUNDLE 0 1\r\na=extmap-allow-mixed\r\n"
    "a=msid-semantic: WMS stream\r\n"
    "m=audio 9 UDP/TLS/RTP/SAVPF 111 63 9 0 8 13 110 126\r\nc=IN IP4 0.0.0.0\r\na=rtcp:9 IN IP4 0.0.0.0\r\na=ice-ufrag:Yx5q\r\n"
    "a=ice-pwd:aBcDeFgHiJkLmNoPqRsTuVwX\r\na=ice-options:trickle\r\n"
    "a=fingerprint:sha-256 00:11:22:33:44:55:66:77:88:99:AA:BB:CC:DD:EE:FF:00:11:22:33:44:55:66:77:88:99:AA:BB:CC:DD:EE:FF\r\n"
    "a=setup:actpass\r\na=mid:0\r\na=extmap:1 urn:ietf:params:rtp-hdrext:ssrc-audio-level\r\na=sendrecv\r\na=msid:stream track\r\n"
    "a=rtcp-mux\r\na=rtcp-rsize\r\na=rtpmap:111 opus/48000/2\r\na=rtcp-fb:111 transport-cc\r\na=fmtp:111 minptime=10;useinbandfec=1\r\n"
    "a=rtpmap:63 red/48000/2\r\na=fmtp:63 111/111\r\na=rtpmap:9 G722/8000\r\na=rtpmap:0 PCMU/8000\r\na=rtpmap:8 PCMA/8000\r\n"
    "a=rtpmap:13 CN/8000\r\na=rtpmap:110 telephone-event/48000\r\na=rtpmap:126 telephone-event/8000\r\na=ssrc:1 cname:x\r\n"
    "m=video 9 UDP/TLS/RTP/SAVPF 96 97 102\r\nc=IN IP4 0.0.0.0\r\na=ice-ufrag:Yx5q\r\na=ice-pwd:aBcDeFgHiJkLmNoPqRsTuVwX\r\n"
    "a=fingerprint:sha-256 00:11:22:33:44:55:66:77:88:99:AA:BB:CC:DD:EE:FF:00:11:22:33:44:55:66:77:88:99:AA:BB:CC:DD:EE:FF\r\n"
    "a=setup:actpass\r\na=mid:1\r\na=rtcp-mux\r\na=rtpmap:96 VP8/90000\r\na=rtpmap:97 rtx/90000\r\na=fmtp:97 apt=96\r\n"
    "a=rtpmap:102 H264/90000\r\na=fmtp:102 level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42001f\r\n";

TEST(Sdp, ABrowsersOffer) {
  const auto offer = parse_sdp(kBrowser);
  ASSERT_TRUE(offer) << offer.error().message;
  const MediaDescription& audio = offer->media;
  EXPECT_EQ(audio.profile, RtpProfile::dtls);
  EXPECT_TRUE(audio.feedback);
  EXPECT_TRUE(audio.rtcp_mux);
  ASSERT_TRUE(audio.ice);
  EXPECT_EQ(audio.ice->ufrag, "Yx5q");
  ASSERT_TRUE(audio.dtls);
  EXPECT_EQ(audio.dtls->setup, DtlsSetup::actpass);
  EXPECT_EQ(audio.direction, MediaDirection::sendrecv) << "no address yet is no hold";
  EXPECT_EQ(audio.codecs.size(), 6U) << "neither redundancy nor comfort noise";
  EXPECT_EQ(audio.codecs[0].name, "OPUS");
  EXPECT_EQ(audio.codecs[0].channels, 2);
  ASSERT_EQ(audio.video.size(), 1U);
  ASSERT_EQ(audio.video[0].codecs.size(), 2U) << "VP8 and H264";
  EXPECT_EQ(audio.video[0].codecs[1].payload_type, 102);
  EXPECT_TRUE(offer->lines[1].bundled);
}

TEST(Sdp, TheAnswerToABrowserLeavesTheBundleProperly) {
  const auto offer = parse_sdp(kBrowser);
  ASSERT_TRUE(offer) << offer.error().message;
  MediaDescription answer;
  answer.rtp = *SocketAddress::from("192.0.2.1", 20000);
  answer.codecs = {offer->media.codecs[0]};
  answer.profile = RtpProfile::dtls;
  answer.feedback = answer.rtcp_mux = true;
  answer.ice = IceCredentials{"abcd", "0123456789abcdefghijkl"};
  answer.dtls = DtlsParameters{offer->media.dtls->fingerprint, DtlsSetup::active};
  MediaStream video = answer;
  video.kind = MediaKind::video;
  video.rtp.set_port(20002);
  video.codecs = {offer->media.video[0].codecs[0]};
  answer.video = {video};
  const std::string text = write_sdp(answer, {7, 8}, offer->lines, true);
  EXPECT_EQ(text,
            "v=0\r\no=- 7 8 IN IP4 192.0.2.1\r\ns=-\r\nc=IN IP4 192.0.2.1\r\nt=0 0\r\na=ice-lite\r\na=group:BUNDLE 0\r\n"
            "m=audio 20000 UDP/TLS/RTP/SAVPF 111\r\na=mid:0\r\na=rtpmap:111 opus/48000/2\r\n"
            "a=fmtp:111 minptime=10;useinbandfec=1\r\na=rtcp-mux\r\n"
            "a=fingerprint:sha-256 00:11:22:33:44:55:66:77:88:99:AA:BB:CC:DD:EE:FF:00:11:22:33:44:55:66:77:88:99:AA:BB:CC:DD:EE:FF\r\n"
            "a=setup:active\r\na=ice-ufrag:abcd\r\na=ice-pwd:0123456789abcdefghijkl\r\n"
            "a=candidate:1 1 udp 2130706431 192.0.2.1 20000 typ host\r\na=end-of-candidates\r\na=msid:tandem audio\r\n"
            "a=ptime:20\r\na=sendrecv\r\n"
            "m=video 20002 UDP/TLS/RTP/SAVPF 96\r\na=mid:1\r\na=rtpmap:96 VP8/90000\r\na=rtcp-mux\r\n"
            "a=fingerprint:sha-256 00:11:22:33:44:55:66:77:88:99:AA:BB:CC:DD:EE:FF:00:11:22:33:44:55:66:77:88:99:AA:BB:CC:DD:EE:FF\r\n"
            "a=setup:active\r\na=ice-ufrag:abcd\r\na=ice-pwd:0123456789abcdefghijkl\r\n"
            "a=candidate:1 1 udp 2130706431 192.0.2.1 20002 typ host\r\na=end-of-candidates\r\na=msid:tandem video\r\na=sendrecv\r\n");
  const auto again = parse_sdp(text);
  ASSERT_TRUE(again) << again.error().message;
  EXPECT_EQ(again->media.ice, answer.ice);
  EXPECT_EQ(again->media.video.at(0).rtp.port(), 20002);
}

// Only what both sides know; an offer of ours has all.
TEST(Sdp, FeedbackAboutVideoIsWhatWasOfferedOfIt) {
  MediaDescription media;
  media.rtp = *SocketAddress::from("192.0.2.1", 20000);
  media.codecs = {*static_codec(0)};
  MediaStream video;
  video.kind = MediaKind::video;
  video.rtp = *SocketAddress::from("192.0.2.1", 20002);
  video.codecs = {Codec{.name = "VP8", .payload_type = 96, .clock_rate = 90000, .fmtp = {}}};
  video.feedback = true;
  media.video = {video};
  const auto lines_of = [](const std::string& text) {
    std::string found;
    for (size_t at = text.find("a=rtcp-fb:"); at != std::string::npos; at = text.find("a=rtcp-fb:", at + 1))
      found += text.substr(at + 10, text.find('\r', at) - at - 10) + "|";
    return found;
  };
  EXPECT_EQ(lines_of(write_sdp(media, {1, 1}, layout_of_offer(media, {}), false)), "* nack|* nack pli|* ccm fir|");
  const std::string offer =
      "v=0\r\no=- 1 1 IN IP4 192.0.2.7\r\ns=-\r\nc=IN IP4 192.0.2.7\r\nt=0 0\r\nm=audio 4000 RTP/AVP 0\r\n"
      "m=video 4002 RTP/AVPF 96\r\na=rtpmap:96 VP8/90000\r\n";
  for (const auto& [said, answered] : std::vector<std::pair<std::string, std::string>>{
           {"", ""},
           {"a=rtcp-fb:96 nack pli\r\na=rtcp-fb:* ccm fir\r\n", "* nack pli|* ccm fir|"},
           {"a=rtcp-fb:* nack\r\na=rtcp-fb:* goog-remb\r\na=rtcp-fb:* nack rpsi\r\n", "* nack|"}}) {
    const auto parsed = parse_sdp(offer + said);
    ASSERT_TRUE(parsed) << parsed.error().message;
    EXPECT_EQ(lines_of(write_sdp(media, {1, 1}, parsed->lines, true)), answered) << said;
    EXPECT_EQ(lines_of(write_sdp(media, {1, 2}, layout_of_offer(media, parsed->lines), false)), answered) << "and in offers of ours";
  }
}

// "bundle-only" with port 0, as max-bundle has it.
TEST(Sdp, WhatComesInABundleOnlyIsRefused) {
  std::string body = kBrowser;
  body.replace(body.find("m=video 9"), 9, "m=video 0");
  body += "a=bundle-only\r\n";
  const auto offer = parse_sdp(body);
  ASSERT_TRUE(offer) << offer.error().message;
  EXPECT_TRUE(offer->media.video.empty());
  EXPECT_EQ(offer->lines[1].stream, SdpLine::kNone);
}

TEST(Sdp, DtlsWithoutAFingerprintIsNothing) {
  std::string body = kBrowser;
  for (size_t at; (at = body.find("a=fingerprint")) != std::string::npos;) body.replace(at, 13, "a=footprint99");
  EXPECT_EQ(code(body), ErrorCode::unsupported);
}

TEST(Sdp, TwoVideoStreamsAndNoThird) {
  std::string body = kHead + "m=audio 4000 RTP/AVP 0\r\n";
  for (int port : {4002, 4004, 4006})
    body += "m=video " + std::to_string(port) + " RTP/AVP 96\r\nb=TIAS:512000\r\na=rtpmap:96 H264/90000\r\na=content:slides\r\n";
  const auto offer = parse_sdp(body);
  ASSERT_TRUE(offer) << offer.error().message;
  ASSERT_EQ(offer->media.video.size(), 2U);
  EXPECT_EQ(offer->media.video[1].rtp.port(), 4004);
  EXPECT_EQ(offer->media.video[1].bandwidth_kbps, 512U);
  EXPECT_EQ(offer->media.video[1].content, "slides");
  EXPECT_EQ(offer->lines[3].stream, SdpLine::kNone);
}

TEST(Sdp, OffersOfOursKeepTheLinesOfTheDialogInTheirPlaces) {
  const auto offer = parse_sdp(kHead + "m=application 7000 UDP/BFCP *\r\nm=audio 4000 RTP/AVP 0\r\na=mid:a\r\n", {.video = false});
  ASSERT_TRUE(offer);
  MediaDescription media = offer->media;
  MediaStream video;
  video.kind = MediaKind::video;
  video.rtp = *SocketAddress::from("192.0.2.5", 4008);
  video.codecs = {{"VP8", 96, 90000}};
  media.video = {video};
  const auto lines = layout_of_offer(media, offer->lines);
  const std::string text = write_sdp(media, {1, 1}, lines, false);
  const size_t application = text.find("m=application 0 UDP/BFCP *"), audio = text.find("m=audio 4000 RTP/AVP 0"),
               more = text.find("m=video 4008 RTP/AVP 96");
  EXPECT_LT(application, audio) << text;
  EXPECT_LT(audio, more) << text;
  EXPECT_NE(more, std::string::npos) << text;
  media.video.clear();
  EXPECT_NE(write_sdp(media, {1, 1}, layout_of_offer(media, lines), false).find("m=video 0 RTP/AVP"), std::string::npos);
}

TEST(Sdp, PortZeroIsNoStream) {
  const auto media = media_of(kHead + "m=audio 0 RTP/AVP 0\r\n");
  ASSERT_TRUE(media);
  EXPECT_TRUE(media->refused);
  MediaDescription answer = *media;
  answer.rtp = *SocketAddress::from("192.0.2.1", 20000);
  EXPECT_NE(write_sdp(answer, {1, 1}, parse_sdp(kHead + "m=audio 0 RTP/AVP 0\r\n")->lines, true).find("m=audio 0 RTP/AVP 0"),
            std::string::npos);
}

TEST(Sdp, PacketTimes) {
  const auto media = media_of(kHead + "m=audio 4000 RTP/AVP 0\r\na=ptime:20.0\r\na=maxptime:40\r\n");
  ASSERT_TRUE(media);
  EXPECT_EQ(media->ptime_ms, 20);
  EXPECT_EQ(media->maxptime_ms, 40);
}

TEST(Sdp, WrittenIsReadTheSame) {
  MediaDescription media;
  media.rtp = *SocketAddress::from("192.0.2.1", 20000);
  media.rtcp = *SocketAddress::from("192.0.2.1", 30001);
  media.codecs = {{"OPUS", 111, 48000, 2, "useinbandfec=1"}, {"PCMU", 0}, {"TELEPHONE-EVENT", 101, 8000, 1, "0-16"}};
  media.direction = MediaDirection::recvonly;
  const auto again = media_of(written(media));
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
  const auto media = media_of(body);
  ASSERT_TRUE(media) << media.error().message;
  EXPECT_EQ(media->ptime_ms, 20);
  EXPECT_EQ(media->rtcp.port(), 5001);
  EXPECT_EQ(media->codecs.size(), 1U);
  EXPECT_TRUE(media->codecs[0].fmtp.empty());
}

}  // namespace
}  // namespace tandem::test
