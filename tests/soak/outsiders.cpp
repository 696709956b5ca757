#include "outsiders.h"

#include <fmt/format.h>

#include <thread>

#include "scripts.h"

namespace tandem::soak {
namespace {

using Time = std::chrono::steady_clock;

// --- the trunk ---------------------------------------------------------------------------------------------------------------------------

struct Outside {
  Phone& john;
  SipPeer& gateway;
  RtpEnd voice;
  Tally& tally;
};

void to_the_world(Outside& o) {
  o.tally.started();
  auto caller = o.john.call("914085551234", o.john.offer());
  const auto invite = o.gateway.expect_request("INVITE");
  auto called = o.gateway.accept(invite);
  o.voice.remote = Sdp::parse(invite.body).rtp;
  o.gateway.respond(called, invite, 183, "Session Progress", make_sdp(o.voice.port()));
  o.john.expect(183, "INVITE");
  o.gateway.respond(called, invite, 200, "OK", make_sdp(o.voice.port()));
  o.john.hear_of(o.john.answered(caller));
  o.gateway.expect_request("ACK");
  speak(o.john.audio, o.voice, Milliseconds(400));
  hang_up(o.gateway, called, o.john, caller);
  o.tally.ended("answered");
}

void from_the_world(Outside& o) {
  o.tally.started();
  auto caller = o.gateway.invite("+14085551001", make_sdp(o.voice.port()));
  const auto invite = o.john.expect_request("INVITE");
  o.john.hear_of(invite);
  auto called = o.john.accept(invite);
  o.john.respond(called, invite, 200, "OK", o.john.offer());
  o.voice.remote = Sdp::parse(o.gateway.answered(caller).body).rtp;
  o.john.expect_request("ACK");
  speak(o.voice, o.john.audio, Milliseconds(400));
  hang_up(o.john, called, o.gateway, caller);
  o.tally.ended("answered");
}

void refused_here(Outside& o) {
  o.tally.started();
  auto caller = o.gateway.invite("+14085551001", make_sdp(o.voice.port()));
  refuse(o.john, 486, "Busy Here");
  expect_refusal(o.gateway, caller, 486);
  o.tally.ended("busy");
}

void unknown_here(Outside& o) {
  o.tally.started();
  auto caller = o.gateway.invite("+14085559999", make_sdp(o.voice.port()));
  expect_refusal(o.gateway, caller, 404);
  o.tally.ended("failed");
}

// --- the administrator -------------------------------------------------------------------------------------------------------------------

// "module show [NAME]", "dialplan trace FROM TO": the words without their arguments.
std::string words_of(const std::string& usage) {
  const std::string verb = usage.substr(0, usage.find_first_of("[ABCDEFGHIJKLMNOPQRSTUVWXYZ|"));
  return verb.substr(0, verb.find_last_not_of(' ') + 1);
}

std::vector<std::string> harmless_verbs(const TandemProcess& tandem) {
  std::vector<std::string> verbs;
  for (const auto& row : tandem.ask("help")) {
    const std::string usage = row.at("verb").get<std::string>();
    if (usage.starts_with("core stop") || usage.starts_with("core restart") || usage.starts_with("channel")) continue;
    verbs.push_back(words_of(usage));
  }
  for (const char* again : {"core reload", "dialplan reload", "module reload chan_sip", "module reload res_cdr", "module load chan_null",
                            "module unload chan_null", "sip debug on 18003", "sip debug off"})
    verbs.insert(verbs.end(), 2, again);
  return verbs;
}

// --- the vandal --------------------------------------------------------------------------------------------------------------------------

std::string some_message(SipPeer& peer, Dice& dice) {
  static constexpr std::array kMethods{"INVITE", "REGISTER", "OPTIONS", "BYE", "CANCEL", "ACK", "INFO", "SUBSCRIBE", "NONSENSE"};
  auto message = peer.make_request(kMethods.at(dice() % kMethods.size()), peer.uri("18001"));
  if (dice() % 4 == 0) message.start = "SIP/2.0 200 OK";
  if (dice() % 4 == 0) message.body = make_sdp(9, {0, 8, 200});
  if (dice() % 8 == 0) message.set("Content-Length", "99999999");
  if (dice() % 8 == 0) message.add("Via", std::string(dice() % 3000, 'v'));
  if (dice() % 8 == 0) message.remove(message.headers.at(dice() % message.headers.size()).first);
  return message.text();
}

std::string broken(std::string text, Dice& dice) {
  for (auto flips = dice() % 6; flips > 0; --flips) text.at(dice() % text.size()) = static_cast<char>(dice());
  if (dice() % 4 == 0) text.resize(dice() % text.size());
  return text;
}

}  // namespace

void use_trunk(OfficeOfMany& office, Deadline until, Tally& tally) {
  using Step = void (*)(Outside&);
  static constexpr std::array<std::pair<const char*, Step>, 4> kSteps{{{"trunk: out", to_the_world},
                                                                       {"trunk: in", from_the_world},
                                                                       {"trunk: busy here", refused_here},
                                                                       {"trunk: unknown here", unknown_here}}};
  const char* now = "trunk";
  try {
    Phone john(office.tandem(), kJohn, 440);
    john.must_enroll();
    Outside outside{john, office.gateway(), {}, tally};
    outside.voice.tone = 1200;
    for (size_t turn = 0; Time::now() < until; ++turn) {
      office.gateway().pump();
      const auto& [name, step] = kSteps.at(turn % kSteps.size());
      now = name;
      step(outside);
      tally.done(name);
    }
  } catch (const std::exception& problem) {
    tally.done(now, problem.what());
  }
}

void administer(const TandemProcess& tandem, Deadline until, Tally& tally) {
  const auto verbs = harmless_verbs(tandem);
  for (size_t turn = 0; Time::now() < until; ++turn) {
    const std::string& verb = verbs.at(turn * 7 % verbs.size());
    // 1: it wants arguments, or is refused. Anything else is no answer.
    const Finished finished = tandem.console(verb);
    const bool answered = finished.code == 0 || finished.code == 1;
    tally.done("console verbs", answered ? "" : fmt::format("{}: code {}: {}", verb, finished.code, finished.output));
    std::this_thread::sleep_for(Milliseconds(250));
  }
}

void vandalise(const TandemProcess& tandem, Deadline until, unsigned seed, Tally& tally) {
  Dice dice(seed);
  while (Time::now() < until) {
    try {
      SipPeer udp(tandem.sip(), "vandal"), tcp(tandem.listener("sip-tcp"), "vandal", {}, SipPeer::Over::tcp);
      for (int n = 0; n < 20; ++n) {
        udp.send(broken(some_message(udp, dice), dice));
        if (n % 5 == 0) tcp.send(broken(some_message(tcp, dice), dice));
        std::this_thread::sleep_for(Milliseconds(20));
      }
      tcp.disconnect(dice() % 2 == 0);
      tally.done("broken packets");
    } catch (const std::exception& problem) {
      tally.done("broken packets", problem.what());
    }
  }
}

}  // namespace tandem::soak
