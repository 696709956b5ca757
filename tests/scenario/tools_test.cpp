// The test tools themselves: a measuring stick that is wrong would prove anything.
#include <gtest/gtest.h>

#include <cmath>
#include <numbers>

#include "support/digest.h"
#include "support/sip_message.h"
#include "support/tone.h"

namespace tandem::test {
namespace {

TEST(Digest, FollowsTheExamplesOfTheRfc) {
  // RFC 7616, 3.9.1, with its cnonce.
  const std::string challenge =
      R"(Digest realm="http-auth@example.org", qop="auth, auth-int", algorithm=MD5, nonce="7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v", opaque="FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS")";
  const Credentials mufasa{"Mufasa", "Circle of Life", {{"cnonce", "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ"}}};
  EXPECT_EQ(digest_parameters(digest_response(mufasa, challenge, "GET", "/dir/index.html"))["response"],
            "8ca523f5e9506fed4657c9700eebdbec");
  std::string sha = challenge;
  sha.replace(sha.find("MD5"), 3, "SHA-256");
  EXPECT_EQ(digest_parameters(digest_response(mufasa, sha, "GET", "/dir/index.html"))["response"],
            "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1");
}

TEST(Tones, G711KeepsItsReferenceCodesAndComesBack) {
  EXPECT_EQ(compress(Law::mu, 0), 0xff);
  EXPECT_EQ(compress(Law::a, 0), 0xd5);
  EXPECT_EQ(compress(Law::mu, 32767), 0x80);
  EXPECT_EQ(compress(Law::a, 32767), 0xaa);
  for (const Law law : {Law::mu, Law::a}) {
    for (int code = 0; code < 256; ++code) {
      const auto byte = static_cast<uint8_t>(code);
      if (law == Law::mu && byte == 0x7f) continue;  // minus zero
      EXPECT_EQ(compress(law, expand(law, byte)), byte) << code;
    }
  }
}

TEST(Tones, AreFoundByFrequencyAndStrength) {
  std::vector<int16_t> samples;
  for (int i = 0; i < 8000; ++i) samples.push_back(static_cast<int16_t>(5000 * std::sin(2 * std::numbers::pi * 880 * i / 8000)));
  const Measured found = measure(samples);
  EXPECT_EQ(found.hertz, 880);
  EXPECT_NEAR(found.amplitude, 5000, 50);
  EXPECT_GT(found.purity, 0.99);
  EXPECT_LT(amplitude_at(samples, 8000, 440), 50);
  EXPECT_LT(measure(std::vector<int16_t>(8000, 0)).amplitude, 1);
}

TEST(Tones, TravelThroughRtp) {
  RtpEnd one, two;
  one.remote = *SocketAddress::from("127.0.0.1", two.port());
  one.tone = 440;
  talk({&one, &two}, std::chrono::milliseconds(200));
  EXPECT_GE(two.packets().size(), 9u);
  EXPECT_EQ(measure(two.heard()).hertz, 440);
  EXPECT_TRUE(one.heard().empty());
}

TEST(SipMessages, AreReadAsTheyCame) {
  const auto m = SipMessage::parse(
      "SIP/2.0 200 OK\r\nv: SIP/2.0/UDP 127.0.0.1:5;branch=z9hG4bKx;rport=5\r\nt: \"A;b\" <sip:a@h;x=y>;tag=77\r\nCSeq: 12 INVITE\r\nl: "
      "4\r\n\r\nbody");
  EXPECT_EQ(m.status(), 200);
  EXPECT_EQ(m.method(), "INVITE");
  EXPECT_EQ(m.cseq(), 12u);
  EXPECT_EQ(m.branch(), "z9hG4bKx");
  EXPECT_EQ(m.tag("To"), "77");
  EXPECT_EQ(uri_of(m.header("To")), "sip:a@h;x=y");
  EXPECT_EQ(m.body, "body");
  const auto sdp = Sdp::parse(make_sdp(4000, {8, 0}, 97, "sendonly"));
  EXPECT_EQ(sdp.rtp.to_string(), "127.0.0.1:4000");
  EXPECT_EQ(sdp.formats, (std::vector<int>{8, 0, 97}));
  EXPECT_EQ(sdp.event_payload_type, 97);
  EXPECT_EQ(sdp.direction, "sendonly");
}

}  // namespace
}  // namespace tandem::test
