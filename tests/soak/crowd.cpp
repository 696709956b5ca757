#include "crowd.h"

#include <fmt/format.h>

#include <numeric>
#include <thread>

#include "outsiders.h"
#include "scripts.h"

namespace tandem::soak {
namespace {

using Time = std::chrono::steady_clock;

SipPeer::Over by(Dice& dice) { return dice() % 3 == 0 ? SipPeer::Over::tcp : SipPeer::Over::udp; }

const Script& draw(const std::vector<Script>& scripts, Dice& dice) {
  const unsigned all = std::accumulate(scripts.begin(), scripts.end(), 0U, [](unsigned sum, const Script& s) { return sum + s.weight; });
  unsigned left = static_cast<unsigned>(dice() % all);
  for (const auto& script : scripts) {
    if (left < script.weight) return script;
    left -= script.weight;
  }
  return scripts.back();
}

/// Two phones sign on, do some things to each other, and sign off. The first mishap ends the shift.
void shift(const TandemProcess& tandem, unsigned first, const std::vector<Script>& scripts, Time::time_point until, Dice& dice,
           Tally& tally) {
  const Script* now = nullptr;
  try {
    Phone a(tandem, device_name(first), 440, by(dice)), b(tandem, device_name(first + 1), 880, by(dice));
    for (Phone* phone : {&a, &b}) {
      if (phone->enroll(0, "*").status() != 200) throw std::runtime_error("the phone cannot sign off");
      phone->must_enroll();
    }
    Scene scene{tandem, a, b, extension_of(first + 1), dice, tally};
    for (int turn = 0; turn < 8 && Time::now() < until; ++turn) {
      now = &draw(scripts, dice);
      now->play(scene);
      tally.done(now->name);
    }
    now = nullptr;
    for (Phone* phone : {&a, &b}) {
      if (phone->enroll(0).status() != 200) throw std::runtime_error("the phone cannot sign off");
    }
    tally.done("registrations");
  } catch (const std::exception& problem) {
    tally.done(now != nullptr ? now->name : "registrations", problem.what());
  }
}

}  // namespace

void let_loose(OfficeOfMany& office, std::chrono::seconds how_long, unsigned seed, Tally& tally) {
  const auto until = Time::now() + how_long;
  const TandemProcess& tandem = office.tandem();
  std::vector<std::thread> crowd;
  for (unsigned pair = 0; pair < kPairs + kSleepers; ++pair) {
    crowd.emplace_back([&, pair] {
      Dice dice(seed + pair);
      const auto scripts = pair < kPairs ? quick_scripts() : slow_scripts();
      while (Time::now() < until) shift(tandem, 2 * pair, scripts, until, dice, tally);
    });
  }
  crowd.emplace_back([&] { use_trunk(office, until, tally); });
  crowd.emplace_back([&] { administer(tandem, until, tally); });
  crowd.emplace_back([&] { vandalise(tandem, until, seed, tally); });
  for (auto& one : crowd) one.join();
}

void send_home(const TandemProcess& tandem) {
  const auto sign_off = [&](const std::string& device) { Phone(tandem, device).enroll(0, "*"); };
  for (unsigned n = 0; n < kPhones; ++n) sign_off(device_name(n));
  sign_off(kJohn);
}

}  // namespace tandem::soak
