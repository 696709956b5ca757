// The notifier's half of subscriptions, on the wire and on a clock that only the test moves.
#include "notifier.h"

#include "wire.h"

namespace tandem::test {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

/// One number a resource; "room" is nobody's, "secret" is not for everybody.
class Lamps final : public EventPackage {
 public:
  std::string_view event() const override { return "lamp"; }
  const std::vector<std::string>& types() const override { return types_; }
  Result<std::string> resolve(const Watcher& watcher, std::string_view resource) override {
    if (resource == "room") return Error{ErrorCode::not_found, "no such lamp"};
    if (resource == "secret" || shut) return Error{ErrorCode::forbidden, "not for you"};
    return (resource == watcher.device.name ? at_home : "") + std::string(resource);
  }
  Result<std::string> state(const Watcher& watcher, const StateAsked& asked) override {
    if (gone) return Error{ErrorCode::not_found, "the lamp has been taken down"};
    return watcher.device.name + " sees " + std::string(asked.key) + " " + value + " v" + std::to_string(asked.version);
  }
  bool unsolicited() const override { return show_all; }

  std::string value = "off", at_home;
  bool gone = false, shut = false, show_all = false;

 private:
  std::vector<std::string> types_{"text/lamp"};
};

class NotifierTest : public Wire {
 protected:
  void SetUp() override {
    Wire::SetUp();
    settings.subscriptions.per_device = 3;
    notifier = std::make_unique<SipNotifier>(loop, events, directory, *stack, *registrar, settings);
    upper.take = [this](msg_t* msg, sip_t* sip, const Origin& origin) { notifier->subscribe(msg, sip, origin); };
    auto offered = notifier->offer(lamps);
    ASSERT_TRUE(offered);
    offer = std::move(*offered);
  }
  void TearDown() override {
    offer.reset();
    notifier.reset();
    Wire::TearDown();
  }

  std::string contact() const { return "Contact: <sip:lobby-1@" + phone.local.to_string() + ">\r\n"; }
  /// An authorized SUBSCRIBE; its answer. NOTIFYs that come with it wait in `inbox`.
  SipMessage subscribe(const std::string& resource, const std::string& headers, const std::string& call_id) {
    const std::string uri = "sip:" + resource + "@127.0.0.1";
    cseq = 1;
    const auto first = send_and_wait(request(phone, "SUBSCRIBE", uri, contact() + headers, call_id), 401);
    const Credentials who{"lobby-1", "secret", {}};
    const std::string proof = first ? authorization(*first, who, "SUBSCRIBE", uri) : "";
    cseq = 2;
    const auto answer = send_and_wait(request(phone, "SUBSCRIBE", uri, contact() + headers + proof, call_id), 0);
    return answer.value_or(SipMessage{});
  }
  std::optional<SipMessage> send_and_wait(const std::string& bytes, int status) {
    phone.send(stack->bound(), bytes);
    return next([&](const SipMessage& m) { return !m.is_request() && (status == 0 || m.status() == status); });
  }
  std::optional<SipMessage> next(const std::function<bool(const SipMessage&)>& wanted) {
    std::optional<SipMessage> found;
    loop.run_until(
        [&] {
          while (const auto text = phone.receive()) inbox.push_back(SipMessage::parse(*text));
          const auto it = std::ranges::find_if(inbox, wanted);
          if (it == inbox.end()) return false;
          found = *it;
          inbox.erase(it);
          return true;
        },
        milliseconds(3000));
    return found;
  }
  /// The next NOTIFY, answered with `status` (0: not at all).
  SipMessage notify(int status = 200, const std::string& extra = {}) {
    const auto one = next([](const SipMessage& m) { return m.method() == "NOTIFY" && m.is_request(); });
    EXPECT_TRUE(one) << "no NOTIFY came";
    if (!one) return {};
    if (status != 0) answer(*one, status, extra);
    return *one;
  }
  void answer(const SipMessage& request_in, int status, const std::string& extra = {}) {
    std::string text = "SIP/2.0 " + std::to_string(status) + " Whatever\r\n";
    for (const char* name : {"Via", "From", "To", "Call-ID", "CSeq"}) text += std::string(name) + ": " + request_in.header(name) + "\r\n";
    phone.send(stack->bound(), text + extra + "Content-Length: 0\r\n\r\n");
    settle();
  }
  /// Everything that is on its way has been handled: a marker of ours has come back.
  void settle() {
    const std::string marker = "settle" + std::to_string(++markers);
    phone.send(stack->bound(), request(phone, "OPTIONS", "sip:marker@x", {}, marker));
    next([&](const SipMessage& m) { return !m.is_request() && m.header("Call-ID") == marker; });
  }
  bool quiet() {
    settle();
    return std::ranges::none_of(inbox, [](const SipMessage& m) { return m.method() == "NOTIFY"; });
  }
  /// A SUBSCRIBE inside the dialog that `first` (its 200) has made.
  SipMessage again(const SipMessage& first, const std::string& headers, unsigned number = 3) {
    to_tag = ";tag=" + first.tag("To");
    cseq = number;
    const auto found =
        send_and_wait(request(phone, "SUBSCRIBE", "sip:" + stack->contact_host_port(), contact() + headers, first.header("Call-ID")), 0);
    to_tag.clear();
    return found.value_or(SipMessage{});
  }

  Lamps lamps;
  std::unique_ptr<SipNotifier> notifier;
  Registration offer;
  std::deque<SipMessage> inbox;
  int markers = 0;
};

TEST_F(NotifierTest, FirstStateComesAtOnceAndChangesFollow) {
  const auto accepted = subscribe("1", "Event: lamp;id=7\r\nExpires: 600\r\n", "a");
  EXPECT_EQ(accepted.status(), 200);
  EXPECT_EQ(accepted.header("Expires"), "600");
  EXPECT_TRUE(accepted.has("Contact"));
  const auto first = notify();
  EXPECT_EQ(first.body, "lobby-1 sees 1 off v0");
  EXPECT_EQ(first.header("Event"), "lamp;id=7");
  EXPECT_EQ(first.header("Subscription-State"), "active;expires=600");
  EXPECT_EQ(first.header("Content-Type"), "text/lamp");
  EXPECT_EQ(first.tag("From"), accepted.tag("To"));
  loop.advance(seconds(10));
  lamps.value = "on";
  notifier->changed("lamp", "1");
  notifier->changed("lamp", "2");
  notifier->changed("other", "1");
  loop.advance(milliseconds(1));
  const auto second = notify();
  EXPECT_EQ(second.body, "lobby-1 sees 1 on v1");
  EXPECT_EQ(second.header("Subscription-State"), "active;expires=590");
  EXPECT_TRUE(quiet());
}

TEST_F(NotifierTest, OneNotifyIsUnderWayAndChangesAreGathered) {
  subscribe("1", "Event: lamp\r\n", "a");
  const auto first = notify(0);
  for (const char* value : {"one", "two", "three"}) {
    lamps.value = value;
    notifier->changed("lamp", "1");
    loop.advance(milliseconds(100));
  }
  EXPECT_TRUE(quiet()) << "the first has not been answered";
  answer(first, 200);
  loop.advance(milliseconds(1));
  EXPECT_EQ(notify(0).body, "lobby-1 sees 1 three v1");
  EXPECT_TRUE(quiet());
}

TEST_F(NotifierTest, TwoOfOneSubscriptionAreApart) {
  subscribe("1", "Event: lamp\r\n", "a");
  notify();
  notifier->changed("lamp", "1");
  loop.advance(milliseconds(100));
  EXPECT_TRUE(quiet());
  loop.advance(milliseconds(200));
  notify();
}

TEST_F(NotifierTest, OnePhoneIsNotFlooded) {
  settings.subscriptions.rate = 1;
  settings.subscriptions.interval = milliseconds(0);
  subscribe("1", "Event: lamp\r\n", "a");
  notify();
  int told = 0;
  for (int i = 0; i < 100; ++i) {
    notifier->changed("lamp", "1");
    loop.advance(milliseconds(100));
    settle();
    while (!inbox.empty()) {
      const auto one = inbox.front();
      inbox.pop_front();
      if (one.method() == "NOTIFY" && one.is_request()) {
        answer(one, 200);
        ++told;
      }
    }
  }
  EXPECT_GE(told, 10);
  EXPECT_LE(told, 13) << "one a second, and two at once";
}

TEST_F(NotifierTest, RefreshTellsAllAndKeepsItAlive) {
  const auto accepted = subscribe("1", "Event: lamp\r\nExpires: 60\r\n", "a");
  notify();
  loop.advance(seconds(50));
  const auto refreshed = again(accepted, "Event: lamp\r\nExpires: 60\r\n");
  EXPECT_EQ(refreshed.status(), 200);
  loop.advance(milliseconds(1));
  EXPECT_EQ(notify().header("Subscription-State"), "active;expires=60");
  loop.advance(seconds(50));
  EXPECT_TRUE(quiet());
  loop.advance(seconds(11));
  EXPECT_EQ(notify().header("Subscription-State"), "terminated;reason=timeout");
  loop.advance(seconds(1));
  EXPECT_EQ(notifier->size(), 0U);
}

TEST_F(NotifierTest, UnsubscribeEndsWithALastNotify) {
  const auto accepted = subscribe("1", "Event: lamp\r\n", "a");
  notify();
  EXPECT_EQ(again(accepted, "Event: lamp\r\nExpires: 0\r\n").status(), 200);
  const auto last = notify();
  EXPECT_EQ(last.header("Subscription-State"), "terminated;reason=timeout");
  EXPECT_EQ(last.body, "lobby-1 sees 1 off v1");
  loop.advance(seconds(1));
  EXPECT_EQ(notifier->size(), 0U);
  EXPECT_EQ(again(accepted, "Event: lamp\r\n", 4).status(), 481);
}

TEST_F(NotifierTest, PollIsOneNotify) {
  EXPECT_EQ(subscribe("1", "Event: lamp\r\nExpires: 0\r\n", "a").header("Expires"), "0");
  EXPECT_EQ(notify().header("Subscription-State"), "terminated;reason=timeout");
  loop.advance(seconds(1));
  EXPECT_EQ(notifier->size(), 0U);
}

TEST_F(NotifierTest, WhoDoesNotKnowUsAnyLongerLosesIt) {
  subscribe("1", "Event: lamp\r\n", "a");
  notify(481);
  loop.advance(milliseconds(1));
  EXPECT_EQ(notifier->size(), 0U);
  subscribe("1", "Event: lamp\r\n", "b");
  notify(0);
  for (int i = 0; i < 40; ++i) {
    loop.advance(seconds(1));
    settle();
  }
  EXPECT_EQ(notifier->size(), 0U) << "nobody answered";
}

TEST_F(NotifierTest, WhoIsBusyIsAskedLater) {
  subscribe("1", "Event: lamp\r\n", "a");
  notify(503, "Retry-After: 5\r\n");
  loop.advance(seconds(4));
  EXPECT_TRUE(quiet());
  loop.advance(milliseconds(1100));
  notify(500);
  loop.advance(milliseconds(1));
  EXPECT_EQ(notifier->size(), 0U) << "a refusal without Retry-After";
}

TEST_F(NotifierTest, RefusedWithTheRightStatus) {
  struct Row {
    const char* resource;
    const char* headers;
    int status;
  };
  for (const Row& row : {Row{"1", "Event: nonsense\r\n", 489}, Row{"1", "", 400}, Row{"1", "Event: lamp\r\nExpires: 5\r\n", 423},
                         Row{"1", "Event: lamp\r\nAccept: text/other\r\n", 406}, Row{"room", "Event: lamp\r\n", 404},
                         Row{"secret", "Event: lamp\r\n", 403}}) {
    static int number = 0;
    const auto answer = subscribe(row.resource, row.headers, "r" + std::to_string(++number));
    EXPECT_EQ(answer.status(), row.status) << row.headers;
    EXPECT_NE(answer.tag("To"), "") << row.status;
    if (row.status == 489) {
      EXPECT_EQ(answer.header("Allow-Events"), "lamp");
    }
    if (row.status == 423) {
      EXPECT_EQ(answer.header("Min-Expires"), "60");
    }
    if (row.status == 406) {
      EXPECT_EQ(answer.header("Accept"), "text/lamp");
    }
  }
  EXPECT_EQ(notifier->size(), 0U);
}

TEST_F(NotifierTest, OnePhoneHasItsShareAndARestartedOneTakesItsOldPlace) {
  for (const char* resource : {"1", "2", "3"}) {
    EXPECT_EQ(subscribe(resource, "Event: lamp\r\n", std::string("c") + resource).status(), 200);
    notify();
  }
  EXPECT_EQ(subscribe("4", "Event: lamp\r\n", "c4").status(), 403);
  settings.subscriptions.per_device = 10;
  EXPECT_EQ(subscribe("1", "Event: lamp\r\n", "again").status(), 200);
  notify();
  loop.advance(milliseconds(1));
  EXPECT_EQ(notifier->size(), 3U) << "the same lamp of the same phone";
  settings.subscriptions.total = 3;
  const auto full = subscribe("9", "Event: lamp\r\n", "c9");
  EXPECT_EQ(full.status(), 503);
  EXPECT_TRUE(full.has("Retry-After"));
}

TEST_F(NotifierTest, InsideTheDialogNothingElseIsTaken) {
  const auto accepted = subscribe("1", "Event: lamp\r\n", "a");
  notify();
  EXPECT_EQ(again(accepted, "Event: lamp\r\n", 1).status(), 500) << "an old CSeq";
  EXPECT_EQ(again(accepted, "Event: lamp;id=other\r\n", 3).status(), 403);
  EXPECT_EQ(again(accepted, "Event: lamp\r\nExpires: 10\r\n", 4).status(), 423);
  EXPECT_EQ(again(accepted, "", 5).status(), 400);
  EXPECT_EQ(notifier->size(), 1U);
}

TEST_F(NotifierTest, ThePersonChangesAndSoDoesWhatIsShown) {
  lamps.at_home = "john at ";
  subscribe("lobby-1", "Event: lamp\r\n", "a");
  EXPECT_EQ(notify().body, "lobby-1 sees john at lobby-1 off v0");
  lamps.at_home = "jane at ";
  loop.advance(seconds(1));
  notifier->occupant_changed("lobby-1");
  loop.advance(milliseconds(1));
  EXPECT_EQ(notify().body, "lobby-1 sees jane at lobby-1 off v1");
  loop.advance(seconds(1));
  lamps.value = "on";
  notifier->changed("lamp", "john at lobby-1");
  loop.advance(seconds(1));
  EXPECT_TRUE(quiet()) << "that is not shown here any longer";
  notifier->changed("lamp", "jane at lobby-1");
  loop.advance(milliseconds(1));
  EXPECT_EQ(notify().body, "lobby-1 sees jane at lobby-1 on v2");
  loop.advance(seconds(1));
  lamps.shut = true;
  notifier->occupant_changed("lobby-1");
  EXPECT_EQ(notify().header("Subscription-State"), "terminated;reason=rejected");
}

TEST_F(NotifierTest, ResourceOrServiceGoes) {
  subscribe("1", "Event: lamp\r\n", "a");
  notify();
  loop.advance(seconds(1));
  lamps.gone = true;
  notifier->changed("lamp", "1");
  loop.advance(milliseconds(1));
  EXPECT_EQ(notify().header("Subscription-State"), "terminated;reason=noresource");
  lamps.gone = false;
  subscribe("1", "Event: lamp\r\n", "b");
  notify();
  EXPECT_FALSE(notifier->offer(lamps)) << "one package an event";
  offer.reset();
  EXPECT_EQ(notify().header("Subscription-State"), "terminated;reason=deactivated");
  EXPECT_EQ(subscribe("1", "Event: lamp\r\n", "c").status(), 489);
}

TEST_F(NotifierTest, PhonesThatDoNotSubscribeAreShown) {
  lamps.show_all = true;
  notifier->show("lamp", "lobby-1");
  EXPECT_TRUE(quiet()) << "it is not registered";
  EXPECT_EQ(authorized(phone, {"lobby-1", "secret", {}}, "REGISTER", "sip:127.0.0.1", contact(), "reg").status(), 200);
  EXPECT_TRUE(quiet()) << "it may be about to subscribe";
  notifier->show("lamp", "lobby-1");
  const auto one = notify();
  EXPECT_EQ(one.body, "lobby-1 sees lobby-1 off v0");
  EXPECT_EQ(one.header("Subscription-State"), "active");
  subscribe("lobby-1", "Event: lamp\r\n", "a");
  notify();
  notifier->show("lamp", "lobby-1");
  EXPECT_TRUE(quiet()) << "it has asked for it";
}

TEST_F(NotifierTest, ASingleNotifyForEachContact) {
  EXPECT_FALSE(notifier->tell("lobby-1", "check-sync", "", ""));
  EXPECT_EQ(authorized(phone, {"lobby-1", "secret", {}}, "REGISTER", "sip:127.0.0.1", contact(), "reg").status(), 200);
  EXPECT_TRUE(notifier->tell("lobby-1", "check-sync;reboot=false", "text/plain", "RegisterCallId={register-call-id}"));
  const auto one = notify();
  EXPECT_EQ(one.header("Event"), "check-sync;reboot=false");
  EXPECT_EQ(one.body, "RegisterCallId=reg");
  EXPECT_FALSE(notifier->tell("lobby-1", "x\r\nEvil: yes", "", ""));
  EXPECT_FALSE(notifier->tell("nobody", "check-sync", "", ""));
}

}  // namespace
}  // namespace tandem::test
