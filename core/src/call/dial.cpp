#include "call/dial.h"

#include <fmt/compile.h>
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

void keep_worse(std::optional<Ending>& worst, const Ending& why) {
  if (!worst || outcome_of(why.cause).weight > outcome_of(worst->cause).weight) worst = why;
}

}  // namespace

std::unique_ptr<Operation> Dial::start(CallImpl& call, const Value& args, VerbDone done) {
  auto request = parse_dial(args);
  if (!request) {
    done(request.error());
    return nullptr;
  }
  std::unique_ptr<Dial> dial(new Dial(call, std::move(*request), std::move(done)));
  for (const auto& target : dial->request_.targets) dial->plan(target, {});
  dial->start_from(0);
  if (!dial->hopeless()) {
    dial->begun_ = true;
    dial->timeout_.start(dial->request_.timeout, [d = dial.get()] { d->timed_out(); });
    return dial;
  }
  VerbDone report = std::move(dial->done_);
  const std::string word(dial->outcome());
  if (const auto why = dial->worst()) call.set_failure(*why);
  dial.reset();
  report(Value(word));
  return nullptr;
}

bool Dial::in_group() const {
  return request_.group ||
         std::count_if(request_.targets.begin(), request_.targets.end(), [](const auto& t) { return t.scheme == "user"; }) > 1;
}

Dial::Dial(CallImpl& call, DialRequest request, VerbDone done)
    : call_(call), request_(std::move(request)), done_(std::move(done)), timeout_(call.services().loop) {
  call_.watch(this);
}

Dial::~Dial() {
  call_.watch(nullptr);
  if (winner_ == nullptr) call_.stop_ringback(false);
  cancel_all({}, nullptr);
  if (winner_ != nullptr) call_.drop(*winner_, {});
}

// What rings at once does so here; the last of them may find that nothing is left to hope for.
void Dial::start_from(size_t first) {
  for (size_t i = first; i < entries_.size(); ++i) {
    Entry& entry = entries_[i];
    if (entry.started) continue;
    if (entry.target.delay.count() == 0) {
      ring(entry);
    } else {
      entry.timer = std::make_unique<Timer>(call_.services().loop);
      entry.timer->start(entry.target.delay, [this, &entry] {
        ring(entry);
        settle();
      });
    }
  }
  for (size_t i = 0; i < lines_.size(); ++i) {  // one that goes elsewhere at once adds others
    if (!std::exchange(lines_[i]->started, true)) start_line(*lines_[i]);
  }
}

void Dial::plan(const DialTarget& target, const std::vector<std::string>& trail) {
  if (target.scheme == "user") return plan_user(target, trail);
  if (std::find(trail.begin(), trail.end(), target.endpoint) != trail.end() && target.number.empty()) {
    return call_.explain(fmt::format("{}: sent the call on itself, not rung again", target.text));
  }
  entries_.push_back({target, target.scheme, trail});
}

void Dial::plan_user(const DialTarget& target, const std::vector<std::string>& trail) {
  if (std::find(trail.begin(), trail.end(), target.text) != trail.end())
    return call_.explain(fmt::format("{}: sent the call on itself, not rung again", target.text));
  auto settings = settings_of(target);
  if (settings && goes_elsewhere(target, trail, *settings)) return;
  const auto devices = call_.services().directory.devices_of(target.endpoint);
  Line* const line = plan_line(target, trail, std::move(settings));
  if (devices.empty()) {
    call_.explain(fmt::format("{}: at no device", target.text));
    return failed({Cause::out_of_order, ""});
  }
  for (const auto& device : devices) {
    // Whoever dials their own extension wants their other phones.
    if (call_.device() && call_.device()->name == device) continue;
    if (std::find(trail.begin(), trail.end(), device) != trail.end()) continue;  // it has sent the call on itself
    if (add_phone(target, trail, device, line)) continue;
    const Ending busy{Cause::busy, "Do not disturb"};
    failed(busy);
    if (line != nullptr) keep_worse(line->answer, busy);
  }
}

/// False: whoever is at it does not want to be disturbed there.
bool Dial::add_phone(const DialTarget& target, const std::vector<std::string>& trail, const std::string& device, Line* line) {
  DialTarget at = target;
  at.endpoint = device;
  if (LineBook* const lines = call_.services().registry.lines(); lines != nullptr && !request_.emergency) {
    const auto phone = call_.services().directory.device(device);
    const DoNotDisturb dnd = phone ? lines->dnd_at(*phone) : DoNotDisturb::off;
    if (dnd != DoNotDisturb::off) call_.explain(fmt::format("{} at {}: do not disturb ({})", target.text, device, to_string(dnd)));
    if (dnd == DoNotDisturb::reject) return false;
    at.silent = dnd == DoNotDisturb::silent;
  }
  entries_.push_back({std::move(at), "sip", trail, line});
  return true;
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
    entry_failed(entry, {cause_of(addresses.error().code), addresses.error().message});
  } else {
    for (const auto& address : *addresses) {
      auto leg = call_.originate(*driver, target, address, request_);
      if (!leg) {
        call_.explain(fmt::format("{} not rung: {}", target.text, leg.error().message));
        entry_failed(entry, {cause_of(leg.error().code), leg.error().message});
        continue;
      }
      call_.explain(
          fmt::format(FMT_COMPILE("ring {} at {} {}"), target.text, target.endpoint, target.number.empty() ? address : target.number));
      ringing_.push_back({*leg, &entry});
      if (!entry.remote) continue;
      remote_called(entry, **leg);
      break;  // a second address of a trunk would call the same mobile twice
    }
  }
  if (entry.line != nullptr && !entry.remote && !has_phones(*entry.line)) phones_are_gone(*entry.line);
}

void Dial::settle() {
  if (begun_ && done_ && hopeless()) finish(outcome());
}

void Dial::failed(const Ending& why) { keep_worse(worst_, why); }

void Dial::entry_failed(const Entry& entry, const Ending& why) {
  if (entry.remote) return keep_worse(worst_remote_, why);
  failed(why);
  if (entry.line != nullptr) keep_worse(entry.line->answer, why);
}

void Dial::timed_out() {
  call_.explain(fmt::format("nobody answered within {} s", static_cast<double>(request_.timeout.count()) / 1000));
  failed({Cause::no_answer, ""});
  if (!checking()) return unanswered_goes_on() ? void() : finish(outcome());
  // Somebody has just picked up their mobile and is being asked: they may still say yes, as long as their window lasts.
  std::vector<Leg*> others;
  for (const auto& [leg, entry, redirected] : ringing_) {
    if (!entry->remote || !entry->remote->check) others.push_back(leg);
  }
  stop_waiting();
  std::erase_if(ringing_, [](const Ringing& r) { return !r.entry->remote || !r.entry->remote->check; });
  for (Leg* leg : others) call_.drop(*leg, {Cause::no_answer, ""});
}

bool Dial::hopeless() const {
  if (!ringing_.empty() || winner_ != nullptr) return false;
  if (!std::all_of(entries_.begin(), entries_.end(), [](const Entry& e) { return e.started; })) return false;
  return std::all_of(lines_.begin(), lines_.end(), [](const auto& line) {
    return std::all_of(line->waiting.begin(), line->waiting.end(), [](const Waiting& one) { return one.due; });
  });
}

/// A phone that could not be reached says less about the person than what their mobile says.
std::optional<Ending> Dial::worst() const {
  constexpr int kNobodySaidAnything = 2;
  const bool silent = !worst_ || outcome_of(worst_->cause).weight <= kNobodySaidAnything;
  return silent && worst_remote_ ? worst_remote_ : worst_;
}

std::string_view Dial::outcome() const {
  const auto why = worst();
  return why ? outcome_of(why->cause).word : "unavailable";
}

void Dial::stop_waiting() {
  for (auto& entry : entries_) {
    entry.started = true;
    if (entry.timer) entry.timer->stop();
  }
  for (const auto& line : lines_) {
    line->started = line->ringing = true;
    line->grace.stop();
    for (auto& one : line->waiting) {
      one.due = true;
      one.timer.reset();
    }
  }
}

void Dial::cancel_all(const Ending& ending, const Leg* except) {
  stop_waiting();
  const auto legs = std::exchange(ringing_, {});
  for (const auto& [leg, entry, redirected] : legs) {
    if (entry->remote) forget_remote(*entry->remote);
    if (leg != except) call_.drop(*leg, ending);
  }
}

// The script that hears the outcome destroys this Dial, so nothing of it may be touched afterwards.
void Dial::finish(std::string_view outcome) {
  timeout_.stop();
  call_.stop_ringback(false);
  cancel_all({Cause::no_answer, ""}, nullptr);
  if (const auto why = worst()) call_.set_failure(*why);
  VerbDone report = std::move(done_);
  report(Value(std::string(outcome)));
}

void Dial::leg_ringing(Leg& leg) {
  if (winner_ != nullptr) return;
  if (const auto it = find(leg); it != ringing_.end()) rings(*it->entry);
  call_.show_party(leg);
  call_.show_ringing();
}

std::vector<Dial::Ringing>::iterator Dial::find(const Leg& leg) {
  return std::find_if(ringing_.begin(), ringing_.end(), [&](const Ringing& r) { return r.leg == &leg; });
}

// A called phone wants the call elsewhere: that is dialled as that phone would dial it, with its rights and by its rules.
void Dial::leg_redirected(Leg& leg, const Redirection& to) {
  const auto from = find(leg);
  if (winner_ != nullptr || from == ringing_.end()) return;
  call_.explain(
      fmt::format("{} at {} wants the call at {} ({})", leg.facts().channel, leg.endpoint(), fmt::join(to.numbers, ", "), to.reason));
  const auto device = call_.services().directory.device(leg.endpoint());
  if (device == nullptr) return call_.explain(fmt::format("not followed: {} is no phone of ours", leg.endpoint()));
  const Entry& entry = *from->entry;
  const size_t before = entries_.size();
  for (const auto& number : to.numbers) {
    if (follow(entry, *device, to, number)) break;
  }
  if (entries_.size() == before) return;
  from->redirected = true;
  if (entry.line != nullptr) entry.line->sent_on = true;
  start_from(before);
}

void Dial::leg_progress(Leg& leg) {
  if (winner_ != nullptr) return;
  const auto it = find(leg);
  if (it == ringing_.end()) return;
  // What a network has to say about a mobile is not for the caller, who is calling the office.
  if (it->entry->remote) return leg_ringing(leg);
  rings(*it->entry);
  call_.show_party(leg);
  call_.show_progress(leg);
}

void Dial::leg_answered(Leg& leg) {
  const auto it = find(leg);
  if (winner_ != nullptr || it == ringing_.end()) {
    return call_.drop(leg, {Cause::answered_elsewhere, ""});
  }
  if (it->entry->remote && judge(it)) return settle();
  win(leg);
}

void Dial::win(Leg& leg) {
  timeout_.stop();
  cancel_all({Cause::answered_elsewhere, "Call completed elsewhere"}, &leg);
  if (auto joined = call_.connect(leg); !joined) {
    call_.explain(fmt::format("{} answered in vain: {}", leg.facts().channel, joined.error().message));
    failed({cause_of(joined.error().code), joined.error().message});
    call_.drop(leg, {cause_of(joined.error().code), joined.error().message});
    return finish(outcome());
  }
  winner_ = &leg;
  call_.explain(fmt::format(FMT_COMPILE("{} answered at {}"), leg.facts().channel, leg.endpoint()));
}

void Dial::leg_ended(Leg& leg, const Ending& ending) {
  if (&leg == winner_) {
    winner_ = nullptr;
    return call_.ending() ? void() : finish("answered");
  }
  const auto it = find(leg);
  if (it == ringing_.end()) return;
  const bool redirected = it->redirected;
  Entry& entry = *it->entry;
  ringing_.erase(it);
  if (entry.remote) forget_remote(*entry.remote);
  if (call_.ending()) return;  // a call that ends drops the script: nobody wants an outcome
  if (!redirected) {
    call_.explain(fmt::format("{} did not answer: {}{}{}", leg.facts().channel, to_string(ending.cause), ending.text.empty() ? "" : ", ",
                              ending.text));
    entry_failed(entry, ending);
    if (entry.remote && declined_everywhere(ending)) return;
  }
  if (entry.line != nullptr && !entry.remote && !has_phones(*entry.line)) phones_are_gone(*entry.line);
  settle();
}

// Nothing is over yet: the call that lost a leg ends by itself, or goes on with another one in its place.
void Dial::leg_left(Leg& leg) {
  if (winner_ == &leg) winner_ = nullptr;
  if (const auto it = find(leg); it != ringing_.end()) {
    if (it->entry->remote) forget_remote(*it->entry->remote);
    ringing_.erase(it);
  }
}

void Dial::leg_replaced(Leg& leg, Leg& now) {
  if (winner_ == &leg) winner_ = &now;
}

}  // namespace tandem
