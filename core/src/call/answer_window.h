// AnswerWindow: when an answer at a remote destination is a person's. A mobile that is switched off is answered by its network's voicemail
// at once, one that nobody hears by the same after a while; a business call must end in neither. A value without a clock; switch thread.
#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "tandem/clock.h"
#include "tandem/remote_destinations.h"

namespace tandem {

class AnswerWindow {
 public:
  AnswerWindow(const RemoteLeg& leg, Instant invited);
  /// 180 or 183; the first one counts.
  void rang(Instant at);
  /// Not a person: answered earlier than anybody can.
  bool too_soon(Instant answered) const;
  /// "answered after 0.6 s, too soon (1.5 s)".
  std::string sentence(Instant answered) const;
  /// So long after the INVITE it is given up; empty: it rings as long as the line.
  std::optional<std::chrono::milliseconds> limit() const;

 private:
  Instant counted_from() const { return first_ringing_.value_or(invited_); }

  const std::chrono::milliseconds too_soon_, too_late_;
  const bool from_invite_;
  const Instant invited_;
  std::optional<Instant> first_ringing_;
};

}  // namespace tandem
