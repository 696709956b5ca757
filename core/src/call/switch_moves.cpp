// The Switch's side of moves: which call is meant, and who may take its place.
#include <fmt/format.h>

#include <algorithm>

#include "call/anchor.h"
#include "call/switch.h"
#include "tandem/log.h"

namespace tandem {

namespace {

constexpr Log kLog("call");

// A leg that can be sent out is one at a phone; a leg that can be fetched is one outside, or one that has gone from there.
bool is_outside(const Leg& leg) { return !leg.facts().destination.empty(); }

Leg* party_of(CallImpl& call, bool outside) {
  Leg* found = nullptr;
  for (const auto& leg : call.legs()) {
    const std::string& user = leg->facts().user;
    if (user.empty() || is_outside(*leg) != outside || call.movable(user) != leg.get()) continue;
    if (found != nullptr) return nullptr;  // two of them: which?
    found = leg.get();
  }
  return found;
}

}  // namespace

Result<void> Switch::replace(Driver& driver, IncomingLeg leg) {
  if (gate_ == Gate::shut) return Error{ErrorCode::unavailable, "shutting down"};
  const auto [call, wanted] = place_of(leg.replaces);
  if (call == nullptr) return Error{ErrorCode::not_found, "that call is over"};
  const auto keep = call->shared_from_this();
  const std::string who = leg.endpoint;
  auto taken = call->admit(driver, std::move(leg), *wanted);
  if (!taken) kLog.call(LogLevel::notice, call->id(), "{} does not get a place: {}", who, taken.error().message);
  return taken;
}

Result<void> Switch::take_mobile_call(CallImpl& by) {
  const Occupant& who = by.occupant();
  if (!who.user) return Error{ErrorCode::forbidden, "nobody is logged in at this phone"};
  CallImpl* best = nullptr;
  Leg* place = nullptr;
  int rank = 0;
  for (const auto& [number, call] : calls_) {
    Leg* const leg = call.get() == &by ? nullptr : call->movable(who.user->id);
    if (leg == nullptr || !(is_outside(*leg) || call->is_gone(*leg))) continue;
    const auto state = call->move_state(*leg);
    const int worth = call->is_gone(*leg) ? 3 : state.where.starts_with("holds") ? 2 : 1;
    if (worth < rank || (worth == rank && best != nullptr && best->number() > number)) continue;  // the latest of them
    rank = worth;
    best = call.get();
    place = leg;
  }
  if (best == nullptr) return Error{ErrorCode::not_found, fmt::format("{} has no call at a mobile", who.user->id)};
  const auto keep = best->shared_from_this();
  return best->take_up(*place, by);
}

std::pair<CallImpl*, Leg*> Switch::named(std::string_view what) const {
  for (const auto& [number, call] : calls_) {
    if (call->id() == what) return {call.get(), nullptr};
    for (const auto& leg : call->legs()) {
      if (leg->facts().channel == what && (leg->state() != ChannelState::ended || call->is_gone(*leg))) return {call.get(), leg.get()};
    }
  }
  return {};
}

Result<std::string> Switch::send_to_mobile(std::string_view what, std::string_view destination) {
  auto [call, leg] = named(what);
  if (call == nullptr) return Error{ErrorCode::not_found, fmt::format("there is no call or channel {}", what)};
  if (leg == nullptr) leg = party_of(*call, false);
  if (leg == nullptr) leg = party_of(*call, true);  // from one destination to another
  if (leg == nullptr) return Error{ErrorCode::not_found, "no party of that call can move, or both: name its channel"};
  const auto keep = call->shared_from_this();
  return call->send_to_mobile(*leg, destination);
}

Result<std::string> Switch::pick_up(std::string_view what, std::string_view device) {
  auto [call, leg] = named(what);
  if (call == nullptr) return Error{ErrorCode::not_found, fmt::format("there is no call or channel {}", what)};
  if (leg == nullptr) leg = party_of(*call, true);
  if (leg == nullptr || leg->facts().user.empty() || call->movable(leg->facts().user) != leg)
    return Error{ErrorCode::not_found, "no party of that call is outside, or both: name its channel"};
  const auto keep = call->shared_from_this();
  return call->send_to_desk(*leg, device, true, "desk pickup");
}

std::vector<MovableCall> Switch::movable_calls(std::string_view user) {
  std::vector<MovableCall> rows;
  auto* const remote = remote_destinations();
  for (const auto* one : all()) {
    auto& call = const_cast<CallImpl&>(*one);
    for (const auto& leg : call.legs()) {
      const LegRecord& facts = leg->facts();
      if (facts.user.empty() || (!user.empty() && facts.user != user) || call.movable(facts.user) != leg.get()) continue;
      if (!is_outside(*leg) && !call.is_gone(*leg) && (remote == nullptr || remote->may_move_to(facts.user).empty())) continue;
      auto state = call.move_state(*leg);
      rows.push_back({call.id(), facts.channel, facts.user, facts.destination, facts.endpoint, call.other_number(*leg),
                      std::move(state.where), std::move(state.rings), state.left});
    }
  }
  return rows;
}

}  // namespace tandem
