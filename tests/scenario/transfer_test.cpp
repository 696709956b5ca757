// Calls that are sent on by the phone of a party: REFER, blind and attended (RFC 5589).
#include "office.h"

namespace tandem::test {
namespace {

class Transfers : public TwoPhones {
 protected:
  void SetUp() override {
    TwoPhones::SetUp();
    desk_ = std::make_unique<Phone>(*tandem_, kHotDesk, 600);
    desk_->must_enroll();
  }
  SipMessage refer(Phone& by, Dialog& dialog, const std::string& to, const Headers& extra = {}) {
    SipMessage request = by.in_dialog(dialog, "REFER");
    request.add("Refer-To", to);
    for (const auto& [name, value] : extra) request.add(name, value);
    by.send(request);
    return by.expect_final("REFER");
  }
  /// The NOTIFYs until the last one; what that says.
  static std::string told_at_last(Phone& phone, Dialog& dialog) {
    for (int i = 0; i < 10; ++i) {
      const SipMessage notify = phone.expect_request("NOTIFY");
      phone.respond(dialog, notify, 200, "OK");
      if (notify.header("Subscription-State").starts_with("terminated")) return notify.body;
    }
    return "never";
  }
  std::string on(const std::string& number) const { return "<sip:" + number + "@" + tandem_->sip().to_string() + ">"; }
  std::unique_ptr<Phone> desk_;
};

TEST_F(Transfers, BlindByTheCalledPhone) {
  auto talk = converse(*john_, *jane_, "11002");
  EXPECT_EQ(refer(*jane_, talk.called, on("19001"), {{"Referred-By", "\"Jane\" <sip:jane@office>;cid=\"1@x\""}}).status(), 202);
  const SipMessage invite = desk_->expect_request("INVITE");
  EXPECT_NE(invite.header("From").find("11001"), std::string::npos);
  EXPECT_NE(invite.header("Referred-By").find("<sip:jane@office>"), std::string::npos) << "RFC 3892: it is passed on";
  auto third = desk_->accept(invite);
  desk_->respond(third, invite, 200, "OK", desk_->offer());
  desk_->expect_request("ACK");
  EXPECT_EQ(told_at_last(*jane_, talk.called), "SIP/2.0 200 OK\r\n");
  jane_->respond(talk.called, jane_->expect_request("BYE"), 200, "OK");
  desk_->hear_of(invite);
  expect_tones_both_ways(john_->audio, desk_->audio);
  john_->bye(talk.caller);
  desk_->respond(third, desk_->expect_request("BYE"), 200, "OK");
  expect_nothing_left();
}

TEST_F(Transfers, BlindThatFailsComesBack) {
  auto talk = converse(*john_, *jane_, "11002");
  EXPECT_EQ(refer(*jane_, talk.called, on("19001")).status(), 202);
  const SipMessage invite = desk_->expect_request("INVITE");
  desk_->respond(desk_->accept(invite), invite, 486, "Busy Here");
  EXPECT_EQ(told_at_last(*jane_, talk.called).substr(0, 11), "SIP/2.0 486");
  expect_tones_both_ways(john_->audio, jane_->audio);
  john_->bye(talk.caller);
  jane_->respond(talk.called, jane_->expect_request("BYE"), 200, "OK");
  expect_nothing_left();
}

TEST_F(Transfers, AttendedAcrossTwoCalls) {
  auto talk = converse(*john_, *jane_, "11002");
  auto second = converse(*jane_, *desk_, "19001");
  const auto& asking = second.caller;
  const std::string replaces = asking.call_id + "%3Bto-tag%3D" + asking.remote_tag + "%3Bfrom-tag%3D" + asking.local_tag;
  EXPECT_EQ(refer(*jane_, talk.called, "<sip:19001@" + tandem_->sip().to_string() + "?Replaces=" + replaces + ">").status(), 202);
  EXPECT_EQ(told_at_last(*jane_, talk.called), "SIP/2.0 200 OK\r\n");
  for (int i = 0; i < 2; ++i) jane_->respond(jane_->expect_request("BYE"), 200, "OK");
  expect_tones_both_ways(john_->audio, desk_->audio);
  john_->bye(talk.caller);
  desk_->respond(second.called, desk_->expect_request("BYE"), 200, "OK");
  expect_nothing_left();
}

TEST_F(Transfers, WhatIsRefused) {
  auto talk = converse(*john_, *jane_, "11002");
  EXPECT_EQ(refer(*jane_, talk.called, "<http://x/>").status(), 416);
  EXPECT_EQ(refer(*jane_, talk.called, "<sip:1@x?Replaces=nobody%3Bto-tag%3D1%3Bfrom-tag%3D2>").status(), 481);
  EXPECT_EQ(refer(*jane_, talk.called, on("911")).status(), 202);
  EXPECT_EQ(told_at_last(*jane_, talk.called).substr(0, 11), "SIP/2.0 403");
  const SipMessage silent = refer(*jane_, talk.called, on("911"), {{"Refer-Sub", "false"}});
  EXPECT_EQ(silent.header("Refer-Sub"), "false");
  EXPECT_TRUE(jane_->silent([](const auto& m) { return m.method() == "NOTIFY"; }, Milliseconds(100)));
  SipPeer stranger(tandem_->sip(), "nobody");
  stranger.send(stranger.make_request("REFER", stranger.uri("11001")).add("Refer-To", "<sip:1@x>"));
  EXPECT_GE(stranger.expect_final("REFER").status(), 400);
  expect_tones_both_ways(john_->audio, jane_->audio);
  john_->bye(talk.caller);
  jane_->respond(talk.called, jane_->expect_request("BYE"), 200, "OK");
  expect_nothing_left();
}

}  // namespace
}  // namespace tandem::test
