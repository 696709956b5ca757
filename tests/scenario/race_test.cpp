// What crosses on the wire: each test sends the two messages that meet, in the order that is worst.
#include <sys/wait.h>

#include <csignal>

#include "office.h"

namespace tandem::test {
namespace {

class Races : public TwoPhones {};

TEST_F(Races, TheAnswerThatMeetsACancelIsAcknowledgedAndHungUp) {
  auto dialog = john_->call("11002", john_->offer());
  const auto invite = jane_->expect_request("INVITE");
  auto called = jane_->accept(invite);
  jane_->respond(called, invite, 180, "Ringing");
  john_->expect(180, "INVITE");
  john_->cancel(dialog);
  const auto cancel = jane_->expect_request("CANCEL");
  jane_->respond(called, invite, 200, "OK", jane_->offer());  // picked up in the moment in which the CANCEL was on its way
  jane_->respond(cancel, 200, "OK");
  jane_->expect_request("ACK");
  jane_->respond(called, jane_->expect_request("BYE"), 200, "OK");
  const auto response = john_->expect_final("INVITE");
  EXPECT_EQ(response.status(), 487);
  john_->ack(dialog, response);
  expect_nothing_left();
  EXPECT_EQ(records(1).at(0).at("disposition"), "cancelled");
}

// Which of them comes first depends on the sockets that they come by; that both sides and the record agree does not.
TEST_F(Races, ACancelAndAnAnswerInOneBreathAreOneEndForEverybody) {
  using enum SipPeer::Over;
  size_t calls = 0;
  for (const auto& [johns, janes] : {std::pair{udp, udp}, std::pair{udp, tcp}, std::pair{tcp, udp}, std::pair{tcp, tcp}}) {
    Phone john(*tandem_, kJohn, 0, johns), jane(*tandem_, kJane, 0, janes);
    ASSERT_EQ(jane.enroll(0, "*").status(), 200);
    jane.must_enroll();
    auto dialog = john.call("11002", john.offer());
    const auto invite = jane.expect_request("INVITE");
    const auto called = jane.accept(invite);
    jane.respond(called, invite, 180, "Ringing");
    john.expect(180, "INVITE");
    ::kill(tandem_->pid(), SIGSTOP);  // so that it finds both at once
    ::waitpid(tandem_->pid(), nullptr, WUNTRACED);
    john.cancel(dialog);
    jane.respond(called, invite, 200, "OK", jane.offer());
    ::kill(tandem_->pid(), SIGCONT);
    const auto response = john.expect_final("INVITE");
    SipPeer::learn(dialog, response);
    john.ack(dialog, response);
    jane.expect_request("ACK");
    if (response.status() == 200) john.send(john.in_dialog(dialog, "BYE"));
    jane.respond(called, jane.expect_request("BYE"), 200, "OK");
    expect_nothing_left();
    EXPECT_EQ(records(++calls).back().at("disposition"), response.status() == 200 ? "answered" : "cancelled");
  }
}

TEST_F(Races, TheCancelThatMeetsAnAnswerComesTooLate) {
  auto dialog = john_->call("11002", john_->offer());
  const auto invite = jane_->expect_request("INVITE");
  auto called = jane_->accept(invite);
  jane_->respond(called, invite, 200, "OK", jane_->offer());
  jane_->expect_request("ACK");
  const auto response = john_->expect(200, "INVITE");
  john_->cancel(dialog);  // as if the 200 had not been seen yet
  const auto to_cancel = john_->expect_final("CANCEL");
  EXPECT_TRUE(to_cancel.status() == 200 || to_cancel.status() == 481) << to_cancel.start;
  SipPeer::learn(dialog, response);
  john_->ack(dialog, response);
  EXPECT_EQ(tandem_->ask("core show calls").size(), 1u) << "RFC 3261, 9.2: a CANCEL has no effect on an answered call";
  john_->bye(dialog);
  jane_->respond(called, jane_->expect_request("BYE"), 200, "OK");
  expect_nothing_left();
}

TEST_F(Races, TwoByesThatMeetAreBothAnswered) {
  auto call = converse(*john_, *jane_, "11002");
  john_->send(john_->in_dialog(call.caller, "BYE"));
  jane_->send(jane_->in_dialog(call.called, "BYE"));
  EXPECT_EQ(john_->expect_final("BYE").status(), 200);
  const auto to_jane = jane_->expect_final("BYE");
  EXPECT_TRUE(to_jane.status() == 200 || to_jane.status() == 481) << to_jane.start;
  if (const auto crossed = jane_->receive([](const auto& m) { return m.is_request() && m.method() == "BYE"; }, Milliseconds(200))) {
    jane_->respond(call.called, *crossed, 481, "Call/Transaction Does Not Exist");
  }
  expect_nothing_left();
  EXPECT_EQ(records(1).size(), 1u);
}

TEST_F(Races, ARepeatedInviteIsOneCall) {
  auto dialog = john_->call("11002", john_->offer());
  john_->send(dialog.invite);
  john_->send(dialog.invite);
  const auto invite = jane_->expect_request("INVITE");
  auto called = jane_->accept(invite);
  jane_->respond(called, invite, 180, "Ringing");
  john_->expect(180, "INVITE");
  john_->send(dialog.invite);
  EXPECT_TRUE(
      jane_->silent([&](const auto& m) { return m.is_request() && m.header("Call-ID") != invite.header("Call-ID"); }, Milliseconds(300)));
  EXPECT_EQ(tandem_->ask("core show calls").size(), 1u);
  jane_->respond(called, invite, 200, "OK", jane_->offer());
  john_->answered(dialog);
  john_->bye(dialog);
  jane_->respond(called, jane_->expect_request("BYE"), 200, "OK");
  expect_nothing_left();
}

TEST_F(Races, A200WithoutAckIsRepeatedUntilItComes) {
  auto dialog = john_->call("600", john_->offer());
  const auto response = john_->expect(200, "INVITE");
  john_->keep_repetitions = true;
  EXPECT_EQ(john_->expect(200, "INVITE", std::chrono::seconds(3)).raw, response.raw) << "RFC 3261, 13.3.1.4";
  SipPeer::learn(dialog, response);
  john_->ack(dialog, response);
  john_->keep_repetitions = false;
  const size_t before = john_->repetitions();
  (void)john_->silent([](const auto&) { return true; }, std::chrono::milliseconds(2500));
  EXPECT_LE(john_->repetitions(), before + 1) << "it goes on after the ACK";
  john_->bye(dialog);
}

TEST_F(Races, ALostAnswerToAByeIsRepeatedToTheRepeatedBye) {
  auto call = converse(*john_, *jane_, "11002");
  const auto bye = john_->in_dialog(call.caller, "BYE");
  john_->keep_repetitions = true;
  john_->send(bye);
  john_->expect(200, "BYE");
  john_->send(bye);
  john_->expect(200, "BYE");
  jane_->respond(call.called, jane_->expect_request("BYE"), 200, "OK");
  expect_nothing_left();
  EXPECT_EQ(records(1).size(), 1u);
}

TEST_F(Races, ARepeated200IsAcknowledgedEachTime) {
  auto dialog = john_->call("11002", john_->offer());
  const auto invite = jane_->expect_request("INVITE");
  auto called = jane_->accept(invite);
  jane_->keep_repetitions = true;
  const auto ok = jane_->respond(called, invite, 200, "OK", jane_->offer());
  john_->answered(dialog);
  jane_->expect_request("ACK");
  jane_->send(ok);
  jane_->expect_request("ACK");
  jane_->keep_repetitions = false;
  john_->bye(dialog);
  jane_->respond(called, jane_->expect_request("BYE"), 200, "OK");
  expect_nothing_left();
}

TEST_F(Races, ADownstreamForkThatAnswersTwiceIsHungUpOnce) {
  auto dialog = john_->call("11002", john_->offer());
  const auto invite = jane_->expect_request("INVITE");
  auto first = jane_->accept(invite);
  auto second = jane_->accept(invite);  // another To tag: a proxy behind Jane's contact has forked
  jane_->respond(first, invite, 180, "Ringing");
  jane_->respond(second, invite, 180, "Ringing");
  john_->expect(180, "INVITE");
  jane_->respond(second, invite, 200, "OK", jane_->offer());
  const auto answer = john_->answered(dialog);
  const auto ack = jane_->expect_request("ACK");
  EXPECT_EQ(ack.tag("To"), second.local_tag);
  jane_->respond(first, invite, 200, "OK", jane_->offer());
  EXPECT_EQ(jane_->expect_request("ACK").tag("To"), first.local_tag);
  const auto bye = jane_->expect_request("BYE");
  EXPECT_EQ(bye.tag("To"), first.local_tag) << "RFC 3261, 13.2.2.4: the 200 that is not wanted is acknowledged and hung up";
  jane_->respond(first, bye, 200, "OK");
  EXPECT_EQ(tandem_->ask("core show calls").size(), 1u);
  john_->bye(dialog);
  const auto last = jane_->expect_request("BYE");
  EXPECT_EQ(last.tag("To"), second.local_tag);
  jane_->respond(second, last, 200, "OK");
  expect_nothing_left();
}

TEST_F(Races, AHangUpBeforeTheAckStillEnds) {
  auto dialog = john_->call("11002", john_->offer());
  const auto invite = jane_->expect_request("INVITE");
  auto called = jane_->accept(invite);
  jane_->respond(called, invite, 200, "OK", jane_->offer());
  jane_->expect_request("ACK");
  const auto response = john_->expect(200, "INVITE");
  jane_->send(jane_->in_dialog(called, "BYE"));
  EXPECT_EQ(jane_->expect_final("BYE").status(), 200);
  SipPeer::learn(dialog, response);
  john_->ack(dialog, response);
  const auto bye = john_->expect_request("BYE");
  john_->respond(dialog, bye, 200, "OK");
  expect_nothing_left();
}

}  // namespace
}  // namespace tandem::test
