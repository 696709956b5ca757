// Offers and answers on the wire: codecs and encryption by endpoint, m-lines in their places, offers that the office has to make.
#include "office.h"
#include "support/srtp_end.h"

namespace tandem::test {
namespace {

const std::string kKey = "WVNfX19zZW1jdGwgKCkgewkyMjA7fQp9CnVubGVz";

std::string head() { return "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n"; }

bool has(const SipMessage& message, std::string_view line) { return message.body.find(line) != std::string::npos; }

class Offers : public Office {
 protected:
  void SetUp() override {}
  void start(const std::vector<std::string>& settings) {
    open(settings);
    john_ = std::make_unique<Phone>(*tandem_, kJohn, 440);
    jane_ = std::make_unique<Phone>(*tandem_, kJane, 880);
    john_->must_enroll();
    jane_->must_enroll();
  }
  /// John's offer; Jane answers with `answer` (made when her INVITE is there).
  Conversation converse_with(const std::string& offer, const std::string& answer) {
    Conversation made;
    made.caller = john_->call("11002", offer);
    made.invite = jane_->expect_request("INVITE");
    jane_->hear_of(made.invite);
    made.called = jane_->accept(made.invite);
    jane_->respond(made.called, made.invite, 200, "OK", answer);
    made.answer = john_->answered(made.caller);
    john_->hear_of(made.answer);
    jane_->expect_request("ACK");
    return made;
  }
  void end(Conversation& call) {
    john_->bye(call.caller);
    jane_->respond(call.called, jane_->expect_request("BYE"), 200, "OK");
    expect_nothing_left();
  }
  std::unique_ptr<Phone> john_, jane_;
};

TEST_F(Offers, EachEndpointHasItsCodecsAndTheTwoAreTranscoded) {
  start({"sip/pstn/codecs=pcma", "sip/phones/codecs=pcmu"});
  RtpEnd voice;
  voice.tone = 880;
  voice.law = Law::a;
  voice.payload_type = 8;
  auto caller = john_->call("914085551234", make_sdp(john_->audio.port(), {0, 8}));
  const auto invite = gateway().expect_request("INVITE");
  EXPECT_EQ(Sdp::parse(invite.body).formats.at(0), 8) << invite.body;
  EXPECT_FALSE(has(invite, "PCMU"));
  voice.remote = Sdp::parse(invite.body).rtp;
  auto called = gateway().accept(invite);
  gateway().respond(called, invite, 200, "OK", make_sdp(voice.port(), {8}));
  const auto answer = john_->answered(caller);
  gateway().expect_request("ACK");
  EXPECT_EQ(Sdp::parse(answer.body).formats.at(0), 0) << answer.body;
  john_->hear_of(answer);
  expect_tones_both_ways(john_->audio, voice);
  john_->bye(caller);
  gateway().respond(called, gateway().expect_request("BYE"), 200, "OK");
  expect_nothing_left();
}

TEST_F(Offers, KeysAreAnsweredAndNeverShown) {
  start({});
  tandem_->ask("sip debug on");
  const std::string offer = head() + "m=audio " + std::to_string(john_->audio.port()) +
                            " RTP/SAVP 0 101\r\na=rtpmap:101 telephone-event/8000\r\na=crypto:1 AES_CM_128_HMAC_SHA1_32 inline:" + kKey +
                            "\r\na=crypto:7 AES_CM_128_HMAC_SHA1_80 inline:" + kKey + "|2^31\r\n";
  auto call = converse_with(offer, make_sdp(jane_->audio.port(), {0}));
  EXPECT_TRUE(has(call.answer, " RTP/SAVP 0 101\r\n")) << call.answer.body;
  EXPECT_TRUE(has(call.answer, "a=crypto:7 AES_CM_128_HMAC_SHA1_80 inline:")) << "the stronger one, under its tag: " << call.answer.body;
  EXPECT_FALSE(has(call.invite, "a=crypto")) << "Jane is called in the clear";
  EXPECT_EQ(tandem_->ask("core show channels").dump().find(kKey), std::string::npos);
  EXPECT_NE(tandem_->ask("core show channels").dump().find("AES_CM_128_HMAC_SHA1_80"), std::string::npos);
  EXPECT_EQ(tandem_->ask("sip show ladder").dump().find(kKey), std::string::npos);
  const size_t at = call.answer.body.find("inline:");
  const std::string ours = call.answer.body.substr(at, call.answer.body.find("\r\n", at) - at);
  // Held: the same key of ours.
  john_->send(john_->in_dialog(call.caller, "INVITE", offer + "a=sendonly\r\n"));
  const auto held = john_->answered(call.caller);
  EXPECT_TRUE(has(held, ours)) << held.body;
  EXPECT_TRUE(has(held, "a=recvonly"));
  end(call);
}

// John encrypted, Jane in the clear; then both, each with a suite of their own.
TEST_F(Offers, TonesAreHeardThroughSrtp) {
  start({});
  const SrtpKey johns = make_srtp_key("AES_CM_128_HMAC_SHA1_80", 3);
  const std::string offer = head() + "m=audio " + std::to_string(john_->audio.port()) + " RTP/SAVP 0\r\n" + johns.line();
  auto call = converse_with(offer, make_sdp(jane_->audio.port(), {0}));
  encrypt(john_->audio, johns, srtp_key_in(call.answer.body));
  EXPECT_EQ(srtp_key_in(call.answer.body).tag, 3u);
  expect_tones_both_ways(john_->audio, jane_->audio);
  // A change with the same keys: the stream goes on as it was.
  john_->send(john_->in_dialog(call.caller, "INVITE", offer + "a=sendonly\r\n"));
  john_->answered(call.caller);
  john_->send(john_->in_dialog(call.caller, "INVITE", offer));
  john_->answered(call.caller);
  expect_tones_both_ways(john_->audio, jane_->audio);
  end(call);
}

TEST_F(Offers, TonesAreHeardThroughSrtpOnBothSides) {
  start({"sip/phones/encryption=required"});
  const SrtpKey johns = make_srtp_key("AEAD_AES_256_GCM");
  const std::string offer = head() + "m=audio " + std::to_string(john_->audio.port()) + " RTP/SAVP 0\r\n" + johns.line();
  Conversation call;
  call.caller = john_->call("11002", offer);
  call.invite = jane_->expect_request("INVITE");
  EXPECT_TRUE(has(call.invite, " RTP/SAVP ")) << call.invite.body;
  jane_->hear_of(call.invite);
  call.called = jane_->accept(call.invite);
  const size_t at = call.invite.body.find("AES_CM_128_HMAC_SHA1_32");
  ASSERT_NE(at, std::string::npos) << call.invite.body;
  const SrtpKey ours = srtp_key_in(call.invite.body.substr(call.invite.body.rfind("a=crypto:", at)));
  const SrtpKey janes = make_srtp_key(ours.suite, ours.tag);
  jane_->respond(call.called, call.invite, 200, "OK",
                 head() + "m=audio " + std::to_string(jane_->audio.port()) + " RTP/SAVP 0\r\n" + janes.line());
  call.answer = john_->answered(call.caller);
  john_->hear_of(call.answer);
  jane_->expect_request("ACK");
  encrypt(john_->audio, johns, srtp_key_in(call.answer.body));
  encrypt(jane_->audio, janes, ours);
  expect_tones_both_ways(john_->audio, jane_->audio);
  end(call);
}

TEST_F(Offers, EncryptedOrNothing) {
  start({"sip/phones/encryption=required"});
  auto refused = john_->call("11002", john_->offer());
  const auto no = john_->expect_final("INVITE");
  EXPECT_EQ(no.status(), 488);
  EXPECT_NE(no.header("Warning").find("encryption is required"), std::string::npos) << no.text();
  john_->ack(refused, no);
  expect_nothing_left();
}

TEST_F(Offers, NoEncryptionWhereItIsSwitchedOff) {
  start({"sip/phones/encryption=no"});
  auto refused = john_->call("11002", head() + "m=audio 4000 RTP/SAVP 0\r\na=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:" + kKey + "\r\n");
  const auto no = john_->expect_final("INVITE");
  EXPECT_EQ(no.status(), 488);
  john_->ack(refused, no);
}

TEST_F(Offers, KeysInTheClearCanBeRefused) {
  start({"sip/phones/keys_in_clear=refuse"});
  auto refused = john_->call("11002", head() + "m=audio 4000 RTP/SAVP 0\r\na=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:" + kKey + "\r\n");
  const auto no = john_->expect_final("INVITE");
  EXPECT_EQ(no.status(), 488);
  john_->ack(refused, no);
}

TEST_F(Offers, EveryMediaLineIsAnsweredInItsPlaceAlsoLater) {
  start({});
  const std::string offer = head() + "m=video 5000 RTP/AVP 96\r\na=rtpmap:96 H264/90000\r\nm=audio " + std::to_string(john_->audio.port()) +
                            " RTP/AVP 0\r\nm=application 5004 UDP/BFCP *\r\n";
  auto call = converse_with(offer, make_sdp(jane_->audio.port(), {0}));
  const auto in_places = [](const SipMessage& m) {
    const size_t video = m.body.find("m=video 0 RTP/AVP 96"), audio = m.body.find("m=audio "),
                 other = m.body.find("m=application 0 UDP/BFCP *");
    return video < audio && audio < other && other != std::string::npos;
  };
  EXPECT_TRUE(in_places(call.answer)) << call.answer.body;
  // A change without an offer gets one with the same lines.
  john_->send(john_->in_dialog(call.caller, "INVITE"));
  const auto ours = john_->expect(200, "INVITE");
  EXPECT_TRUE(in_places(ours)) << ours.body;
  EXPECT_TRUE(has(ours, "PCMA/8000")) << "everything that we could do: " << ours.body;
  john_->ack(
      call.caller, ours,
      head() + "m=video 0 RTP/AVP 96\r\nm=audio " + std::to_string(john_->audio.port()) + " RTP/AVP 0\r\nm=application 0 UDP/BFCP *\r\n");
  expect_tones_both_ways(john_->audio, jane_->audio);
  end(call);
}

TEST_F(Offers, AnIPv6OfferIsAnsweredOverIPv6) {
  start({});
  auto call = converse_with("v=0\r\no=- 1 1 IN IP6 ::1\r\ns=-\r\nc=IN IP6 ::1\r\nt=0 0\r\nm=audio 40000 RTP/AVP 0\r\n",
                            make_sdp(jane_->audio.port(), {0}));
  EXPECT_TRUE(has(call.answer, "c=IN IP6 ::1\r\n")) << call.answer.body;
  EXPECT_TRUE(has(call.invite, "c=IN IP4 127.0.0.1\r\n")) << call.invite.body;
  end(call);
}

TEST_F(Offers, VideoIsPassedOnWhereBothMayHaveIt) {
  start({"sip/phones/video=yes"});
  RtpEnd johns, janes;
  const auto with_video = [](Phone& phone, RtpEnd& video) {
    return make_sdp(phone.audio.port(), {0}) + "m=video " + std::to_string(video.port()) +
           " RTP/AVP 97\r\na=rtpmap:97 H264/90000\r\na=fmtp:97 packetization-mode=1\r\n";
  };
  auto call = converse_with(with_video(*john_, johns), with_video(*jane_, janes));
  EXPECT_TRUE(has(call.invite, "a=fmtp:97 packetization-mode=1")) << call.invite.body;
  EXPECT_TRUE(has(call.answer, " RTP/AVP 97\r\n")) << call.answer.body;
  const auto place = [](const SipMessage& m) {
    return *SocketAddress::from("127.0.0.1", static_cast<uint16_t>(std::stoi(m.body.substr(m.body.find("m=video ") + 8))));
  };
  johns.remote = place(call.answer);
  janes.remote = place(call.invite);
  johns.payload_type = janes.payload_type = 97;
  johns.tone = janes.tone = 300;
  talk({&johns, &janes}, Milliseconds(200));
  EXPECT_GE(johns.packets().size(), 5u);
  ASSERT_FALSE(janes.packets().empty());
  EXPECT_EQ(janes.packets()[0].payload_type, 97);
  end(call);
}

TEST_F(Offers, SoundGoesPastUsAndComesBackWhenHeld) {
  start({"sip/phones/direct_media=yes"});
  auto call = converse_with(john_->offer({0}), make_sdp(jane_->audio.port(), {0}));
  const auto to_john = john_->expect_request("INVITE");
  EXPECT_EQ(Sdp::parse(to_john.body).rtp.port(), jane_->audio.port());
  john_->respond(call.caller, to_john, 200, "OK", make_sdp(john_->audio.port(), {0}, 101, "sendrecv", 2));
  john_->expect_request("ACK");
  const auto to_jane = jane_->expect_request("INVITE");
  EXPECT_EQ(Sdp::parse(to_jane.body).rtp.port(), john_->audio.port());
  jane_->respond(call.called, to_jane, 200, "OK", make_sdp(jane_->audio.port(), {0}, 101, "sendrecv", 2));
  jane_->expect_request("ACK");

  john_->send(john_->in_dialog(call.caller, "INVITE", make_sdp(john_->audio.port(), {0}, 101, "sendonly", 3)));
  const auto held = john_->answered(call.caller);
  EXPECT_NE(Sdp::parse(held.body).rtp.port(), jane_->audio.port());
  const auto back = jane_->expect_request("INVITE");
  EXPECT_NE(Sdp::parse(back.body).rtp.port(), john_->audio.port());
  jane_->respond(call.called, back, 200, "OK", make_sdp(jane_->audio.port(), {0}, 101, "sendrecv", 3));
  jane_->expect_request("ACK");
  end(call);
}

}  // namespace
}  // namespace tandem::test
