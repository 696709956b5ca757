// Where a call of a person may go: their remote destinations, or the phones where they are.
#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "call/anchor.h"
#include "call/call_impl.h"
#include "call/switch.h"

namespace tandem {

Result<std::string> CallImpl::begin_move(Leg& out, MoveRequest request) {
  Leg* const partner = peer_of(out);
  if (partner == nullptr || partner->state() != ChannelState::up || ending_)
    return Error{ErrorCode::unavailable, "there is nobody at the other side"};
  if (anchor_ && anchor_->move) return Error{ErrorCode::busy, fmt::format("{} rings already", anchor_->move->whom())};
  if (transferor_ != nullptr) return Error{ErrorCode::busy, "a change is under way"};
  if (services_.registry.is_emergency(record_.dialled)) return Error{ErrorCode::forbidden, "an emergency call stays where it is"};
  auto move = Move::start(*this, out, std::move(request));
  if (!move) return move.error();
  anchor().move = std::move(*move);
  take_back_media("a party moves");
  return anchor_->move->whom();
}

void CallImpl::move_failed(Move& move, const std::string& why) {
  if (!anchor_ || anchor_->move.get() != &move) return;
  const auto keep = shared_from_this();
  Leg& out = move.out();
  services_.loop.defer([gone = std::exchange(anchor_->move, nullptr), keep] {});  // it is the one that calls us
  if (ending_) return;
  if (anchor_->gone == nullptr) return tell_failed(out, "the move", why);
  explain(fmt::format("nobody took the call over: {}", why));
  if (!anchor_->window.running()) release(why);
}

namespace {

bool is_wanted(const MoveTarget& target, std::string_view name) {
  return name.empty() || target.id == name || target.label == name || target.id.substr(target.id.find('/') + 1) == name;
}

}  // namespace

Result<std::string> CallImpl::send_to_mobile(Leg& out, std::string_view destination) {
  const std::string& user = out.facts().user;
  auto* const remote = services_.registry.remote_destinations();
  Dialplan* const dialplan = services_.registry.dialplan();
  if (user.empty()) return Error{ErrorCode::forbidden, "nobody is logged in there"};
  if (remote == nullptr || dialplan == nullptr) return Error{ErrorCode::unavailable, "nobody knows any remote destinations"};
  MoveRequest request{.legs = {}, .how = "sent to mobile", .ring = services_.registry.features().ring};
  Leg* const partner = peer_of(out);
  std::optional<Error> why;
  for (const auto& target : remote->may_move_to(user)) {
    if (!is_wanted(target, destination) || target.id == out.facts().destination) continue;
    auto route = dialplan->route_as(user, target.number);
    auto dial = route ? parse_dial(route->dial) : Result<DialRequest>(route.error());
    if (dial && dial->emergency) dial = Error{ErrorCode::forbidden, "that is an emergency number"};
    if (!dial) {
      explain(fmt::format("{} not rung: {}", target.id, dial.error().message));
      why = dial.error();
      continue;
    }
    for (auto& to : dial->targets) {
      if (to.scheme == "user") continue;  // a number that leads back here
      MoveLeg leg{std::move(to), {}};
      leg.target.user = user;
      leg.target.destination = target.id;
      // The person sees whom they talk to; a number of ours by its outside name, which carriers take.
      const Party there = partner != nullptr ? shown_to(out, *partner) : record_.caller;
      const auto colleague =
          partner != nullptr && !partner->facts().user.empty() ? services_.directory.user(partner->facts().user) : nullptr;
      leg.target.shown_as = colleague && !colleague->did.empty() ? Party{colleague->did, colleague->name, false} : there;
      leg.window.too_soon = target.too_soon;
      leg.window.too_late = target.too_late;
      leg.window.too_soon_from_invite = target.too_soon_from_invite;
      request.legs.push_back(std::move(leg));
      break;
    }
  }
  if (request.legs.empty()) {
    if (why) return *why;
    return Error{ErrorCode::not_found, destination.empty() ? fmt::format("{} has no destination that calls may be moved to", user)
                                                           : fmt::format("{} has no such destination: {}", user, destination)};
  }
  return begin_move(out, std::move(request));
}

Result<std::string> CallImpl::send_to_desk(Leg& out, std::string_view device, bool at_once, std::string how) {
  const std::string& user = out.facts().user;
  MoveRequest request{.legs = {}, .how = std::move(how), .ring = services_.registry.features().ring};
  Leg* const partner = peer_of(out);
  for (const auto& name : services_.directory.devices_of(user)) {
    if ((!device.empty() && name != device) || name == out.endpoint()) continue;
    MoveLeg leg;
    leg.target.text = name;
    leg.target.scheme = "sip";
    leg.target.endpoint = name;
    leg.target.answer_at_once = at_once;
    if (partner != nullptr) leg.target.shown_as = shown_to(out, *partner);
    leg.window = {};
    request.legs.push_back(std::move(leg));
  }
  if (request.legs.empty())
    return Error{ErrorCode::not_found,
                 device.empty() ? fmt::format("{} is at no phone", user) : fmt::format("{} is not at {}", user, device)};
  return begin_move(out, std::move(request));
}

std::string CallImpl::other_number(const Leg& leg) {
  const Leg* const other = peer_of(leg);
  return other != nullptr ? shown_to(leg, *other).number : "";
}

CallImpl::MoveState CallImpl::move_state(const Leg& leg) const {
  MoveState state;
  if (is_gone(leg)) {
    state.where = "hung up, waits to be taken up";
    if (anchor_->window.running())
      state.left = std::chrono::duration_cast<std::chrono::milliseconds>(anchor_->until - services_.loop.clock().now());
  } else if (leg.state() == ChannelState::up) {
    state.where = held_by_code(leg)                 ? anchor_->exclusive ? "holds, for itself alone" : "holds"
                  : leg.facts().destination.empty() ? "at a desk"
                                                    : "outside";
  }
  if (anchor_ && anchor_->move && &anchor_->move->out() == &leg) state.rings = anchor_->move->whom();
  return state;
}

}  // namespace tandem
