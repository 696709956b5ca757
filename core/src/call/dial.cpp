#include "call/dial.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <utility>

#include "call/switch.h"

namespace tandem {

namespace {

struct Outcome {
  Cause cause;
  std::string_view word;
  int weight;  ///< of several failures the heaviest is what the script hears: a busy person says more than an unregistered phone
};

constexpr std::array<Outcome, 11> kOutcomes{{
    {Cause::busy, "busy", 9},
    {Cause::rejected, "rejected", 8},
    {Cause::forbidden, "rejected", 7},
    {Cause::no_answer, "no-answer", 6},
    {Cause::unallocated, "invalid-number", 5},
    {Cause::invalid_number, "invalid-number", 5},
    {Cause::incompatible, "congestion", 4},
    {Cause::congestion, "congestion", 4},
    {Cause::temporary_failure, "congestion", 3},
    {Cause::no_response, "unavailable", 2},
    {Cause::out_of_order, "unavailable", 2},
}};

const Outcome& outcome_of(Cause cause) {
  static constexpr Outcome kOther{Cause::none, "unavailable", 1};
  const auto it = std::find_if(kOutcomes.begin(), kOutcomes.end(), [&](const Outcome& o) { return o.cause == cause; });
  return it == kOutcomes.end() ? kOther : *it;
}

}  // namespace

std::unique_ptr<Operation> Dial::start(CallImpl& call, const Value& args, VerbDone done) {
  auto request = parse_dial(args);
  if (!request) {
    done(request.error());
    return nullptr;
  }
  std::unique_ptr<Dial> dial(new Dial(call, std::move(*request), std::move(done)));
  for (const auto& target : dial->request_.targets) dial->plan(target);
  for (auto& entry : dial->entries_) {
    if (entry.target.delay.count() == 0) {
      dial->ring(entry);
    } else {
      entry.timer = std::make_unique<Timer>(call.services().loop);
      entry.timer->start(entry.target.delay, [d = dial.get(), &entry] { d->ring(entry); });
    }
  }
  if (!dial->hopeless()) {
    dial->timeout_.start(dial->request_.timeout, [d = dial.get()] {
      d->call_.explain(fmt::format("nobody answered within {} s", d->request_.timeout.count() / 1000.0));
      d->failed({Cause::no_answer, ""});
      d->finish(d->outcome());
    });
    return dial;
  }
  VerbDone report = std::move(dial->done_);
  const std::string word(dial->outcome());
  if (dial->worst_) call.set_failure(*dial->worst_);
  dial.reset();
  report(Value(word));
  return nullptr;
}

Dial::Dial(CallImpl& call, DialRequest request, VerbDone done)
    : call_(call), request_(std::move(request)), done_(std::move(done)), timeout_(call.services().loop) {
  call_.watch(this);
}

Dial::~Dial() {
  call_.watch(nullptr);
  cancel_all({}, nullptr);
  if (winner_ != nullptr) call_.drop(*winner_, {});
}

void Dial::plan(const DialTarget& target) {
  if (target.scheme == "user") return plan_user(target);
  entries_.push_back({target, target.scheme});
}

void Dial::plan_user(const DialTarget& target) {
  const auto devices = call_.services().directory.devices_of(target.endpoint);
  if (devices.empty()) {
    call_.explain(fmt::format("{}: at no device", target.text));
    return failed({Cause::out_of_order, ""});
  }
  for (const auto& device : devices) {
    // Whoever dials their own extension wants their other phones.
    if (call_.device() && call_.device()->name == device) continue;
    DialTarget at = target;
    at.endpoint = device;
    entries_.push_back({std::move(at), "sip"});
  }
}

void Dial::ring(Entry& entry) {
  entry.started = true;
  if (entry.timer) entry.timer->stop();
  const DialTarget& target = entry.target;
  Driver* driver = call_.services().registry.driver(entry.driver);
  auto addresses = driver != nullptr ? driver->expand(target.endpoint)
                                     : Error{ErrorCode::unavailable, fmt::format("no driver \"{}\" is loaded", entry.driver)};
  if (!addresses && driver != nullptr && request_.emergency && addresses.error().code == ErrorCode::unavailable)
    addresses = std::vector<std::string>{""};
  if (!addresses) {
    call_.explain(fmt::format("{} not rung: {}", target.text, addresses.error().message));
    failed({cause_of(addresses.error().code), addresses.error().message});
  } else {
    for (const auto& address : *addresses) {
      auto leg = call_.originate(*driver, target, address, request_);
      if (!leg) {
        call_.explain(fmt::format("{} not rung: {}", target.text, leg.error().message));
        failed({cause_of(leg.error().code), leg.error().message});
        continue;
      }
      call_.explain(fmt::format("ring {} at {} {}", target.text, target.endpoint, target.number.empty() ? address : target.number));
      ringing_.push_back(*leg);
    }
  }
  if (timeout_.running() && hopeless()) finish(outcome());
}

void Dial::failed(const Ending& why) {
  if (!worst_ || outcome_of(why.cause).weight > outcome_of(worst_->cause).weight) worst_ = why;
}

bool Dial::hopeless() const {
  return ringing_.empty() && winner_ == nullptr && std::all_of(entries_.begin(), entries_.end(), [](const Entry& e) { return e.started; });
}

std::string_view Dial::outcome() const { return worst_ ? outcome_of(worst_->cause).word : "unavailable"; }

void Dial::cancel_all(const Ending& ending, const Leg* except) {
  for (auto& entry : entries_) {
    entry.started = true;
    if (entry.timer) entry.timer->stop();
  }
  const auto legs = std::exchange(ringing_, {});
  for (Leg* leg : legs) {
    if (leg != except) call_.drop(*leg, ending);
  }
}

// The script that hears the outcome destroys this Dial, so nothing of it may be touched afterwards.
void Dial::finish(std::string_view outcome) {
  timeout_.stop();
  cancel_all({Cause::no_answer, ""}, nullptr);
  if (worst_) call_.set_failure(*worst_);
  VerbDone report = std::move(done_);
  report(Value(std::string(outcome)));
}

void Dial::leg_ringing(Leg& /*leg*/) {
  if (winner_ == nullptr) call_.show_ringing();
}

void Dial::leg_redirected(Leg& leg, const Redirection& to) {
  call_.explain(fmt::format("{} wants the call at {} ({})", leg.facts().channel, fmt::join(to.numbers, ", "), to.reason));
}

void Dial::leg_progress(Leg& leg) {
  if (winner_ == nullptr) call_.show_progress(leg);
}

void Dial::leg_answered(Leg& leg) {
  if (winner_ != nullptr || std::find(ringing_.begin(), ringing_.end(), &leg) == ringing_.end()) {
    return call_.drop(leg, {Cause::answered_elsewhere, ""});
  }
  timeout_.stop();
  cancel_all({Cause::answered_elsewhere, "Call completed elsewhere"}, &leg);
  if (auto joined = call_.connect(leg); !joined) {
    call_.explain(fmt::format("{} answered in vain: {}", leg.facts().channel, joined.error().message));
    failed({cause_of(joined.error().code), joined.error().message});
    call_.drop(leg, {cause_of(joined.error().code), joined.error().message});
    return finish(outcome());
  }
  winner_ = &leg;
  call_.explain(fmt::format("{} answered at {}", leg.facts().channel, leg.endpoint()));
}

void Dial::leg_ended(Leg& leg, const Ending& ending) {
  if (&leg == winner_) {
    winner_ = nullptr;
    return call_.ending() ? void() : finish("answered");
  }
  if (std::erase(ringing_, &leg) == 0 || call_.ending()) return;  // a call that ends drops the script: nobody wants an outcome
  call_.explain(
      fmt::format("{} did not answer: {}{}{}", leg.facts().channel, to_string(ending.cause), ending.text.empty() ? "" : ", ", ending.text));
  failed(ending);
  if (hopeless()) finish(outcome());
}

}  // namespace tandem
