// What is offered to whom, by the settings of each endpoint: codecs, encryption, video.
#include "call/negotiate.h"
#include "call/secure.h"
#include "call_fixture.h"

namespace tandem::test {
namespace {

using D = MediaDirection;

std::vector<Codec> named(const std::vector<std::string>& names) { return *codecs_named(names); }

std::string names(const std::vector<Codec>& codecs) {
  std::string text;
  for (const auto& c : codecs) text += (text.empty() ? "" : " ") + c.name + "/" + std::to_string(c.payload_type);
  return text;
}

TEST(OfferCodecs, TheOrderIsThatOfTheEndpointWhereItHasOne) {
  const std::vector<Codec> caller = named({"pcma", "pcmu"});
  EXPECT_EQ(names(codecs_to_offer(named({"pcmu", "pcma"}), false, caller)), "PCMA/8 PCMU/0 TELEPHONE-EVENT/101");
  EXPECT_EQ(names(codecs_to_offer(named({"pcmu", "pcma"}), true, caller)), "PCMU/0 PCMA/8 TELEPHONE-EVENT/101");
}

TEST(OfferCodecs, OnlyWhatTheOtherSideCanBeGiven) {
  EXPECT_EQ(names(codecs_to_offer(named({"g729", "pcmu"}), false, named({"g729"}))), "G729/18 TELEPHONE-EVENT/101")
      << "G.729 can only be passed on, so nothing else would help";
  EXPECT_EQ(names(codecs_to_offer(named({"g729", "pcmu"}), false, named({"pcma"}))), "PCMU/0 TELEPHONE-EVENT/101");
  EXPECT_FALSE(has_audio(codecs_to_offer(named({"pcmu"}), false, named({"g729"}))));
}

TEST(OfferCodecs, EventsOfEachClockRate) {
  EXPECT_EQ(names(named({"opus", "pcmu"})), "OPUS/96 PCMU/0 TELEPHONE-EVENT/101 TELEPHONE-EVENT/97");
  EXPECT_EQ(names(codecs_to_offer(named({"pcmu", "l16/16000"}), true, named({"pcma"}))),
            "PCMU/0 L16/96 TELEPHONE-EVENT/101 TELEPHONE-EVENT/97");
  const auto offer = named({"opus", "pcmu"});
  MediaDescription media;
  media.codecs = offer;
  EXPECT_EQ(names(make_answer(media, offer, {})->codecs), "OPUS/96 TELEPHONE-EVENT/97") << "the event of the audio's clock";
  EXPECT_EQ(names(make_answer(media, named({"pcmu"}), {})->codecs), "PCMU/0 TELEPHONE-EVENT/101");
  std::erase_if(media.codecs, [](const Codec& c) { return c.is_event() && c.clock_rate == 48000; });
  EXPECT_EQ(names(make_answer(media, offer, {})->codecs), "OPUS/96 TELEPHONE-EVENT/101") << "or the only one that it has";
}

TEST(OfferCodecs, EventsThatBothName) {
  EXPECT_EQ(common_events("0-16", "0-15"), "0-15");
  EXPECT_EQ(common_events("0-16", ""), "0-15");
  EXPECT_EQ(common_events("0-16", "0-11,16,66-70"), "0-11,16");
  EXPECT_EQ(common_events("0-16", "x,-,5-,3-1,300-400,4294967296,7"), "5,7");
  EXPECT_EQ(common_events("0-16", "32-49"), "");
}

TEST(OfferCodecs, ANumberNeverGetsAnotherMeaning) {
  PayloadNumbers numbers;
  numbers.learn({{"OPUS", 96, 48000, 2}, {"TELEPHONE-EVENT", 101}});
  std::vector<Codec> next{{"L16", 96, 16000}, {"OPUS", 97, 48000, 2}, {"PCMU", 0}, {"TELEPHONE-EVENT", 100}};
  numbers.fit(next);
  EXPECT_EQ(names(next), "L16/97 OPUS/96 PCMU/0 TELEPHONE-EVENT/101");
  std::vector<Codec> full;
  for (uint8_t number = 96; number <= 127; ++number) full.push_back({"X" + std::to_string(number), number});
  numbers.learn(full);
  std::vector<Codec> more{{"NEW", 96}};
  numbers.fit(more);
  EXPECT_EQ(more[0].payload_type, 96) << "nothing is left, and nothing breaks";
}

class Policies : public CallTest {
 protected:
  static MediaDescription with_keys(MediaDescription media, std::vector<SrtpSuite> suites, RtpProfile profile = RtpProfile::sdes) {
    uint32_t tag = 1;
    for (const auto suite : suites) media.keys.push_back(fresh_sdes_key(tag++, suite));
    media.profile = profile;
    return media;
  }
  ChannelId john_offers(MediaDescription offer) {
    auto leg = leg_from(kJohn, "11002");
    leg.offer = std::move(offer);
    const ChannelId channel = leg.channel;
    taken_ = calls.incoming(sip, std::move(leg));
    loop.settle();
    return channel;
  }
  const MediaDescription& offered() { return sip.out_.at(0).offer; }
  Result<void> taken_ = {};
};

TEST_F(Policies, EachEndpointHasItsCodecs) {
  sip.policies_[kJane].codecs = named({"l16/16000", "pcma"});
  script_dials("user/jane.white");
  const auto john = john_calls();
  EXPECT_EQ(names(offered().codecs), "L16/96 PCMA/8 TELEPHONE-EVENT/101 TELEPHONE-EVENT/97");
  auto answer = sdp("192.0.2.2", {offered().codecs[0]});
  calls.answered(out(), answer);
  EXPECT_EQ(sip.last(john, "answer").media.codecs.at(0).name, "PCMU") << "transcoded: John has no L16";
}

TEST_F(Policies, ACallerWithNoneOfItsCodecsIsRefused) {
  sip.policies_[kJohn].codecs = named({"g729"});
  john_offers(sdp("192.0.2.1"));
  EXPECT_FALSE(taken_);
  EXPECT_EQ(calls.calls(), 0u);
}

TEST_F(Policies, TheStrongestOfTheirSuitesUnderItsTag) {
  script_dials("user/jane.white");
  const auto offer =
      with_keys(sdp("192.0.2.1"), {SrtpSuite::aes_cm_128_hmac_sha1_32, SrtpSuite::aead_aes_256_gcm, SrtpSuite::aes_cm_128_hmac_sha1_80});
  const auto john = john_offers(offer);
  EXPECT_TRUE(offered().keys.empty()) << "Jane is offered plain RTP";
  calls.answered(out(), sdp("192.0.2.2", {pcmu()}));
  const auto answer = sip.last(john, "answer").media;
  ASSERT_EQ(answer.keys.size(), 1u);
  EXPECT_EQ(answer.keys[0].tag, 2u);
  EXPECT_EQ(answer.keys[0].suite, SrtpSuite::aead_aes_256_gcm);
  EXPECT_EQ(answer.profile, RtpProfile::sdes);
  const auto* agreed = std::get_if<SdesSecurity>(&port_of(john)->security_);
  ASSERT_NE(agreed, nullptr);
  EXPECT_EQ(agreed->send, answer.keys[0]);
  EXPECT_EQ(agreed->receive, offer.keys[1]);
  EXPECT_TRUE(std::holds_alternative<std::monostate>(port_of(out())->security_));

  // The same key as long as the leg lasts, and theirs may change.
  const auto again = with_keys(sdp("192.0.2.1", default_codecs(), D::sendonly), {SrtpSuite::aead_aes_256_gcm});
  calls.offered(john, again);
  const auto second = sip.last(john, "accept").media;
  EXPECT_EQ(second.keys.at(0).secret, answer.keys[0].secret);
  EXPECT_EQ(second.keys.at(0).tag, 1u);
  EXPECT_EQ(std::get<SdesSecurity>(port_of(john)->security_).receive, again.keys[0]);
}

TEST_F(Policies, EncryptedOrNothing) {
  sip.policies_[kJohn].encryption = Encryption::required;
  john_offers(sdp("192.0.2.1"));
  ASSERT_FALSE(taken_) << "no 200 without keys";
  EXPECT_EQ(taken_.error().code, ErrorCode::unsupported);
}

TEST_F(Policies, EncryptedOrNothingForTheCalledSide) {
  auto& jane = sip.policies_[kJane];
  jane.encryption = Encryption::required;
  jane.secure_offer = SecureOffer::sdes;
  script_dials("user/jane.white");
  const auto john = john_calls();
  EXPECT_EQ(offered().profile, RtpProfile::sdes);
  EXPECT_GE(offered().keys.size(), 2u);
  calls.answered(out(), sdp("192.0.2.2", {pcmu()}));
  loop.settle();
  EXPECT_EQ(sip.count("answer"), 0u) << sip.told(john);
}

TEST_F(Policies, EarlyMediaInTheClearIsNotHeardWhereEncryptionIsAMust) {
  auto& jane = sip.policies_[kJane];
  jane.encryption = Encryption::required;
  jane.secure_offer = SecureOffer::sdes;
  script_dials("user/jane.white");
  const auto john = john_calls();
  calls.progress(out(), sdp("192.0.2.2", {pcmu()}));
  EXPECT_EQ(sip.told(john), "ring");
}

TEST_F(Policies, KeysBesidePlainRtpAreAnsweredOrNot) {
  sip.policies_[kJane].secure_offer = SecureOffer::beside;
  script_dials("user/jane.white");
  john_calls();
  EXPECT_EQ(offered().profile, RtpProfile::plain);
  ASSERT_GE(offered().keys.size(), 2u);
  auto answer = sdp("192.0.2.2", {pcmu()});
  answer.keys = {fresh_sdes_key(offered().keys[1].tag, offered().keys[1].suite)};
  calls.answered(out(), answer);
  EXPECT_EQ(std::get<SdesSecurity>(port_of(out())->security_).send, offered().keys[1]);
}

TEST_F(Policies, AKeyThatAnswersNoneOfOursIsNotTaken) {
  sip.policies_[kJane].secure_offer = SecureOffer::beside;
  script_dials("user/jane.white");
  john_calls();
  auto answer = sdp("192.0.2.2", {pcmu()});
  answer.keys = {fresh_sdes_key(offered().keys[0].tag, offered().keys[1].suite)};
  calls.answered(out(), answer);
  loop.settle();
  EXPECT_EQ(sip.count("answer"), 0u);
}

TEST_F(Policies, NoEncryptionWhereTheSettingsSayNo) {
  sip.policies_[kJohn].encryption = Encryption::no;
  script_dials("user/jane.white");
  const auto john = john_offers(with_keys(sdp("192.0.2.1"), {SrtpSuite::aes_cm_128_hmac_sha1_80}, RtpProfile::plain));
  calls.answered(out(), sdp("192.0.2.2", {pcmu()}));
  EXPECT_TRUE(sip.last(john, "answer").media.keys.empty());
}

TEST_F(Policies, AnOfferIsAnsweredInItsFamily) {
  script_dials("user/jane.white");
  auto offer = sdp("192.0.2.1");
  offer.rtp = *SocketAddress::from("2001:db8::1", 4000);
  const auto john = john_offers(offer);
  EXPECT_EQ(offered().rtp.family(), AF_INET) << "Jane is reached over IPv4";
  calls.answered(out(), sdp("192.0.2.2", {pcmu()}));
  EXPECT_EQ(sip.last(john, "answer").media.rtp.family(), AF_INET6);
  EXPECT_EQ(port_of(john)->to_, port_of(out())) << "and the two talk";
  calls.offered(john, sdp("192.0.2.1"));
  EXPECT_EQ(sip.last(john, "refuse").why.code, ErrorCode::unsupported) << "not from one to the other in mid-call";
}

TEST_F(Policies, WithoutIPv6SuchAnOfferIsRefused) {
  media.has_ipv6_ = false;
  auto offer = sdp("192.0.2.1");
  offer.rtp = *SocketAddress::from("2001:db8::1", 4000);
  john_offers(offer);
  ASSERT_FALSE(taken_);
  EXPECT_EQ(taken_.error().code, ErrorCode::unsupported);
}

MediaDescription browser(MediaDescription media) {
  media.profile = RtpProfile::dtls;
  media.feedback = media.rtcp_mux = true;
  media.dtls = DtlsParameters{DtlsFingerprint(DigestAlgorithm::sha_256, std::array<uint8_t, 32>{9}), DtlsSetup::actpass};
  media.ice = IceCredentials::fresh();
  return media;
}

TEST_F(Policies, ABrowserCalls) {
  script_dials("user/jane.white");
  const auto offer = browser(sdp("192.0.2.1"));
  const auto john = john_offers(offer);
  calls.answered(out(), sdp("192.0.2.2", {pcmu()}));
  const auto answer = sip.last(john, "answer").media;
  EXPECT_EQ(answer.profile, RtpProfile::dtls);
  EXPECT_TRUE(answer.rtcp_mux && answer.feedback);
  ASSERT_TRUE(answer.dtls && answer.ice);
  EXPECT_EQ(answer.dtls->setup, DtlsSetup::active);
  EXPECT_EQ(answer.dtls->fingerprint, media.fingerprint());
  const auto& security = std::get<DtlsSecurity>(port_of(john)->security_);
  EXPECT_TRUE(security.client);
  EXPECT_EQ(security.remote, offer.dtls->fingerprint);
  EXPECT_EQ(port_of(john)->transport_, (MediaTransport{true, IceLite{*answer.ice, offer.ice->ufrag}}));

  calls.offered(john, offer);
  EXPECT_EQ(sip.last(john, "accept").media.ice, answer.ice) << "the same again";
  auto restart = offer;
  restart.ice = IceCredentials::fresh();
  calls.offered(john, restart);
  EXPECT_NE(sip.last(john, "accept").media.ice, answer.ice) << "a restart";
}

TEST_F(Policies, ABrowserIsCalled) {
  auto& jane = sip.policies_[kJane];
  jane.secure_offer = SecureOffer::webrtc;
  script_dials("user/jane.white");
  john_calls();
  EXPECT_EQ(offered().profile, RtpProfile::dtls);
  ASSERT_TRUE(offered().dtls && offered().ice && offered().rtcp_mux);
  EXPECT_EQ(offered().dtls->setup, DtlsSetup::actpass);
  auto answer = browser(sdp("192.0.2.2", {pcmu()}));
  answer.dtls->setup = DtlsSetup::active;
  calls.answered(out(), answer);
  EXPECT_FALSE(std::get<DtlsSecurity>(port_of(out())->security_).client);
}

Codec h264(uint8_t number = 97, std::string fmtp = "packetization-mode=1") { return {"H264", number, 90000, 1, std::move(fmtp)}; }
Codec vp8(uint8_t number = 98) { return {"VP8", number, 90000}; }

class Video : public Policies {
 protected:
  Video() {
    sip.policies_[kJohn].video = true;
    sip.policies_[kJane].video = true;
    script_dials("user/jane.white");
  }
  static MediaStream stream(const std::string& host, uint16_t port, std::vector<Codec> codecs) {
    MediaStream video;
    video.kind = MediaKind::video;
    video.rtp = *SocketAddress::from(host, port);
    video.rtcp = *SocketAddress::from(host, static_cast<uint16_t>(port + 1));
    video.codecs = std::move(codecs);
    return video;
  }
  static MediaDescription with_video(const std::string& host, std::vector<Codec> codecs = {h264(), vp8()}, D direction = D::sendrecv) {
    auto media = sdp(host, {pcmu()}, direction);
    media.video = {stream(host, 4010, std::move(codecs))};
    return media;
  }
  std::vector<FakePort*> video_ports() {
    std::vector<FakePort*> found;
    for (auto* port : media.ports_) {
      if (port->kind_ == MediaKind::video) found.push_back(port);
    }
    return found;
  }
};

TEST_F(Video, IsPassedOn) {
  const auto john = john_offers(with_video("192.0.2.1"));
  ASSERT_EQ(offered().video.size(), 1u);
  EXPECT_EQ(names(offered().video[0].codecs), "H264/97 VP8/98");
  EXPECT_NE(offered().video[0].rtp, offered().rtp);
  calls.answered(out(), with_video("192.0.2.2", {h264(120, "packetization-mode=1;profile-level-id=42e01f")}));
  const auto answer = sip.last(john, "answer").media;
  ASSERT_EQ(answer.video.size(), 1u);
  EXPECT_EQ(names(answer.video[0].codecs), "H264/97") << "the offer's number";
  EXPECT_EQ(answer.video[0].codecs[0].fmtp, "packetization-mode=1;profile-level-id=42e01f") << "what Jane can take";
  const auto ports = video_ports();
  ASSERT_EQ(ports.size(), 2u);
  EXPECT_EQ(ports[0]->to_, ports[1]);
  EXPECT_EQ(ports[1]->to_, ports[0]);
  const auto* janes = ports[0]->remote_rtp_.host() == "192.0.2.2" ? ports[0] : ports[1];
  const auto* johns = janes == ports[0] ? ports[1] : ports[0];
  ASSERT_EQ(janes->theirs_.codecs.size(), 1u);
  EXPECT_EQ(janes->theirs_.codecs[0].payload_type, 120);
  EXPECT_EQ(johns->ours_.codecs.at(0).payload_type, 97);
  EXPECT_EQ(johns->ours_.codecs[0].name, janes->theirs_.codecs[0].name) << "ports take the two for the same";
}

TEST_F(Video, NotForWhomItIsNotAllowed) {
  sip.policies_[kJane].video = false;
  const auto john = john_offers(with_video("192.0.2.1"));
  ASSERT_EQ(offered().video.size(), 1u);
  EXPECT_TRUE(offered().video[0].refused);
  calls.answered(out(), sdp("192.0.2.2", {pcmu()}));
  EXPECT_TRUE(sip.last(john, "answer").media.video.at(0).refused);
  EXPECT_TRUE(video_ports().empty());
}

TEST_F(Video, RefusedByTheCalledSide) {
  const auto john = john_offers(with_video("192.0.2.1"));
  auto answer = with_video("192.0.2.2");
  answer.video[0].refused = true;
  calls.answered(out(), answer);
  EXPECT_TRUE(sip.last(john, "answer").media.video.at(0).refused);
}

TEST_F(Video, ASecondStreamAndOneThatComesLater) {
  auto first = with_video("192.0.2.1");
  const auto john = john_offers(first);
  calls.answered(out(), with_video("192.0.2.2", {h264()}));
  first.video.push_back(stream("192.0.2.1", 4020, {vp8()}));
  first.video[1].content = "slides";
  calls.offered(john, first);
  EXPECT_EQ(sip.count("accept"), 0u) << "Jane is asked";
  auto onward = sip.last(out(), "offer").media;
  ASSERT_EQ(onward.video.size(), 2u);
  EXPECT_EQ(onward.video[1].content, "slides");
  EXPECT_EQ(onward.codecs.at(0).name, "PCMU");
  auto answer = with_video("192.0.2.2", {h264()});
  answer.video.push_back(stream("192.0.2.2", 4020, {vp8()}));
  calls.offer_answered(out(), answer);
  EXPECT_FALSE(sip.last(john, "accept").media.video.at(1).refused);
  EXPECT_EQ(video_ports().size(), 4u);

  // Jane ends the first one.
  answer.video[0].refused = true;
  calls.offered(out(), answer);
  onward = sip.last(john, "offer").media;
  EXPECT_TRUE(onward.video.at(0).refused);
  first.video[0].refused = true;
  calls.offer_answered(john, first);
  EXPECT_TRUE(sip.last(out(), "accept").media.video.at(0).refused);
}

TEST_F(Video, HoldIsNotTheOtherSidesBusiness) {
  const auto john = john_offers(with_video("192.0.2.1"));
  calls.answered(out(), with_video("192.0.2.2", {h264()}));
  auto hold = with_video("192.0.2.1", {h264(), vp8()}, D::sendonly);
  hold.video[0].direction = D::sendonly;
  calls.offered(john, hold);
  EXPECT_EQ(sip.count("offer"), 0u);
  EXPECT_EQ(sip.last(john, "accept").media.video.at(0).direction, D::recvonly);
}

TEST_F(Video, PortZeroForTheAudioIsAnsweredSo) {
  const auto john = john_offers(sdp("192.0.2.1"));
  calls.answered(out(), sdp("192.0.2.2", {pcmu()}));
  auto without = sdp("192.0.2.1", {});
  without.refused = true;
  calls.offered(john, without);
  EXPECT_TRUE(sip.last(john, "accept").media.refused);
  EXPECT_EQ(port_of(out())->to_, nullptr);
  calls.offered(john, sdp("192.0.2.1"));
  EXPECT_FALSE(sip.last(john, "accept").media.refused);
  EXPECT_EQ(port_of(out())->to_, port_of(john));
}

TEST_F(Video, OfferlessChangeIsGivenEverything) {
  const auto john = john_offers(sdp("192.0.2.1", default_codecs(), D::sendrecv));
  calls.answered(out(), sdp("192.0.2.2", {pcma()}));
  calls.offered(john, sdp("192.0.2.1", default_codecs(), D::sendonly));
  calls.offer_wanted(john);
  const auto offer = sip.last(john, "accept").media;
  EXPECT_EQ(names(offer.codecs), "PCMA/8 PCMU/0 TELEPHONE-EVENT/101");
  EXPECT_EQ(offer.direction, D::sendrecv);
  calls.offer_answered(john, sdp("192.0.2.1", {pcma()}));
  EXPECT_EQ(port_of(out())->to_, port_of(john));
}

}  // namespace
}  // namespace tandem::test
