// Calls that come to nothing: refused, given up, never answered, or whose parties vanish.
#include <fmt/format.h>

#include "scripts.h"

namespace tandem::soak {
namespace {

constexpr auto kInvite = "INVITE";
constexpr Milliseconds kRingTime{40'000};  // the dialplan gives up after 30 s

void busy(Scene& s) {
  auto dialog = s.dial(s.number_b);
  refuse(s.b, 486, "Busy Here");
  expect_refusal(s.a, dialog, 486);
  s.tally.ended("busy");
}

void broken_phone(Scene& s) {
  auto dialog = s.dial(s.number_b);
  refuse(s.b, 500, "Server Internal Error");
  expect_refusal(s.a, dialog, 500);
  s.tally.ended("failed");
}

void no_such_number(Scene& s) {
  auto dialog = s.dial("18999");
  expect_refusal(s.a, dialog, 404);
  s.tally.ended("failed");
}

void nobody_there(Scene& s) {
  if (s.b.enroll(0, "*").status() != 200) throw std::runtime_error("the phone cannot leave");
  auto dialog = s.dial(s.number_b);
  expect_refusal(s.a, dialog, 480);
  s.tally.ended("no-answer");
  s.b.must_enroll();
}

void given_up(Scene& s) {
  auto dialog = s.dial(s.number_b);
  const auto invite = s.b.expect_request(kInvite);
  const auto called = s.b.accept(invite);
  s.b.respond(called, invite, 180, "Ringing");
  s.a.expect(180, kInvite);
  s.a.cancel(dialog);
  s.a.expect(200, "CANCEL");
  expect_refusal(s.a, dialog, 487);
  s.b.respond(called, s.b.expect_request("CANCEL"), 200, "OK");
  s.b.respond(called, invite, 487, "Request Terminated");
  s.b.expect_request("ACK");
  s.tally.ended("cancelled");
}

// The answer and the caller's CANCEL cross: one of them wins, on both legs alike.
void crossed(Scene& s) {
  auto dialog = s.dial(s.number_b);
  const auto invite = s.b.expect_request(kInvite);
  const auto called = s.b.accept(invite);
  s.b.respond(called, invite, 180, "Ringing");
  s.a.expect(180, kInvite);
  const bool cancel_first = s.roll(0, 1) == 0;
  if (cancel_first) s.a.cancel(dialog);
  s.b.respond(called, invite, 200, "OK", s.b.offer());
  if (!cancel_first) s.a.cancel(dialog);
  const auto final_answer =
      s.a.receive([&](const auto& m) { return m.status() >= 200 && m.method() == kInvite && m.branch() == dialog.invite.branch(); },
                  kPatience)
          .value();
  s.a.learn(dialog, final_answer);
  s.a.ack(dialog, final_answer);
  if (const auto cancelled = s.b.receive([](const auto& m) { return m.is_request() && m.method() == "CANCEL"; }, Milliseconds(100)))
    s.b.respond(called, *cancelled, 200, "OK");
  if (final_answer.status() == 200) s.a.bye(dialog);
  s.b.respond(called, s.b.expect_request("BYE"), 200, "OK");
  s.tally.ended(final_answer.status() == 200 ? "answered" : "cancelled");
}

void sent_on(Scene& s) {
  auto dialog = s.dial(s.number_b);
  refuse(s.b, 302, "Moved Temporarily", {{"Contact", "<sip:18999@" + s.tandem.sip().to_string() + ">"}});
  expect_refusal(s.a, dialog, 480);  // nobody has that number: as if the phone were not there
  s.tally.ended("no-answer");
}

// A wrong password opens nothing and leaves nothing: no call, no record.
void impostor(Scene& s) {
  Phone stranger(s.tandem, s.a.credentials.user);
  stranger.credentials.secret = "guessed";
  if (stranger.enroll().status() == 200) throw std::runtime_error("a wrong password registers");
  auto dialog = stranger.call(s.number_b, stranger.offer());
  const auto refusal =
      stranger.receive([&](const auto& m) { return m.status() >= 300 && m.branch() == dialog.invite.branch(); }, kPatience);
  if (!refusal) throw std::runtime_error("a wrong password is not answered");
  stranger.ack(dialog, *refusal);
  (void)stranger.invite(s.number_b, stranger.offer());  // and one that is challenged and never heard of again
}

void rings_for_ever(Scene& s) {
  auto dialog = s.dial(s.number_b);
  const auto invite = s.b.expect_request(kInvite);
  const auto called = s.b.accept(invite);
  s.b.respond(called, invite, 180, "Ringing");
  s.a.ack(dialog, s.a.expect_final(kInvite, kRingTime));
  s.b.respond(called, s.b.expect_request("CANCEL"), 200, "OK");
  s.b.respond(called, invite, 487, "Request Terminated");
  s.tally.ended("no-answer");
}

void says_nothing(Scene& s) {
  auto dialog = s.dial(s.number_b);
  s.a.ack(dialog, s.a.expect_final(kInvite, kRingTime));
  s.b.pump();
  while (s.b.receive([](const auto&) { return true; }, Milliseconds(0))) continue;  // what it has slept through
  s.tally.ended("no-answer");
}

// The caller's battery is empty: nothing but the silence of its media tells.
void vanished(Scene& s) {
  s.tally.started();
  Phone lost(s.tandem, s.a.credentials.user, 300);
  auto call = converse(lost, s.b, s.number_b);
  speak(lost.audio, s.b.audio, s.time(200, 500));
  s.b.respond(call.called, s.b.expect_request("BYE", kRingTime), 200, "OK");
  s.tally.ended("answered");
}

void never_acknowledged(Scene& s) {
  s.tally.started();
  Phone lost(s.tandem, s.a.credentials.user, 300);
  (void)lost.call(s.number_b, lost.offer());
  const auto invite = s.b.expect_request(kInvite);
  const auto called = s.b.accept(invite);
  s.b.respond(called, invite, 200, "OK", s.b.offer());
  s.b.expect_request("ACK");
  s.b.respond(called, s.b.expect_request("BYE", kRingTime), 200, "OK");
  s.tally.ended("answered");
}

}  // namespace

void add_endings(std::vector<Script>& scripts) {
  scripts.insert(scripts.end(), {{"busy", 3, busy},
                                 {"broken phone", 2, broken_phone},
                                 {"no such number", 2, no_such_number},
                                 {"nobody there", 2, nobody_there},
                                 {"given up", 4, given_up},
                                 {"crossed", 4, crossed},
                                 {"sent on", 2, sent_on},
                                 {"impostor", 2, impostor}});
}

std::vector<Script> slow_scripts() {
  return {{"rings for ever", 1, rings_for_ever},
          {"says nothing", 1, says_nothing},
          {"vanished", 2, vanished},
          {"never acknowledged", 1, never_acknowledged}};
}

}  // namespace tandem::soak
