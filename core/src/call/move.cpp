#include "call/move.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "call/switch.h"

namespace tandem {

namespace {
// How often, and how long, an answer waits for a change of media that is under way.
constexpr std::chrono::milliseconds kRetry(20);
constexpr std::chrono::milliseconds kLongestWait(2000);
}  // namespace

Result<std::unique_ptr<Move>> Move::start(CallImpl& call, Leg& out, MoveRequest request) {
  std::unique_ptr<Move> move(new Move(call, out, std::move(request)));
  std::optional<Error> why;
  for (const auto& one : move->request_.legs) {
    if (auto rung = move->ring(one); !rung) {
      call.explain(fmt::format("{} not rung: {}", one.target.text, rung.error().message));
      why = rung.error();
    }
  }
  if (move->ringing_.empty()) return why.value_or(Error{ErrorCode::not_found, "there is nowhere to go"});
  move->timeout_.start(move->request_.ring, [m = move.get()] {
    m->drop_all({Cause::no_answer, ""}, nullptr);
    m->fail_if_hopeless("nobody answered");
  });
  return move;
}

Move::Move(CallImpl& call, Leg& out, MoveRequest request)
    : call_(call), out_(&out), request_(std::move(request)), timeout_(call.services().loop), retry_(call.services().loop) {}

Move::~Move() { drop_all({Cause::normal, "not needed any more"}, nullptr); }

bool Move::rings(const Leg& leg) const {
  return std::any_of(ringing_.begin(), ringing_.end(), [&](const Ringing& r) { return r.leg == &leg; });
}

std::string Move::whom() const {
  std::string names;
  for (const auto& ringing : ringing_) {
    if (ringing.leg == nullptr || names.find(ringing.name) != std::string::npos) continue;
    names += names.empty() ? ringing.name : ", " + ringing.name;
  }
  return names;
}

Result<void> Move::ring(const MoveLeg& one) {
  const DialTarget& target = one.target;
  Driver* const driver = call_.services().registry.driver(target.scheme);
  if (driver == nullptr) return Error{ErrorCode::unavailable, fmt::format("no driver \"{}\" is loaded", target.scheme)};
  auto addresses = driver->expand(target.endpoint);
  if (!addresses) return addresses.error();
  std::optional<Error> why = Error{ErrorCode::unavailable, "not registered"};
  bool rung = false;
  for (const auto& address : *addresses) {
    auto leg = call_.originate(*driver, target, address, DialRequest(), out_);
    if (!leg) {
      why = leg.error();
      continue;
    }
    ringing_.emplace_back(*leg, target.destination.empty() ? target.endpoint : target.destination, call_.services().loop);
    watch_window(ringing_.back(), one);
    call_.explain(fmt::format("{}: ring {} at {} {}", request_.how, ringing_.back().name, target.endpoint,
                              target.number.empty() ? address : target.number));
    rung = true;
  }
  return rung ? Result<void>() : Result<void>(*why);
}

void Move::watch_window(Ringing& ringing, const MoveLeg& one) {
  if (one.target.destination.empty()) return;
  ringing.window.emplace(one.window, call_.services().loop.clock().now());
  if (const auto limit = ringing.window->limit()) {
    ringing.late.start(*limit, [this, leg = ringing.leg] {
      refuse(*leg, fmt::format("{} is given up: not answered in time", leg->facts().channel), Cause::no_answer);
    });
  }
}

void Move::alerts(Leg& leg) {
  for (auto& ringing : ringing_) {
    if (ringing.leg == &leg && ringing.window) ringing.window->rang(call_.services().loop.clock().now());
  }
}

void Move::leg_answered(Leg& leg) {
  const auto it = std::find_if(ringing_.begin(), ringing_.end(), [&](const Ringing& r) { return r.leg == &leg; });
  if (it == ringing_.end() || answered_ != nullptr) return call_.drop(leg, {Cause::answered_elsewhere, ""});
  it->late.stop();
  const Instant now = call_.services().loop.clock().now();
  if (it->window && it->window->too_soon(now))
    return refuse(leg, fmt::format("{} dropped: {}", leg.facts().channel, it->window->sentence(now)), Cause::normal);
  if (auto fits = call_.check_answer(leg); !fits)
    return refuse(leg, fmt::format("{} answered in vain: {}", leg.facts().channel, fits.error().message), cause_of(fits.error().code));
  timeout_.stop();
  answered_ = &leg;
  answered_at_ = now;
  drop_all({Cause::answered_elsewhere, "Call completed elsewhere"}, &leg);
  settle();
}

// The far end may be in the middle of a change of its own; the new leg waits for that, it is not long.
void Move::settle() {
  Leg& leg = *answered_;
  auto moved = call_.settle_move(*out_, leg, request_.how);
  if (moved) return forget(leg);  // it is no longer ours to drop; we are on our way out
  const bool patient = call_.services().loop.clock().now() - answered_at_ < kLongestWait;
  if (moved.error().code == ErrorCode::busy && patient) return retry_.start(kRetry, [this] { settle(); });
  answered_ = nullptr;
  refuse(leg, fmt::format("{} answered in vain: {}", leg.facts().channel, moved.error().message), cause_of(moved.error().code));
}

void Move::refuse(Leg& leg, const std::string& why, Cause cause) {
  call_.explain(why);
  forget(leg);
  call_.drop(leg, {cause, ""});
  fail_if_hopeless(why);
}

void Move::forget(const Leg& leg) {
  if (answered_ == &leg) {
    answered_ = nullptr;
    retry_.stop();
  }
  for (auto& ringing : ringing_) {
    if (ringing.leg != &leg) continue;
    ringing.leg = nullptr;
    ringing.late.stop();
  }
}

void Move::leg_ended(Leg& leg, const Ending& ending) {
  if (!rings(leg)) return;
  forget(leg);
  const std::string why =
      fmt::format("{} did not answer: {}{}{}", leg.facts().channel, to_string(ending.cause), ending.text.empty() ? "" : ", ", ending.text);
  if (!call_.ending()) call_.explain(why);
  fail_if_hopeless(why);
}

void Move::fail_if_hopeless(const std::string& why) {
  const bool hopeless = std::all_of(ringing_.begin(), ringing_.end(), [](const Ringing& r) { return r.leg == nullptr; });
  if (hopeless) call_.move_failed(*this, why);
}

void Move::drop_all(const Ending& ending, const Leg* except) {
  timeout_.stop();
  if (except == nullptr) retry_.stop();
  for (auto& ringing : ringing_) {
    ringing.late.stop();
    if (ringing.leg == nullptr || ringing.leg == except) continue;
    Leg& leg = *std::exchange(ringing.leg, nullptr);
    call_.drop(leg, ending);
  }
}

}  // namespace tandem
