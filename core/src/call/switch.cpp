#include "call/switch.h"

#include <fmt/format.h>

#include <algorithm>

#include "call/core_verbs.h"
#include "call/line_verbs.h"
#include "tandem/log.h"

namespace tandem {

namespace {
constexpr Log kLog("call");

// Call ids never come twice, also not after a restart or a kill -9: they go on from the clock, eight to the millisecond, which is more than
// any process can use up.
uint64_t first_call_number(const Clock& clock) {
  constexpr auto kBegin = std::chrono::sys_days(std::chrono::year(2026) / 1 / 1);
  const auto age = std::chrono::duration_cast<std::chrono::milliseconds>(clock.wall() - kBegin).count();
  return static_cast<uint64_t>(std::max<int64_t>(age, 0)) * 8 + 1;
}
}  // namespace

Switch::Switch(Loop& loop, Events& events, Directory& directory, MediaEngine& media, VerbTable& verbs)
    : services_{*this, loop, events, directory, media},
      first_call_(first_call_number(loop.clock())),
      next_call_(first_call_),
      core_verbs_(register_core_verbs(verbs, loop, {&directory, [this] { return remote_destinations(); }})) {
  for (auto& verb : register_line_verbs(verbs, *this)) core_verbs_.push_back(std::move(verb));
}

Switch::~Switch() = default;

Result<Registration> Switch::add_driver(Driver& driver) {
  const std::string name(driver.name());
  if (drivers_.contains(name)) return Error{ErrorCode::exists, fmt::format("there is a driver \"{}\" already", name)};
  drivers_.emplace(name, &driver);
  return Registration([this, name] {
    // A driver that goes away with legs would leave calls that nobody can end. It is told while it is still there; what it would report
    // later is said here.
    const Ending gone{Cause::out_of_order, "driver unloaded"};
    drivers_.erase(name);
    std::vector<std::pair<std::shared_ptr<CallImpl>, Leg*>> orphans;
    for (const auto& [id, place] : places_) {
      if (place.leg->driver() == name) orphans.emplace_back(place.call->shared_from_this(), place.leg);
    }
    for (const auto& [call, leg] : orphans) {
      if (leg->outgoing()) {
        call->drop(*leg, gone);
      } else {
        call->hangup(gone);
      }
    }
    for (const auto& [call, leg] : orphans) ended(leg->id(), gone);
  });
}

Driver* Switch::driver(std::string_view name) const {
  const auto it = drivers_.find(name);
  return it == drivers_.end() ? nullptr : it->second;
}

size_t Switch::legs_of(std::string_view driver) const {
  return static_cast<size_t>(
      std::count_if(places_.begin(), places_.end(), [&](const auto& p) { return p.second.leg->driver() == driver; }));
}

std::vector<std::string> Switch::endpoints_in_calls() const {
  std::vector<std::string> names;
  names.reserve(places_.size());
  for (const auto& [channel, place] : places_) names.push_back(place.leg->endpoint());
  std::sort(names.begin(), names.end());
  names.erase(std::unique(names.begin(), names.end()), names.end());
  return names;
}

std::vector<const CallImpl*> Switch::all() const {
  std::vector<const CallImpl*> calls;
  calls.reserve(calls_.size());
  for (const auto& [number, call] : calls_) calls.push_back(call.get());
  std::sort(calls.begin(), calls.end(), [](const auto* a, const auto* b) { return a->number() < b->number(); });
  return calls;
}

void Switch::hangup_all(const Ending& ending) {
  std::vector<std::shared_ptr<CallImpl>> calls;
  for (const auto& [number, call] : calls_) calls.push_back(call);
  for (const auto& call : calls) call->hangup(ending);
}

bool Switch::is_emergency(std::string_view digits) const {
  return std::find(settings_.emergency_numbers.begin(), settings_.emergency_numbers.end(), digits) != settings_.emergency_numbers.end();
}

Registration Switch::refuse_while(UniqueFunction<std::string()> why) {
  const auto place = refusals_.insert(refusals_.end(), std::move(why));
  return Registration([this, place] { refusals_.erase(place); });
}

/// Why there is no room for a call that is no emergency; empty: there is.
std::string Switch::refusal() {
  if (calls_.size() >= settings_.max_calls) return fmt::format("{} calls are up, which is the limit", calls_.size());
  if (!strain_.empty()) return strain_;
  for (auto& ask : refusals_) {
    if (auto why = ask(); !why.empty()) return why;
  }
  return {};
}

// Before any state is made. An emergency call passes every limit as long as there is a switch to carry it.
Result<void> Switch::admit(std::string_view dialled) {
  if (gate_ == Gate::shut) return Error{ErrorCode::unavailable, "shutting down"};
  std::string why = refusal();
  if ((gate_ == Gate::open && why.empty()) || is_emergency(dialled)) return {};
  if (gate_ == Gate::emergency_only) return Error{ErrorCode::unavailable, "shutting down"};
  return Error{ErrorCode::exhausted, std::move(why)};
}

Result<void> Switch::incoming(Driver& driver, IncomingLeg leg) {
  if (leg.replaces != 0) return replace(driver, std::move(leg));
  if (auto admitted = admit(leg.dialled); !admitted) return admitted;
  const ChannelId channel = leg.channel;
  const uint64_t number = next_call_++;
  auto call = std::make_shared<CallImpl>(services_, number, driver, std::move(leg));
  calls_.emplace(number, call);
  places_.emplace(channel, Place{call.get(), &call->caller_leg()});
  if (auto begun = call->begin(dialplan_); !begun) {
    kLog.call(LogLevel::warning, call->id(), "refused: {}", begun.error().message);
    places_.erase(channel);
    calls_.erase(number);
    return begun.error();
  }
  return {};
}

const Switch::Place* Switch::find(ChannelId channel) const {
  const auto it = places_.find(channel);
  return it == places_.end() ? nullptr : &it->second;
}

void Switch::ringing(ChannelId channel) {
  if (const Place* p = find(channel)) p->call->on_ringing(*p->leg);
}

void Switch::redirected(ChannelId channel, const Redirection& to) {
  if (const Place* p = find(channel)) p->call->on_redirected(*p->leg, to);
}

void Switch::progress(ChannelId channel, const MediaDescription& answer) {
  if (const Place* p = find(channel)) p->call->on_progress(*p->leg, answer);
}

void Switch::answered(ChannelId channel, const MediaDescription& answer) {
  if (const Place* p = find(channel)) p->call->on_answered(*p->leg, answer);
}

void Switch::offered(ChannelId channel, const MediaDescription& offer) {
  if (const Place* p = find(channel)) p->call->on_offered(*p->leg, offer);
}

void Switch::offer_wanted(ChannelId channel) {
  if (const Place* p = find(channel)) p->call->on_offer_wanted(*p->leg);
}

void Switch::offer_answered(ChannelId channel, const Result<MediaDescription>& answer) {
  if (const Place* p = find(channel)) p->call->on_offer_answered(*p->leg, answer);
}

void Switch::ended(ChannelId channel, const Ending& ending) {
  if (const Place* p = find(channel)) p->call->on_ended(*p->leg, ending);
}

void Switch::digit(ChannelId channel, char digit) {
  if (const Place* p = find(channel)) p->call->on_digit(*p->leg, digit, true);
}

Result<void> Switch::transfer(ChannelId by, const TransferRequest& request) {
  const Place* const p = find(by);
  if (p == nullptr) return Error{ErrorCode::not_found, "that call is over"};
  const auto keep = p->call->shared_from_this();
  return keep->transfer(*p->leg, request);
}

void Switch::hand_over(Handover from) {
  const uint64_t number = next_call_++;
  auto call = std::make_shared<CallImpl>(services_, number, std::move(from));
  calls_.emplace(number, call);
  call->begin_handed_over(dialplan_);
}

std::pair<CallImpl*, Leg*> Switch::place_of(ChannelId channel) const {
  const Place* const p = find(channel);
  return p == nullptr ? std::pair<CallImpl*, Leg*>{} : std::pair(p->call, p->leg);
}

void Switch::remember(ChannelId channel, CallImpl& call, Leg& leg) { places_.insert_or_assign(channel, Place{&call, &leg}); }

void Switch::settled(std::string_view driver_name, ChannelId channel) {
  if (Driver* const d = driver(driver_name)) d->settled(channel);
}

void Switch::forget(ChannelId channel) { places_.erase(channel); }

void Switch::remove(uint64_t number) {
  const auto it = calls_.find(number);
  if (it == calls_.end()) return;
  services_.loop.defer([gone = std::move(it->second)]() mutable { gone.reset(); });
  calls_.erase(it);
}

}  // namespace tandem
