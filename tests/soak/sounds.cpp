// What the switch itself has to say and hears: echo, prompts, tones, keys, recordings. And the steps that all scripts share.
#include <fmt/format.h>

#include "scripts.h"

namespace tandem::soak {
namespace {

void press(RtpEnd& audio, uint8_t key) {
  audio.send_event(101, key, 160, false);
  audio.send_event(101, key, 800, true);
  talk({&audio}, Milliseconds(60));
  audio.skip(1600);
}

void press_by_info(SipPeer& phone, Dialog& dialog, int key) {
  auto info = phone.in_dialog(dialog, "INFO");
  info.set("Content-Type", "application/dtmf-relay");
  info.body = fmt::format("Signal={}\r\nDuration=160\r\n", key);
  phone.send(info);
  phone.expect(200, "INFO");
}

void echo(Scene& s) {
  auto dialog = s.dial("600");
  s.a.hear_of(s.a.answered(dialog));
  s.a.audio.forget();
  talk({&s.a.audio}, s.time(300, 2000));
  press(s.a.audio, static_cast<uint8_t>(s.roll(0, 15)));
  if (s.a.audio.heard().size() < 800) throw std::runtime_error("no echo");
  s.a.bye(dialog);
  s.tally.ended("answered");
}

// The switch hangs up, unless the caller has had enough before.
void announcement(Scene& s) {
  auto dialog = s.dial(kAnnouncement);
  s.a.hear_of(s.a.expect(183, "INVITE"));
  s.a.hear_of(s.a.answered(dialog));
  s.a.audio.forget();
  if (s.roll(0, 3) == 0) {
    talk({&s.a.audio}, s.time(0, 800));
    s.a.bye(dialog);
    s.tally.ended("answered");
    return;
  }
  if (s.roll(0, 1) == 0) {
    press(s.a.audio, 1);
    press(s.a.audio, 2);
  } else {
    press_by_info(s.a, dialog, 1);
    press_by_info(s.a, dialog, 2);
  }
  talk({&s.a.audio}, Milliseconds(400));
  if (s.a.audio.packets().empty()) throw std::runtime_error("no announcement");
  s.a.respond(dialog, s.a.expect_request("BYE", Milliseconds(8000)), 200, "OK");
  s.tally.ended("answered");
}

void message(Scene& s) {
  auto dialog = s.dial(kMessage);
  s.a.hear_of(s.a.answered(dialog));
  if (s.roll(0, 2) == 0) {
    talk({&s.a.audio}, s.time(200, 800));
    s.a.bye(dialog);
  } else {
    talk({&s.a.audio}, s.time(300, 1800));
    s.a.respond(dialog, s.a.expect_request("BYE", Milliseconds(8000)), 200, "OK");
  }
  s.tally.ended("answered");
}

// Keys from one phone to the other, as events and as INFO.
void keys_through(Scene& s) {
  auto call = s.converse();
  for (int n = s.roll(1, 3); n > 0; --n) press(s.a.audio, static_cast<uint8_t>(s.roll(0, 11)));
  press_by_info(s.a, call.caller, s.roll(0, 9));
  speak(s.a.audio, s.b.audio, Milliseconds(300));
  hang_up(s.a, call.caller, s.b, call.called);
  s.tally.ended("answered");
}

}  // namespace

void add_sounds(std::vector<Script>& scripts) {
  scripts.insert(scripts.end(), {{"echo", 4, echo}, {"announcement", 4, announcement}, {"message", 4, message}, {"keys", 3, keys_through}});
}

std::vector<Script> quick_scripts() {
  std::vector<Script> all;
  add_calls(all);
  add_endings(all);
  add_sounds(all);
  return all;
}

Dialog Scene::dial(const std::string& number, const std::vector<int>& formats) {
  tally.started();
  return a.call(number, a.offer(formats));
}

Conversation Scene::converse() {
  tally.started();
  return test::converse(a, b, number_b);
}

void speak(RtpEnd& one, RtpEnd& two, Milliseconds how_long) {
  one.forget();
  two.forget();
  talk({&one, &two}, how_long);
  talk({&one, &two}, Milliseconds(40));  // what is under way
  const auto least = static_cast<size_t>(how_long.count() / 20 / 4);
  if (one.packets().size() < least || two.packets().size() < least)
    throw std::runtime_error(
        fmt::format("{} and {} packets were heard in {} ms", one.packets().size(), two.packets().size(), how_long.count()));
}

void hang_up(SipPeer& from, Dialog& its, SipPeer& to, const Dialog& others) {
  from.send(from.in_dialog(its, "BYE"));
  to.respond(others, to.expect_request("BYE"), 200, "OK");
  from.expect(200, "BYE");
}

SipMessage refuse(SipPeer& phone, int status, const std::string& reason, const Headers& extra) {
  const auto invite = phone.expect_request("INVITE");
  phone.respond(phone.accept(invite), invite, status, reason, {}, extra);
  phone.expect_request("ACK");
  return invite;
}

void expect_refusal(SipPeer& phone, Dialog& dialog, int status, Milliseconds limit) {
  const auto answer = phone.expect_final("INVITE", limit);
  phone.ack(dialog, answer);
  if (answer.status() != status) throw std::runtime_error(fmt::format("{} where {} was due", answer.start, status));
}

}  // namespace tandem::soak
