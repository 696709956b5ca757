// Lamps on the wire: who watches whom, and what is shown.
#include "office.h"

namespace tandem::test {
namespace {

class Lamps : public TwoPhones {
 protected:
  void SetUp() override {
    TwoPhones::SetUp();
    desk_ = std::make_unique<Phone>(*tandem_, kHotDesk);
    desk_->must_enroll();
  }
  /// The desk's phone watches; the first NOTIFY.
  SipMessage watch(const std::string& number, const std::string& event, const Headers& extra = {}) {
    SipMessage request = desk_->make_request("SUBSCRIBE", desk_->uri(number));
    request.add("Event", event);
    for (const auto& [name, value] : extra) request.add(name, value);
    accepted_ = desk_->transact(request);
    if (accepted_.status() != 200) throw std::runtime_error("SUBSCRIBE: " + accepted_.start);
    return told();
  }
  SipMessage told(int status = 200) {
    const SipMessage notify = desk_->expect_request("NOTIFY");
    desk_->respond(notify, status, "Whatever");
    return notify;
  }
  /// The next NOTIFY whose body has `text` in it.
  SipMessage told_of(const std::string& text) {
    for (int i = 0; i < 10; ++i) {
      const SipMessage notify = told();
      if (notify.body.find(text) != std::string::npos) return notify;
    }
    ADD_FAILURE() << "never told of " << text;
    return {};
  }
  std::unique_ptr<Phone> desk_;
  SipMessage accepted_;
};

TEST_F(Lamps, FollowACallThroughItsLife) {
  const auto first = watch("11002", "dialog", {{"Accept", "application/dialog-info+xml"}});
  EXPECT_EQ(first.header("Content-Type"), "application/dialog-info+xml");
  EXPECT_EQ(first.body.find("<dialog "), std::string::npos) << first.body;
  auto caller = john_->call("11002", john_->offer());
  const SipMessage invite = jane_->expect_request("INVITE");
  auto called = jane_->accept(invite);
  jane_->respond(called, invite, 180, "Ringing");
  const auto early = told_of("<state>early</state>");
  EXPECT_NE(early.body.find("direction=\"recipient\""), std::string::npos);
  EXPECT_NE(early.body.find("call-id=\"" + invite.header("Call-ID") + "\" local-tag=\"" + called.local_tag + "\""), std::string::npos)
      << early.body;
  EXPECT_NE(early.body.find("sip:11001@"), std::string::npos) << "who calls";
  jane_->respond(called, invite, 200, "OK", jane_->offer());
  john_->answered(caller);
  jane_->expect_request("ACK");
  const auto talking = told_of("<state>confirmed</state>");
  EXPECT_EQ(talking.body.find("sip:11001@"), std::string::npos) << "as configs/presence.ini says";
  john_->bye(caller);
  jane_->respond(called, jane_->expect_request("BYE"), 200, "OK");
  SipMessage last = told();
  EXPECT_EQ(last.body.find("<dialog "), std::string::npos) << last.body;
  const auto shown = tandem_->ask("sip show subscriptions").dump();
  EXPECT_NE(shown.find("user/jane.white"), std::string::npos) << shown;
  expect_nothing_left();
}

// Phones that do not subscribe are told of their messages when they have registered; one at which nobody ever is has none.
TEST(UnaskedLamps, AreForPhonesAtWhichSomebodyMayBe) {
  TandemProcess tandem({"directory/device lobby-1/extension_mobility=no"});
  Phone lobby(tandem, "lobby-1"), john(tandem, kJohn), desk(tandem, kHotDesk);
  lobby.must_enroll();
  john.must_enroll();
  desk.must_enroll();
  for (Phone* const phone : {&john, &desk}) {
    const SipMessage notify = phone->expect_request("NOTIFY");
    EXPECT_EQ(notify.header("Event"), "message-summary");
    phone->respond(notify, 200, "OK");
  }
  // It registered first, so it would have been told first.
  EXPECT_THROW(lobby.expect_request("NOTIFY", Milliseconds(50)), std::exception);
}

TEST_F(Lamps, PresenceAndMessagesForPhonesThatWantThose) {
  const auto presence = watch("11001", "presence", {{"Accept", "application/cpim-pidf+xml, application/pidf+xml"}});
  EXPECT_EQ(presence.header("Content-Type"), "application/pidf+xml");
  EXPECT_NE(presence.body.find("<basic>open</basic>"), std::string::npos);
  const auto messages = watch(kHotDesk, "message-summary");
  EXPECT_NE(messages.body.find("Messages-Waiting: no"), std::string::npos);
  const auto of_john = desk_->transact(desk_->make_request("SUBSCRIBE", desk_->uri("11001")).add("Event", "message-summary"));
  EXPECT_EQ(of_john.status(), 403) << "whose messages wait is nobody else's business";
}

TEST_F(Lamps, StrangersAndFloodsGetNothing) {
  SipPeer stranger(tandem_->sip(), "nobody");
  stranger.send(stranger.make_request("SUBSCRIBE", stranger.uri("11002")).add("Event", "dialog"));
  EXPECT_EQ(stranger.expect_final("SUBSCRIBE").status(), 401);
  gateway().send(gateway().make_request("SUBSCRIBE", gateway().uri("11002")).add("Event", "dialog"));
  EXPECT_EQ(gateway().expect_final("SUBSCRIBE").status(), 403) << "a trunk watches nobody";
  EXPECT_EQ(tandem_->ask("sip show subscriptions").dump().find("user/"), std::string::npos);
}

}  // namespace
}  // namespace tandem::test
