// A leg takes the place of another one in its call: the party on the other side keeps its stream, its codec and its keys, and is told
// nothing but who is there now. The leg that leaves is heard until the first packet of the one that has come.
#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "call/anchor.h"
#include "call/call_impl.h"
#include "call/negotiate.h"
#include "call/switch.h"
#include "tandem/log.h"

namespace tandem {

namespace {

constexpr Log kLog("call");
constexpr std::chrono::milliseconds kLook(20);
constexpr std::chrono::milliseconds kLongestLinger(400);  // then whoever is new and silent is silent
constexpr std::chrono::milliseconds kLongestWait(2000);   // for a change of media that is under way

bool up(const Leg& leg) { return leg.state() == ChannelState::up; }

std::vector<Codec> in_use(const Leg& leg) { return common_codecs(leg.theirs()->codecs, leg.ours().codecs); }

}  // namespace

/// Whose place is whose is not settled: nothing else is begun meanwhile.
bool CallImpl::moving() const {
  return anchor_ && (anchor_->move || anchor_->gone != nullptr || anchor_->holder != nullptr || !anchor_->leaving.empty());
}

/// Whether what the far end sends and is sent can be given another other side now.
Result<void> CallImpl::ready_to_move(const Leg& partner) {
  if (ending_ || !up(partner) || !partner.theirs()) return Error{ErrorCode::unavailable, "the far end has gone"};
  if (change_ || transferor_ != nullptr || !sound_is_here()) return Error{ErrorCode::busy, "a change is under way"};
  return {};
}

Result<void> CallImpl::settle_move(Leg& out, Leg& in, const std::string& how) {
  Leg* const partner = peer_of(out);
  if (partner == nullptr) return Error{ErrorCode::unavailable, "the far end has gone"};
  if (auto ready = ready_to_move(*partner); !ready) return ready;
  if (!can_talk(in.theirs() ? in_use(in) : in.ours().codecs, in_use(*partner)))
    return Error{ErrorCode::unsupported, "no audio codec in common"};
  const auto place = std::find_if(legs_.begin(), legs_.end(), [&](const auto& leg) { return leg.get() == &in; });
  auto moved = std::move(*place);
  legs_.erase(place);
  change_places(out, std::move(moved), how);
  return {};
}

/// Whom a party is shown as its other side: a person by the office's number, wherever they are.
Party CallImpl::shown_to(const Leg& leg, const Leg& other) const {
  const auto person = other.facts().user.empty() ? nullptr : services_.directory.user(other.facts().user);
  if (!person) return &other == legs_.front().get() ? record_.caller : other.party();
  const bool inside = services_.directory.device(leg.endpoint()) != nullptr;
  return {inside || person->did.empty() ? person->extension : person->did, person->name, false};
}

void CallImpl::change_places(Leg& out, std::unique_ptr<Leg> in, const std::string& how) {
  Leg& now = *in;
  Leg& partner = *peer_of(out);
  explain(fmt::format("{}: {} at {} goes on in place of {} at {}", how, now.facts().channel,
                      now.facts().destination.empty() ? now.endpoint() : now.facts().destination, out.facts().channel,
                      out.facts().destination.empty() ? out.endpoint() : out.facts().destination));
  record_.moves.push_back({services_.loop.clock().wall(), out.facts().channel, now.facts().channel, how});
  const bool heard = up(out) && !partner.hears_music();
  const bool recorded = recording_ != nullptr && &out == &caller_leg();
  if (recorded && out.media() != nullptr) out.media()->record(nullptr);
  stop_ringback(false);
  end_waiting();
  if (anchor_) {
    anchor_->holder = nullptr;
    services_.loop.defer([done = std::exchange(anchor_->move, nullptr), keep = shared_from_this()] {});  // it may be what brings this about
  }
  put_in_place_of(out, std::move(in), heard);
  out.set_hears_music(false);  // that is for whoever is here now
  if (partner.hears_music()) {
    partner.set_hears_music(false);
    partner.media()->stop_playing(true);
  }
  bridge(now, partner);
  if (recorded) now.media()->record(recording_);
  if (!now.outgoing()) now.orders().connected(now.id(), shown_to(now, partner));  // else its INVITE has said so
  partner.orders().connected(partner.id(), shown_to(partner, now));
  update_music(partner);  // who holds us, holds whoever is here now
  watch_silence(now);
  leg_changed(now);
  leg_changed(partner);
  listen_for_codes(now);
  if (up(out)) heard ? let_linger(out, now) : drop(out, {Cause::normal, "moved"});
  consider_direct();
}

void CallImpl::let_linger(Leg& out, Leg& now) {
  Anchor& a = anchor();
  a.leaving.push_back({&out, &now, services_.loop.clock().now() + kLongestLinger});
  if (!a.leave.running()) a.leave.start(kLook, [this] { look_at_leaving(); });
}

void CallImpl::look_at_leaving() {
  const Instant time = services_.loop.clock().now();
  std::erase_if(anchor_->leaving, [&](const Anchor::Leaving& one) {
    const bool heard = one.now->media() == nullptr || one.now->media()->counts().received_packets > 0;
    if (up(*one.leg) && !heard && time < one.until) return false;
    if (one.leg->alive()) drop(*one.leg, {Cause::normal, "moved"});
    return true;
  });
  if (!anchor_->leaving.empty()) return anchor_->leave.start(kLook, [this] { look_at_leaving(); });
  consider_direct();
}

/// The place that whoever is at `endpoint` gets when they want that of `wanted`: that of a party which has hung up, when it is the far
/// end's name that their phone was told.
Result<Leg*> CallImpl::place_of(Leg& wanted, const std::string& endpoint, const std::string& user) {
  Leg* const gone = anchor_ ? anchor_->gone : nullptr;
  Leg* const place = gone != nullptr && peer_of(*gone) == &wanted ? gone : &wanted;
  const auto theirs = [&](const Leg& leg) { return leg.endpoint() == endpoint || (!user.empty() && leg.facts().user == user); };
  if (ending_ || (place != gone && !up(*place))) return Error{ErrorCode::not_found, "that call is not up"};
  if (!theirs(*place)) return Error{ErrorCode::forbidden, "that is somebody else's call"};
  if (anchor_ && anchor_->exclusive && anchor_->holder == place) return Error{ErrorCode::forbidden, "it is held for its own phone alone"};
  if (peer_of(*place) == nullptr) return Error{ErrorCode::not_found, "there is nobody to talk to"};
  return place;
}

// Before it is answered nobody notices: the place is looked at again then.
Result<void> CallImpl::admit(Driver& driver, IncomingLeg incoming, Leg& wanted) {
  const auto device = incoming.is_device ? services_.directory.device(incoming.endpoint) : nullptr;
  const Occupant who = device ? services_.directory.occupant(*device) : Occupant{nullptr, incoming.caller.number, incoming.caller.name, {}};
  const std::string user = who.user ? who.user->id : "";
  const auto place = place_of(wanted, incoming.endpoint, user);
  if (!place) return place.error();
  auto leg = std::make_unique<Leg>(incoming.channel, false, driver, std::move(incoming.endpoint), Party{who.number, who.name, false},
                                   services_.loop.clock());
  leg->facts().protocol_id = std::move(incoming.protocol_id);
  leg->facts().user = user;
  leg->set_latch(device && device->behind_nat);
  if (incoming.offer) {
    leg->set_theirs(*incoming.offer);
    if (!has_audio(common_codecs(incoming.offer->codecs, leg->codecs(services_.media))))
      return Error{ErrorCode::unsupported, "no audio codec in common"};
    if (auto fits = StreamSecurity::admit(leg->policy(), *incoming.offer); !fits) return fits;
  }
  if (auto opened = leg->open_media(services_.media, affinity_); !opened) return opened.error();
  if (incoming.offer) leg->set_theirs(*incoming.offer);  // now that there is a port that can be told
  leg->report_to(this);
  listen(*leg);
  leg->advance(ChannelEvent::start, id());
  services_.registry.remember(leg->id(), *this, *leg);
  explain(fmt::format("{} at {} wants the place of {}", leg->facts().channel, leg->endpoint(), (*place)->facts().channel));
  const ChannelId channel = leg->id();
  legs_.push_back(std::move(leg));
  services_.loop.defer([weak = weak_from_this(), channel, place = wanted.id(), since = services_.loop.clock().now()] {
    if (const auto self = weak.lock()) self->settle_admitted(channel, place, since);
  });
  return {};
}

void CallImpl::settle_admitted(ChannelId channel, ChannelId wanted, Instant since) {
  const auto find = [&](ChannelId which) {
    const auto it = std::find_if(legs_.begin(), legs_.end(), [&](const auto& leg) { return leg->id() == which; });
    return it == legs_.end() ? nullptr : it->get();
  };
  Leg* const leg = find(channel);
  if (leg == nullptr || !leg->alive() || ending_) return;
  Leg* const named = find(wanted);
  const auto place = named != nullptr ? place_of(*named, leg->endpoint(), leg->facts().user) : Error{ErrorCode::not_found, "it has gone"};
  Leg* const partner = place ? peer_of(**place) : nullptr;
  auto ready = partner != nullptr ? ready_to_move(*partner) : Result<void>(place.error());
  if (!ready && ready.error().code == ErrorCode::busy && services_.loop.clock().now() - since < kLongestWait &&
      !anchor().admission.running()) {
    return anchor().admission.start(kLook, [this, channel, wanted, since] { settle_admitted(channel, wanted, since); });
  }
  if (ready) ready = answer_with(*leg, partner, true);
  if (!ready) {
    explain(fmt::format("{} does not get it: {}", leg->facts().channel, ready.error().message));
    return drop(*leg, {cause_of(ready.error().code), ready.error().message});
  }
  leg->orders().connected(leg->id(), shown_to(*leg, *partner));
  leg->advance(ChannelEvent::answer, id());
  leg->orders().answer(leg->id(), leg->ours());
  kLog.call(LogLevel::debug, id(), "{}: admitted", leg->facts().channel);
  const std::string how = is_gone(**place) ? "desk pickup" : "replaces";
  if (anchor_) anchor_->move.reset();
  if (auto moved = settle_move(**place, *leg, how); !moved) drop(*leg, {cause_of(moved.error().code), moved.error().message});
}

}  // namespace tandem
