// Calls that are answered: talk, early media, hold, transcoding, connections that break under them.
#include "scripts.h"

namespace tandem::soak {
namespace {

constexpr auto kInvite = "INVITE";

void conversation(Scene& s) {
  auto call = s.converse();
  speak(s.a.audio, s.b.audio, s.time(300, 2500));
  s.roll(0, 1) == 0 ? hang_up(s.a, call.caller, s.b, call.called) : hang_up(s.b, call.called, s.a, call.caller);
  s.tally.ended("answered");
}

void early_media(Scene& s) {
  auto caller = s.dial(s.number_b);
  const auto invite = s.b.expect_request(kInvite);
  s.b.hear_of(invite);
  auto called = s.b.accept(invite);
  s.b.respond(called, invite, 183, "Session Progress", s.b.offer());
  s.a.hear_of(s.a.expect(183, kInvite));
  speak(s.a.audio, s.b.audio, s.time(200, 600));
  s.b.respond(called, invite, 200, "OK", s.b.offer());
  s.a.answered(caller);
  s.b.expect_request("ACK");
  speak(s.a.audio, s.b.audio, s.time(200, 600));
  hang_up(s.a, caller, s.b, called);
  s.tally.ended("answered");
}

void hold(Scene& s) {
  auto call = s.converse();
  unsigned version = 1;
  const auto turn = [&](std::string_view direction) {
    s.a.send(s.a.in_dialog(call.caller, kInvite, make_sdp(s.a.audio.port(), {0, 8}, 101, direction, ++version)));
    s.a.hear_of(s.a.answered(call.caller));
  };
  for (int round = s.roll(1, 2); round > 0; --round) {
    speak(s.a.audio, s.b.audio, s.time(200, 500));
    turn("sendonly");
    s.b.audio.forget();
    talk({&s.b.audio}, s.time(400, 1500));
    if (s.b.audio.packets().empty()) throw std::runtime_error("no music on hold");
    turn("sendrecv");
  }
  speak(s.a.audio, s.b.audio, s.time(200, 500));
  hang_up(s.a, call.caller, s.b, call.called);
  s.tally.ended("answered");
}

void held_to_the_end(Scene& s) {
  auto call = s.converse();
  s.a.send(s.a.in_dialog(call.caller, kInvite, make_sdp(s.a.audio.port(), {0, 8}, 101, "sendonly", 2)));
  s.a.answered(call.caller);
  talk({&s.b.audio}, s.time(200, 700));
  hang_up(s.b, call.called, s.a, call.caller);
  s.tally.ended("answered");
}

void transcoded(Scene& s) {
  s.b.audio.law = Law::a;
  s.b.audio.payload_type = 8;
  auto caller = s.dial(s.number_b, {0});
  const auto invite = s.b.expect_request(kInvite);
  s.b.hear_of(invite);
  auto called = s.b.accept(invite);
  s.b.respond(called, invite, 200, "OK", s.b.offer({8}));
  s.b.expect_request("ACK");
  s.a.hear_of(s.a.answered(caller));
  speak(s.a.audio, s.b.audio, s.time(300, 1500));
  hang_up(s.b, called, s.a, caller);
  s.b.audio.law = Law::mu;
  s.b.audio.payload_type = 0;
  s.tally.ended("answered");
}

// Whatever comes in at the RTP and RTCP ports of a call.
void noise(Scene& s) {
  auto call = s.converse();
  for (int packet = 0; packet < 200; ++packet) {
    std::vector<uint8_t> bytes(static_cast<size_t>(s.roll(0, 400)));
    for (auto& byte : bytes) byte = static_cast<uint8_t>(s.roll(0, 255));
    if (bytes.size() > 1 && s.roll(0, 1) == 0) bytes[0] = 0x80 | (bytes[0] & 0x1f);
    s.a.audio.send_raw(bytes, s.roll(0, 1) == 0);
  }
  speak(s.a.audio, s.b.audio, Milliseconds(300));
  hang_up(s.a, call.caller, s.b, call.called);
  s.tally.ended("answered");
}

// A phone that is reached by a connection loses it in the middle of a call and comes back.
void lost_connection(Scene& s) {
  auto call = s.converse();
  if (s.b.contact().find("tcp") == std::string::npos) {
    hang_up(s.a, call.caller, s.b, call.called);
    s.tally.ended("answered");
    return;
  }
  s.b.disconnect(s.roll(0, 1) == 0);
  speak(s.a.audio, s.b.audio, s.time(200, 400));
  s.b.connect();
  s.b.must_enroll();
  s.a.bye(call.caller);
  s.b.respond(call.called, s.b.expect_request("BYE"), 200, "OK");
  s.tally.ended("answered");
}

}  // namespace

void add_calls(std::vector<Script>& scripts) {
  scripts.insert(scripts.end(), {{"conversation", 8, conversation},
                                 {"early media", 3, early_media},
                                 {"hold", 4, hold},
                                 {"held to the end", 2, held_to_the_end},
                                 {"transcoded", 4, transcoded},
                                 {"noise in the media", 2, noise},
                                 {"lost connection", 2, lost_connection}});
}

}  // namespace tandem::soak
