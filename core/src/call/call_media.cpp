// What the two sides of a call hear: answers, the join, and changes of media in mid-call.
#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "call/call_impl.h"
#include "call/negotiate.h"
#include "call/switch.h"
#include "tandem/log.h"

namespace tandem {

namespace {
constexpr Log kLog("call");
}

Result<MediaDescription> CallImpl::offer_for_callee(const Leg& leg) const {
  const Leg& caller = *legs_.front();
  MediaDescription offer = leg.ours();
  // What the caller talks in, or can, comes first, so that nothing need be transcoded; then whatever else we can turn it into.
  const auto& ours = services_.media.codecs();
  if (caller.state() == ChannelState::up && !caller.ours().codecs.empty()) {
    offer.codecs = merge_codecs(caller.ours().codecs, ours);
  } else if (caller.theirs()) {
    offer.codecs = merge_codecs(common_codecs(caller.theirs()->codecs, ours), ours);
  } else {
    offer.codecs = ours;
  }
  if (caller.theirs()) offer.ptime_ms = caller.theirs()->ptime_ms;
  return offer;
}

Result<void> CallImpl::answer_caller_with(const std::vector<Codec>& preferred, bool final) {
  Leg& caller = caller_leg();
  // What was said with early media stands (RFC 6337 3.1.1).
  if (caller.state() == ChannelState::early && !caller.ours().codecs.empty()) return {};
  const auto wanted = merge_codecs(common_codecs(preferred, services_.media.codecs()), services_.media.codecs());
  if (caller.theirs()) {
    auto answer = make_answer(*caller.theirs(), wanted, caller.ours());
    if (!answer) return answer.error();
    caller.set_ours(*answer);
    caller.facts().codec = answer->codecs.front().name;
  } else {
    // Offerless: our 200 carries the offer, the ACK brings the answer (on_offer_answered).
    if (!final) return Error{ErrorCode::unsupported, "the caller made no offer, so there is no early media"};
    MediaDescription offer = caller.ours();
    offer.codecs = wanted;
    caller.set_ours(std::move(offer));
  }
  return {};
}

Result<void> CallImpl::answer() {
  Leg& caller = caller_leg();
  if (caller.state() == ChannelState::up) return {};
  if (!caller.alive()) return Error{ErrorCode::unavailable, "the caller has hung up"};
  if (auto chosen = answer_caller_with(services_.media.codecs(), true); !chosen) return chosen.error();
  caller.advance(ChannelEvent::answer, id());
  record_.answer = services_.loop.clock().wall();
  caller.orders().answer(caller.id(), caller.ours());
  watch_silence(caller);
  return {};
}

Result<void> CallImpl::echo() {
  if (auto up = answer(); !up) return up.error();
  echoing_ = true;
  rejoin(caller_leg());
  return {};
}

void CallImpl::show_party(const Leg& leg) { caller_leg().orders().connected(caller_leg().id(), leg.party()); }

void CallImpl::show_ringing() {
  Leg& caller = caller_leg();
  tell_transferor(TransferProgress::Step::ringing, {});
  if (caller.state() == ChannelState::up) return ringback();
  if (caller.advance(ChannelEvent::ring, id())) caller.orders().ring(caller.id());
}

void CallImpl::show_progress(Leg& from) {
  Leg& caller = caller_leg();
  if (caller.state() == ChannelState::up) {
    stop_ringback(true);
    return bridge(caller, from);
  }
  if (auto chosen = answer_caller_with(from.theirs()->codecs, false); !chosen) return show_ringing();
  if (!caller.advance(ChannelEvent::progress, id())) return;
  caller.orders().progress(caller.id(), caller.ours());
  bridge(caller, from);
}

Result<void> CallImpl::connect(Leg& leg) {
  Leg& caller = caller_leg();
  if (!has_audio(common_codecs(leg.theirs()->codecs, leg.ours().codecs))) {
    return Error{ErrorCode::unsupported, "it answered with no codec that it was offered"};
  }
  if (caller.state() != ChannelState::up) {
    if (!caller.alive()) return Error{ErrorCode::unavailable, "the caller has hung up"};
    if (auto chosen = answer_caller_with(leg.theirs()->codecs, true); !chosen) return chosen.error();
    caller.advance(ChannelEvent::answer, id());
    show_party(leg);
    caller.orders().answer(caller.id(), caller.ours());
  } else if (!can_talk(caller.ours().codecs, leg.theirs()->codecs)) {
    return Error{ErrorCode::unsupported, "no audio codec in common"};
  }
  if (!record_.answer) record_.answer = services_.loop.clock().wall();
  connected_ = &leg;
  stop_ringback(true);
  echoing_ = false;
  bridge(caller, leg);
  watch_silence(caller);
  watch_silence(leg);
  transfer_done();
  leg_changed(caller);  // it talks to whoever has answered now, not to whom it had dialled
  return {};
}

Leg* CallImpl::peer_of(const Leg& leg) {
  if (connected_ == nullptr) return nullptr;
  return &leg == connected_ ? &caller_leg() : &leg == &caller_leg() ? connected_ : nullptr;
}

void CallImpl::rejoin(Leg& leg) {
  if (Leg* peer = peer_of(leg)) return bridge(leg, *peer);
  if (!echoing_ || leg.media() == nullptr || !leg.theirs()) return;
  leg.settle_formats();
  leg.media()->relay_to(leg.media());
}

void CallImpl::watch_silence(Leg& leg) {
  if (leg.media() == nullptr || leg.state() != ChannelState::up) return;
  // Who holds us (sendonly) may play music, but most send nothing; who is held is not expected to either.
  const bool expected = leg.theirs() && leg.theirs()->direction == MediaDirection::sendrecv;
  leg.media()->set_timeout(expected ? services_.registry.settings().silence_limit : std::chrono::milliseconds(0));
}

void CallImpl::listen(Leg& leg) {
  leg.media()->listen([this, &leg](const MediaEvent& event) {
    switch (event.kind) {
      case MediaEvent::Kind::silent:
        return on_silence(leg);
      case MediaEvent::Kind::digit:
        return on_digit(leg, event.digit, false);
      case MediaEvent::Kind::played:
        if (ear_ != nullptr && &leg == &caller_leg()) ear_->played(event.play);
        return;
      case MediaEvent::Kind::secured:
        return explain(fmt::format("{}: media of {} is encrypted by DTLS", leg.facts().channel, leg.endpoint()));
      case MediaEvent::Kind::unsecured:
        explain(fmt::format("{}: the DTLS handshake with {} failed", leg.facts().channel, leg.endpoint()));
        return hangup({Cause::incompatible, "DTLS failed"});
    }
  });
}

void CallImpl::on_silence(Leg& leg) {
  explain(fmt::format("{}: no RTP from {} for {} s", leg.facts().channel, leg.endpoint(),
                      services_.registry.settings().silence_limit.count() / 1000));
  hangup({Cause::recovery_on_timer, "RTP timeout"});
}

void CallImpl::on_ringing(Leg& leg) {
  if (leg.advance(ChannelEvent::ring, id()) && watcher_ != nullptr) watcher_->leg_ringing(leg);
}

void CallImpl::on_redirected(Leg& leg, const Redirection& to) {
  if (leg.alive() && watcher_ != nullptr) watcher_->leg_redirected(leg, to);
}

void CallImpl::on_progress(Leg& leg, const MediaDescription& answer) {
  if (!leg.advance(ChannelEvent::progress, id())) return;
  leg.set_theirs(answer);
  if (watcher_ != nullptr) watcher_->leg_progress(leg);
}

void CallImpl::on_answered(Leg& leg, const MediaDescription& answer) {
  if (!leg.advance(ChannelEvent::answer, id())) return;
  leg.set_theirs(answer);
  if (watcher_ != nullptr) watcher_->leg_answered(leg);
}

void CallImpl::forget_change(const Leg& gone) {
  if (!change_) return;
  const MediaChange change = *std::exchange(change_, std::nullopt);
  if (change.asker == gone.id()) return;
  const auto asker = std::find_if(legs_.begin(), legs_.end(), [&](const auto& leg) { return leg->id() == change.asker; });
  if (asker != legs_.end() && (*asker)->alive())
    (*asker)->orders().refuse(change.asker, {ErrorCode::unavailable, "the other side has gone"});
}

void CallImpl::apply_change(Leg& leg, const MediaDescription& offer, const MediaDescription& answer) {
  leg.set_theirs(offer);
  leg.set_ours(answer);
  leg.facts().codec = answer.codecs.front().name;
  leg.orders().accept(leg.id(), answer);
  rejoin(leg);
  update_music(leg);
  leg_changed(leg);
  watch_silence(leg);
}

// A party offers a change. If the codec that is in use survives, it is between that party and us (hold, a new address); if not, the other
// side is asked to follow, and only where it does not we transcode.
void CallImpl::on_offered(Leg& leg, const MediaDescription& offer) {
  if (leg.state() != ChannelState::up) return leg.orders().refuse(leg.id(), {ErrorCode::unavailable, "the call is not up"});
  if (change_) return leg.orders().refuse(leg.id(), {ErrorCode::busy, "a change of media is under way"});
  Leg* peer = peer_of(leg);
  if (peer != nullptr && !peer->theirs())
    return leg.orders().refuse(leg.id(), {ErrorCode::busy, "the other side has not answered our offer yet"});
  // In use with the other side is what both it and we have said there: an offer of its own may have had more.
  const auto wanted = peer != nullptr ? common_codecs(peer->theirs()->codecs, peer->ours().codecs) : leg.ours().codecs;
  if (auto answer = make_answer(offer, wanted, leg.ours())) return apply_change(leg, offer, *answer);
  const auto codecs = common_codecs(offer.codecs, services_.media.codecs());
  if (!has_audio(codecs)) return leg.orders().refuse(leg.id(), {ErrorCode::unsupported, "no audio codec in common"});
  if (peer == nullptr) {
    auto answer = make_answer(offer, codecs, leg.ours());
    if (!answer) return leg.orders().refuse(leg.id(), answer.error());
    return apply_change(leg, offer, *answer);
  }
  MediaDescription onward = peer->ours();
  onward.codecs = codecs;
  onward.direction = MediaDirection::sendrecv;
  change_ = MediaChange{leg.id(), offer, peer->ours()};
  peer->set_ours(onward);
  peer->orders().offer(peer->id(), onward);
}

void CallImpl::on_offer_answered(Leg& leg, const Result<MediaDescription>& answer) {
  if (answer) {
    leg.set_theirs(*answer);
    rejoin(leg);
    watch_silence(leg);
  }
  if (!change_) {
    // The answer to an offer in our 200: a caller without one has no media to talk about.
    if (!answer) return hangup({Cause::incompatible, answer.error().message});
    if (!has_audio(common_codecs(leg.ours().codecs, answer->codecs))) hangup({Cause::incompatible, "no audio codec in common"});
    return;
  }
  const MediaChange change = *std::exchange(change_, std::nullopt);
  if (!answer) leg.set_ours(change.peer_before);
  Leg* asker = peer_of(leg);
  if (asker == nullptr || asker->id() != change.asker) return;
  // The other side's answer comes first in what we want of the asker; if it refused, what it goes on with does.
  const auto& theirs = answer ? answer->codecs : leg.theirs()->codecs;
  auto reply =
      make_answer(change.offer, merge_codecs(common_codecs(theirs, services_.media.codecs()), services_.media.codecs()), asker->ours());
  if (reply && !can_talk(reply->codecs, common_codecs(theirs, leg.ours().codecs)))
    reply = Error{ErrorCode::unsupported, "no audio codec in common"};
  if (reply) return apply_change(*asker, change.offer, *reply);
  kLog.call(LogLevel::info, id(), "{}: change of media refused: {}", asker->facts().channel, reply.error().message);
  asker->orders().refuse(asker->id(), {ErrorCode::unsupported, reply.error().message});
}

}  // namespace tandem
