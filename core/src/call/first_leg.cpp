#include "call/first_leg.h"

#include <fmt/format.h>

#include <utility>

namespace tandem {

namespace {

// Whoever is called back expects it: a phone that rings for longer is not being looked at.
constexpr std::chrono::milliseconds kLongestRinging(60'000);

Instant now(CallImpl& call) { return call.services().loop.clock().now(); }

}  // namespace

FirstLeg::FirstLeg(CallImpl& call, RemoteLeg how, Task answered)
    : call_(call), how_(std::move(how)), answered_(std::move(answered)), window_(how_, now(call)), too_late_(call.services().loop) {
  call_.watch(this);
  too_late_.start(window_.limit().value_or(kLongestRinging), [this] {
    call_.explain("not called back: nobody answered in time");
    call_.hangup({Cause::no_answer, ""});
  });
}

FirstLeg::~FirstLeg() {
  call_.watch(nullptr);
  if (check_) call_.attend(nullptr);
}

void FirstLeg::leg_ringing(Leg& /*leg*/) { window_.rang(now(call_)); }

void FirstLeg::leg_progress(Leg& /*leg*/) { window_.rang(now(call_)); }

void FirstLeg::leg_redirected(Leg& leg, const Redirection& /*to*/) {
  call_.explain(fmt::format("{} wants the call elsewhere: not followed, it was to be called there", leg.facts().channel));
}

void FirstLeg::leg_answered(Leg& leg) {
  const Instant at = now(call_);
  too_late_.stop();
  if (window_.too_soon(at)) {
    call_.explain(fmt::format("{} dropped: {}", leg.facts().channel, window_.sentence(at)));
    return call_.hangup({Cause::no_answer, "answered too soon"});
  }
  if (auto fits = call_.check_answer(leg); !fits) {
    call_.explain(fmt::format("{} answered in vain: {}", leg.facts().channel, fits.error().message));
    return call_.hangup({cause_of(fits.error().code), fits.error().message});
  }
  if (!how_.control) return accept();
  call_.explain(fmt::format("{} has answered and is asked for a key", leg.facts().channel));
  const CallServices& services = call_.services();
  check_ = std::make_unique<PersonCheck>(services.loop, services.media.sounds(), leg, *how_.control,
                                         [this](PersonCheck::Verdict verdict) { checked(verdict); });
  call_.attend(this);
}

void FirstLeg::hear_digit(char digit) {
  if (check_) check_->hear_digit(digit);
}

void FirstLeg::checked(PersonCheck::Verdict verdict) {
  if (verdict == PersonCheck::Verdict::take) return accept();
  const bool silent = verdict == PersonCheck::Verdict::silent;
  call_.explain(silent ? "dropped: no key was pressed" : "refused by key");
  call_.hangup({silent ? Cause::no_answer : Cause::rejected, ""});
}

void FirstLeg::accept() {
  Task answered = std::move(answered_);
  answered();
}

}  // namespace tandem
