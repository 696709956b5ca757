// Calls that succeed: set-up, sound both ways, hang-up from either side, early media, echo, and what the record says of them.
#include "office.h"

namespace tandem::test {
namespace {

class Calls : public TwoPhones {};

TEST_F(Calls, AreHeardBothWaysAndEndedByTheCaller) {
  auto call = converse(*john_, *jane_, "11002");
  expect_tones_both_ways(john_->audio, jane_->audio);
  const auto live = tandem_->ask("core show channels");
  EXPECT_EQ(live.size(), 2u);

  john_->send(john_->in_dialog(call.caller, "BYE"));
  john_->expect(200, "BYE");
  jane_->respond(call.called, jane_->expect_request("BYE"), 200, "OK");
  expect_nothing_left();

  const auto row = records(1).at(0);
  EXPECT_EQ(row.at("disposition"), "answered");
  EXPECT_EQ(row.at("caller"), "11001");
  EXPECT_EQ(row.at("dialled"), "11002");
  const auto whole = tandem_->ask("cdr show call " + row.at("call").get<std::string>());
  const auto& legs = whole.at("legs");
  ASSERT_EQ(legs.size(), 2u) << whole.dump(2);
  EXPECT_EQ(legs[0].at("endpoint"), kJohn);
  EXPECT_EQ(legs[1].at("endpoint"), kJane);
  EXPECT_EQ(legs[0].at("user"), "john.doe");
  EXPECT_EQ(legs[1].at("user"), "jane.white");
}

TEST_F(Calls, AreEndedByTheCalledSideToo) {
  auto call = converse(*john_, *jane_, "11002");
  jane_->bye(call.called);
  john_->respond(call.caller, john_->expect_request("BYE"), 200, "OK");
  expect_nothing_left();
  EXPECT_EQ(records(1).at(0).at("disposition"), "answered");
}

TEST_F(Calls, ShowTheCallerAndHideTheOtherSide) {
  auto dialog = john_->call("11002", john_->offer());
  const auto invite = jane_->expect_request("INVITE");
  EXPECT_EQ(user_of(uri_of(invite.header("From"))), "11001");
  EXPECT_NE(invite.header("From").find("John Doe"), std::string::npos) << invite.header("From");
  EXPECT_NE(invite.header("Call-ID"), dialog.call_id) << "the two legs are two dialogs";
  EXPECT_EQ(invite.all("Via").size(), 1u) << "a back-to-back agent does not show the first hop";
  EXPECT_EQ(invite.raw.find(john_->local().to_string()), std::string::npos) << "the caller's address is nobody's business";
  EXPECT_EQ(invite.raw.find("uthorization"), std::string::npos) << "credentials are for one hop";
  EXPECT_EQ(invite.header("Max-Forwards"), "69");
  EXPECT_NE(Sdp::parse(invite.body).port, john_->audio.port()) << "sound goes through the relay";
  john_->cancel(dialog);
  john_->expect(487, "INVITE");
}

TEST_F(Calls, GiveEarlyMediaBeforeTheAnswer) {
  auto dialog = john_->call("11002", john_->offer());
  const auto invite = jane_->expect_request("INVITE");
  auto called = jane_->accept(invite);
  jane_->hear_of(invite);
  jane_->respond(called, invite, 183, "Session Progress", jane_->offer());
  const auto progress = john_->expect(183, "INVITE");
  ASSERT_FALSE(progress.body.empty());
  john_->hear_of(progress);
  talk({&john_->audio, &jane_->audio}, Milliseconds(300));
  EXPECT_NEAR(measure(john_->audio.heard()).hertz, 880, 10) << "the caller hears the far end before it answers";

  jane_->respond(called, invite, 200, "OK", jane_->offer());
  john_->answered(dialog);
  jane_->expect_request("ACK");
  expect_tones_both_ways(john_->audio, jane_->audio);
  john_->bye(dialog);
  jane_->respond(called, jane_->expect_request("BYE"), 200, "OK");
}

TEST_F(Calls, ToTheEchoTestReturnTheirOwnSound) {
  auto dialog = john_->call("600", john_->offer());
  john_->hear_of(john_->answered(dialog));
  talk({&john_->audio}, Milliseconds(400));
  const Measured heard = measure(john_->audio.heard());
  EXPECT_NEAR(heard.hertz, 440, 10);
  EXPECT_GT(heard.amplitude, 4000);
  john_->bye(dialog);
  expect_nothing_left();
  EXPECT_EQ(records(1).at(0).at("disposition"), "answered");
}

TEST_F(Calls, WithoutAnOfferGetOursInTheAnswer) {
  auto dialog = john_->call("600", "");
  const auto response = john_->receive([](const auto& m) { return m.status() == 200 && m.method() == "INVITE"; }, kPatience);
  ASSERT_TRUE(response);
  ASSERT_FALSE(response->body.empty()) << "RFC 3261, 13.2.1: the first reliable answer carries the offer";
  SipPeer::learn(dialog, *response);
  john_->ack(dialog, *response, john_->offer({0}));
  john_->hear_of(*response);
  talk({&john_->audio}, Milliseconds(300));
  EXPECT_NEAR(measure(john_->audio.heard()).hertz, 440, 10);
  john_->bye(dialog);
}

TEST_F(Calls, AgreeOnPcmaWhenThatIsAllTheCallerHas) {
  john_->audio.law = Law::a;
  john_->audio.payload_type = 8;
  jane_->audio.law = Law::a;
  jane_->audio.payload_type = 8;
  auto dialog = john_->call("11002", john_->offer({8}));
  const auto invite = jane_->expect_request("INVITE");
  jane_->hear_of(invite);
  auto called = jane_->accept(invite);
  jane_->respond(called, invite, 200, "OK", jane_->offer({8}));
  const auto answer = john_->answered(dialog);
  EXPECT_EQ(Sdp::parse(answer.body).formats.at(0), 8);
  john_->hear_of(answer);
  expect_tones_both_ways(john_->audio, jane_->audio);
  john_->bye(dialog);
}

TEST_F(Calls, CarryDigitsUnderTheNumbersThatEachSideAskedFor) {
  auto dialog = john_->call("11002", john_->offer({0}, 96));
  const auto invite = jane_->expect_request("INVITE");
  jane_->hear_of(invite);
  auto called = jane_->accept(invite);
  jane_->respond(called, invite, 200, "OK", jane_->offer({0}, 113));
  const auto answer = john_->answered(dialog);
  john_->hear_of(answer);
  const int to_john_as_told = Sdp::parse(answer.body).event_payload_type;
  const int to_jane_as_told = Sdp::parse(invite.body).event_payload_type;
  ASSERT_GT(to_john_as_told, 0);
  ASSERT_GT(to_jane_as_told, 0);

  const auto has_digit = [](Phone& phone, int payload_type, uint8_t digit) {
    return std::any_of(phone.audio.packets().begin(), phone.audio.packets().end(), [&](const RtpPacket& p) {
      return p.payload_type == payload_type && p.payload.size() == 4 && p.payload[0] == digit;
    });
  };
  talk({&john_->audio, &jane_->audio}, Milliseconds(60));
  john_->audio.send_event(static_cast<uint8_t>(to_john_as_told), 5, 160, false);
  jane_->audio.send_event(static_cast<uint8_t>(to_jane_as_told), 9, 160, false);
  talk({&john_->audio, &jane_->audio}, Milliseconds(200));
  EXPECT_TRUE(has_digit(*jane_, 113, 5)) << "Jane asked for events under 113";
  EXPECT_TRUE(has_digit(*john_, 96, 9)) << "John asked for events under 96";
  john_->bye(dialog);
}

TEST_F(Calls, EndWithRtcpOfOurOwn) {
  auto call = converse(*john_, *jane_, "11002");
  talk({&john_->audio, &jane_->audio}, Milliseconds(100));
  john_->bye(call.caller);
  jane_->respond(call.called, jane_->expect_request("BYE"), 200, "OK");
  talk({&john_->audio, &jane_->audio}, Milliseconds(200));
  EXPECT_GE(john_->audio.rtcp_packets(), 1u) << "a report with BYE at the latest (RFC 3550 6.3.7)";
  EXPECT_GE(jane_->audio.rtcp_packets(), 1u);
}

TEST_F(Calls, IgnoreSoundFromStrangers) {
  auto call = converse(*john_, *jane_, "11002");
  jane_->audio.tone = 0;
  RtpEnd stranger;
  stranger.tone = 1500;
  stranger.remote = jane_->audio.remote;  // the port that Jane sends to
  talk({&stranger, &john_->audio, &jane_->audio}, Milliseconds(300));
  EXPECT_TRUE(john_->audio.heard().empty()) << "somebody else is heard in the call";
  john_->bye(call.caller);
}

class SilentCalls : public Calls {
  void SetUp() override {
    open({"rtp/rtp/timeout=1s"});
    john_ = std::make_unique<Phone>(*tandem_, kJohn);
    jane_ = std::make_unique<Phone>(*tandem_, kJane);
    john_->must_enroll();
    jane_->must_enroll();
  }
};

TEST_F(SilentCalls, AreEndedByTheServer) {
  auto call = converse(*john_, *jane_, "11002");
  talk({&john_->audio, &jane_->audio}, Milliseconds(100));
  john_->respond(call.caller, john_->expect_request("BYE"), 200, "OK");
  jane_->respond(call.called, jane_->expect_request("BYE"), 200, "OK");
  expect_nothing_left();
  records(1);
}

}  // namespace
}  // namespace tandem::test
