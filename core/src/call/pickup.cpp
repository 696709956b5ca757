// Desk pickup: a party hangs up its mobile and is not gone: the far end hears music, and for a while any phone of that person takes the
// call up again. And the same while the mobile is still up.
#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "call/anchor.h"
#include "call/call_impl.h"
#include "call/negotiate.h"
#include "call/switch.h"
#include "tandem/leg_events.h"
#include "tandem/log.h"

namespace tandem {

namespace {

constexpr Log kLog("call");

bool up(const Leg& leg) { return leg.state() == ChannelState::up; }

}  // namespace

Anchor& CallImpl::anchor() {
  if (!anchor_) anchor_ = std::make_unique<Anchor>(services_.loop);
  return *anchor_;
}

/// Who hears of what becomes of a leg.
LegWatcher* CallImpl::watcher_of(const Leg& leg) const {
  return anchor_ && anchor_->move && anchor_->move->rings(leg) ? &anchor_->move->watcher() : watcher_;
}

bool CallImpl::is_gone(const Leg& leg) const { return anchor_ && anchor_->gone == &leg; }

bool CallImpl::held_by_code(const Leg& leg) const { return anchor_ && anchor_->holder == &leg; }

/// A party has hung up. True: its place is kept. Whoever hangs up while others ring to take the call over has not ended it either.
bool CallImpl::wait_for_pickup(Leg& leg) {
  Leg* const far = peer_of(leg);
  if (ending_ || far == nullptr || !up(*far) || transferor_ != nullptr || !leg.facts().answer) return false;
  const bool others_ring = anchor_ && anchor_->move && &anchor_->move->out() == &leg;
  auto* const remote = services_.registry.remote_destinations();
  const auto wait =
      remote != nullptr && !leg.facts().destination.empty() ? remote->pickup_wait(leg.facts().user) : std::chrono::milliseconds(0);
  if (!services_.registry.keeps_calls() || services_.registry.is_emergency(record_.dialled) || (wait.count() == 0 && !others_ring))
    return false;
  Anchor& a = anchor();
  a.gone = &leg;
  if (a.holder == &leg) a.holder = nullptr;
  a.until = services_.loop.clock().now() + wait;
  hold_music(*far);
  if (!far->is_placed_here() && step(DirectEvent::taken_back)) return_media();
  explain(fmt::format("{} at {} has gone; {} hears music and waits {}", leg.facts().channel,
                      leg.facts().destination.empty() ? leg.endpoint() : leg.facts().destination, far->facts().channel,
                      wait.count() > 0 ? fmt::format("{} s for a phone of {}", wait.count() / 1000.0, leg.facts().user)
                                       : fmt::format("for {}", a.move->whom())));
  leg.facts().hung_up_first = false;  // it has not ended the call
  if (wait.count() > 0) a.window.start(wait, [this] { release("nobody took it up"); });
  if (leg.far_end_ended()) services_.registry.settled(leg.driver(), leg.id());
  show_held_line();
  return true;
}

/// The person's phones show a call on hold. Its name is that of the far end's dialog, which is the one that goes on.
void CallImpl::show_held_line() {
  Anchor& a = *anchor_;
  if (a.gone->facts().user.empty()) return;
  Leg& far = *peer_of(*a.gone);
  a.line = std::make_unique<HeldLine>(services_.registry.next_channel(), *a.gone, far.dialog());
  services_.events.publish(LegChanged{id(), *a.line, a.gone->facts().user, shown_to(*a.gone, far), true, true});
}

/// `held` hears music at once where that has been loaded beforehand.
void CallImpl::hold_music(Leg& held) {
  if (held.media() == nullptr || held.hears_music()) return;
  held.set_hears_music(true);
  held.settle_formats();
  if (anchor_ && anchor_->music) {
    held.media()->play(*anchor_->music);
    return;
  }
  services_.media.sounds().load({"music:hold"}, [weak = weak_from_this(), channel = held.id()](Result<Playlist> music) {
    const auto self = weak.lock();
    if (!self) return;
    if (!music) return kLog.call(LogLevel::debug, self->id(), "no music on hold: {}", music.error().message);
    music->repeat = true;
    for (const auto& leg : self->legs_) {
      if (leg->id() == channel && leg->hears_music() && leg->media() != nullptr) leg->media()->play(std::move(*music));
    }
  });
}

/// The time is over, or whoever was rung to take the call over does not: what would have happened at the hang-up does so now. A phone that
/// still rings is waited for.
void CallImpl::release(const std::string& why) {
  const auto keep = shared_from_this();
  if (!anchor_ || anchor_->gone == nullptr || anchor_->move) return;
  Leg& gone = *anchor_->gone;
  if (Leg* const far = peer_of(gone)) {
    explain(fmt::format("{} is released: {}", far->facts().channel, why));
    far->set_hears_music(false);
    if (far->media() != nullptr) far->media()->stop_playing(false);
  }
  end_waiting();
  party_gone(gone, gone.facts().ending);
  finish_if_done();
}

void CallImpl::end_waiting() {
  if (!anchor_) return;
  anchor_->window.stop();
  anchor_->gone = nullptr;
  anchor_->exclusive = false;
  if (!anchor_->line) return;
  const auto line = std::exchange(anchor_->line, nullptr);
  line->end();
  services_.events.publish(LegChanged{id(), *line, "", line->party(), false});
}

/// The call ends: nobody is waited for, nothing rings, nothing listens. The ears may be the ones that have brought it about.
void CallImpl::end_moves() {
  if (!anchor_) return;
  end_waiting();
  anchor_->holder = nullptr;
  anchor_->leaving.clear();
  anchor_->leave.stop();
  anchor_->admission.stop();
  services_.loop.defer(
      [gone = std::exchange(anchor_->move, nullptr), ears = std::exchange(anchor_->ears, {}), keep = shared_from_this()] {});
}

Leg* CallImpl::movable(std::string_view user) {
  if (ending_ || user.empty()) return nullptr;
  if (anchor_ && anchor_->gone != nullptr) return anchor_->gone->facts().user == user ? anchor_->gone : nullptr;
  for (Leg* const leg : {&caller_leg(), connected_}) {
    if (leg != nullptr && up(*leg) && peer_of(*leg) != nullptr && up(*peer_of(*leg)) && leg->facts().user == user) return leg;
  }
  return nullptr;
}

Result<void> CallImpl::take_up(Leg& out, CallImpl& from) {
  Leg* const partner = peer_of(out);
  Leg& in = from.caller_leg();
  if (partner == nullptr) return Error{ErrorCode::unavailable, "the far end has gone"};
  if (in.media() == nullptr || !in.alive()) return Error{ErrorCode::unavailable, "the phone has hung up"};
  if (auto ready = ready_to_move(*partner); !ready) return ready;
  if (anchor_ && anchor_->exclusive && held_by_code(out)) return Error{ErrorCode::forbidden, "it is held for its own phone alone"};
  if (!up(in)) {
    if (auto chosen = from.answer_with(in, partner, true); !chosen) return chosen.error();
  }
  if (!can_talk(in.ours().codecs, common_codecs(partner->theirs()->codecs, partner->ours().codecs)))
    return Error{ErrorCode::unsupported, "no audio codec in common"};
  if (!up(in)) {
    in.orders().connected(in.id(), shown_to(in, *partner));
    in.advance(ChannelEvent::answer, from.id());
    from.record_.answer = services_.loop.clock().wall();
    in.orders().answer(in.id(), in.ours());
  }
  from.record_.linked_id = record_.linked_id;
  from.explain(fmt::format("{} goes on in call {}", in.facts().channel, id()));
  from.stop_ringback(false);
  auto moved = from.take(in);
  moved->move_media(services_.media, affinity_);
  if (anchor_) anchor_->move.reset();
  change_places(out, std::move(moved), "desk pickup");
  from.end({Cause::normal, "moved"}, nullptr);
  return {};
}

}  // namespace tandem
