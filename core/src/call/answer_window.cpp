#include "call/answer_window.h"

#include <fmt/format.h>

namespace tandem {

namespace {

double seconds(Duration time) { return std::chrono::duration<double>(time).count(); }

}  // namespace

AnswerWindow::AnswerWindow(const RemoteLeg& leg, Instant invited)
    : too_soon_(leg.too_soon), too_late_(leg.too_late), from_invite_(leg.too_soon_from_invite), invited_(invited) {}

void AnswerWindow::rang(Instant at) {
  if (!from_invite_ && !first_ringing_) first_ringing_ = at;
}

bool AnswerWindow::too_soon(Instant answered) const { return answered - counted_from() < too_soon_; }

std::string AnswerWindow::sentence(Instant answered) const {
  return fmt::format("answered after {:.1f} s, too soon ({:.1f} s)", seconds(answered - counted_from()), seconds(too_soon_));
}

std::optional<std::chrono::milliseconds> AnswerWindow::limit() const {
  return too_late_.count() > 0 ? std::optional(too_late_) : std::nullopt;
}

}  // namespace tandem
