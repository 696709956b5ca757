// Scripts: what two phones can do to each other and to the switch. Each throws with the story when the switch did something else, and
// leaves both phones as it found them: registered, without a dialog.
#pragma once

#include <random>
#include <vector>

#include "office_of_many.h"
#include "tally.h"

namespace tandem::soak {

using Dice = std::mt19937;

/// Two phones at hand, both registered.
struct Scene {
  const TandemProcess& tandem;
  Phone& a;
  Phone& b;
  std::string number_b;
  Dice& dice;
  Tally& tally;

  /// Uniform in [from, to].
  int roll(int from, int to) { return std::uniform_int_distribution(from, to)(dice); }
  Milliseconds time(int from, int to) { return Milliseconds(roll(from, to)); }
  /// `a` dials, and the tally knows of it.
  Dialog dial(const std::string& number, const std::vector<int>& formats = {0, 8});
  /// `a` calls `b`, who rings and answers.
  Conversation converse();
};

struct Script {
  const char* name;
  unsigned weight;  ///< how often, beside the others
  void (*play)(Scene&);
};

/// Calls that are answered; how calls end otherwise; sounds and keys. Each takes some seconds at most.
std::vector<Script> quick_scripts();
/// Those in which somebody falls silent: half a minute each.
std::vector<Script> slow_scripts();

void add_calls(std::vector<Script>& scripts);
void add_endings(std::vector<Script>& scripts);
void add_sounds(std::vector<Script>& scripts);

/// Both speak for a while, and both hear something.
void speak(RtpEnd& one, RtpEnd& two, Milliseconds how_long);
/// `from` hangs up, `to` says yes.
void hang_up(SipPeer& from, Dialog& its, SipPeer& to, const Dialog& others);
/// The INVITE as it reaches `phone`, and its final answer, acknowledged by the switch.
SipMessage refuse(SipPeer& phone, int status, const std::string& reason, const Headers& extra = {});
/// `phone`'s INVITE gets this final answer.
void expect_refusal(SipPeer& phone, Dialog& dialog, int status, Milliseconds limit = kPatience);

}  // namespace tandem::soak
