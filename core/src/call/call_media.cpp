// What the two sides of a call hear: answers, the join, and changes of media in mid-call.
#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "call/call_impl.h"
#include "call/negotiate.h"
#include "call/switch.h"

namespace tandem {

namespace {

// Packets that are passed on as they are have the length that their receiver at the far end wishes.
void follow_packet_time(const MediaDescription& other, const MediaDescription& offer, MediaDescription& answer) {
  if (!other.codecs.empty() && !answer.codecs.empty() && other.codecs.front().same_format(answer.codecs.front()))
    answer.ptime_ms = offer.maxptime_ms > 0 ? std::min(other.ptime_ms, offer.maxptime_ms) : other.ptime_ms;
  answer.maxptime_ms = other.maxptime_ms;
}

}  // namespace

// What the caller talks in, or can, and whatever else we can turn it into.
Result<MediaDescription> CallImpl::offer_for_callee(Leg& leg) {
  const Leg& caller = *legs_.front();
  const auto& allowed = leg.codecs(services_.media);
  MediaDescription offer = leg.ours();
  const bool up = caller.state() == ChannelState::up && !caller.ours().codecs.empty();
  if (up) {
    offer.codecs = codecs_to_offer(allowed, leg.has_own_codecs(), caller.ours().codecs);
  } else if (caller.theirs()) {
    offer.codecs = codecs_to_offer(allowed, leg.has_own_codecs(), common_codecs(caller.theirs()->codecs, caller.codecs(services_.media)));
  } else {
    offer.codecs = codecs_to_offer(allowed, leg.has_own_codecs(), caller.codecs(services_.media));
  }
  if (!has_audio(offer.codecs)) return Error{ErrorCode::unsupported, "no audio codec in common"};
  if (caller.theirs()) {
    offer.ptime_ms = caller.theirs()->ptime_ms;
    offer.maxptime_ms = caller.theirs()->maxptime_ms;
    if (!up && caller.policy().video) offer_video(leg, *caller.theirs(), offer);
  }
  leg.complete_offer(services_.media, offer);
  return offer;
}

Result<MediaDescription> CallImpl::offer_for_partner(Leg& leg, const Leg& partner) {
  MediaDescription offer = leg.ours();
  offer.codecs =
      codecs_to_offer(leg.codecs(services_.media), leg.has_own_codecs(), common_codecs(partner.theirs()->codecs, partner.ours().codecs));
  if (!has_audio(offer.codecs)) return Error{ErrorCode::unsupported, "no audio codec in common"};
  offer.ptime_ms = partner.theirs()->ptime_ms;
  offer.maxptime_ms = partner.theirs()->maxptime_ms;
  leg.complete_offer(services_.media, offer);
  return offer;
}

Result<MediaDescription> CallImpl::answer_to(Leg& leg, const MediaDescription& offer, const std::vector<Codec>& wanted,
                                             const MediaDescription* other) {
  auto answer = make_answer(offer, wanted, leg.ours());
  if (!answer) return answer.error();
  if (other != nullptr) follow_packet_time(*other, offer, *answer);
  answer_video(leg, offer, other, *answer);
  if (auto fits = leg.complete_answer(services_.media, offer, *answer); !fits) return fits.error();
  return answer;
}

Result<void> CallImpl::answer_with(Leg& caller, const Leg* other, bool final) {
  // What was said with early media stands (RFC 6337 3.1.1).
  if (caller.state() == ChannelState::early && !caller.ours().codecs.empty()) return {};
  const auto& allowed = caller.codecs(services_.media);
  const auto wanted = other != nullptr ? merge_codecs(common_codecs(other->theirs()->codecs, allowed), allowed) : allowed;
  if (caller.theirs()) {
    auto answer = answer_to(caller, *caller.theirs(), wanted, other != nullptr ? &*other->theirs() : nullptr);
    if (!answer) return answer.error();
    caller.facts().codec = answer->codecs.front().name;
    caller.set_ours(std::move(*answer));
  } else {
    // Offerless: our 200 carries the offer, the ACK brings the answer (on_offer_answered).
    if (!final) return Error{ErrorCode::unsupported, "the caller made no offer, so there is no early media"};
    MediaDescription offer = caller.ours();
    offer.codecs = other != nullptr ? codecs_to_offer(allowed, false, other->theirs()->codecs) : wanted;
    if (!has_audio(offer.codecs)) return Error{ErrorCode::unsupported, "no audio codec in common"};
    caller.complete_offer(services_.media, offer);
    caller.set_ours(std::move(offer));
  }
  return {};
}

Result<void> CallImpl::answer() {
  Leg& caller = caller_leg();
  if (caller.state() == ChannelState::up) return {};
  if (!caller.alive()) return Error{ErrorCode::unavailable, "the caller has hung up"};
  if (auto chosen = answer_caller_with(nullptr, true); !chosen) return chosen.error();
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
  if (auto chosen = answer_caller_with(&from, false); !chosen) return show_ringing();
  if (!caller.advance(ChannelEvent::progress, id())) return;
  caller.orders().progress(caller.id(), caller.ours());
  bridge(caller, from);
}

Result<void> CallImpl::check_answer(const Leg& leg) const {
  if (!has_audio(common_codecs(leg.theirs()->codecs, leg.ours().codecs))) {
    return Error{ErrorCode::unsupported, "it answered with no codec that it was offered"};
  }
  return leg.check_answer(*leg.theirs());
}

Result<void> CallImpl::connect(Leg& leg) {
  Leg& caller = caller_leg();
  if (auto fits = check_answer(leg); !fits) return fits;
  if (caller.state() != ChannelState::up) {
    if (!caller.alive()) return Error{ErrorCode::unavailable, "the caller has hung up"};
    if (auto chosen = answer_caller_with(&leg, true); !chosen) return chosen.error();
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
  if (!caller.is_placed_here() && step(DirectEvent::taken_back)) return_media();  // what it talked to before has gone
  bridge(caller, leg);
  watch_silence(caller);
  watch_silence(leg);
  listen_for_codes(caller);
  listen_for_codes(leg);
  consider_direct();
  transfer_done();
  leg_changed(caller);  // it talks to whoever has answered now, not to whom it had dialled
  return {};
}

Leg* CallImpl::peer_of(const Leg& leg) {
  if (connected_ == nullptr) return nullptr;
  return &leg == connected_ ? &caller_leg() : &leg == &caller_leg() ? connected_ : nullptr;
}

void CallImpl::rejoin(Leg& leg) {
  if (Leg* peer = peer_of(leg)) {
    if (!held_by_code(leg) && !held_by_code(*peer)) return bridge(leg, *peer);
    return leg.settle_formats();
  }
  if (!echoing_ || leg.media() == nullptr || !leg.theirs()) return;
  leg.settle_formats();
  leg.media()->relay_to(leg.media());
}

void CallImpl::watch_silence(Leg& leg) {
  if (leg.media() == nullptr || leg.state() != ChannelState::up) return;
  // Who holds us (sendonly) may play music, but most send nothing; who is held is not expected to either.
  const bool expected = leg.theirs() && leg.theirs()->direction == MediaDirection::sendrecv && leg.is_placed_here();
  leg.media()->set_timeout(expected ? services_.registry.settings().silence_limit : std::chrono::milliseconds(0));
}

void CallImpl::listen(Leg& leg) {
  leg.media()->listen([this, &leg](const MediaEvent& event) {
    switch (event.kind) {
      case MediaEvent::Kind::silent:
        return on_silence(leg);
      case MediaEvent::Kind::digit:
        return on_digit(leg, event.digit, false, event.held);
      case MediaEvent::Kind::played:
        if (&leg != &caller_leg()) return watcher_ != nullptr && &leg != connected_ ? watcher_->leg_played(leg, event.play) : void();
        if (ear_ != nullptr) ear_->played(event.play);
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
  // A mobile without a network is gone, its person is not.
  if (!leg.facts().destination.empty() && peer_of(leg) != nullptr) return drop(leg, {Cause::recovery_on_timer, "RTP timeout"});
  hangup({Cause::recovery_on_timer, "RTP timeout"});
}

void CallImpl::on_ringing(Leg& leg) {
  if (leg.advance(ChannelEvent::ring, id()) && watcher_of(leg) != nullptr) watcher_of(leg)->leg_ringing(leg);
}

void CallImpl::on_redirected(Leg& leg, const Redirection& to) {
  if (leg.alive() && watcher_of(leg) != nullptr) watcher_of(leg)->leg_redirected(leg, to);
}

void CallImpl::on_progress(Leg& leg, const MediaDescription& answer) {
  // "Encrypted or nothing" holds for early media too: such a one is not heard.
  if (leg.alive() && !leg.check_answer(answer)) return on_ringing(leg);
  if (!leg.advance(ChannelEvent::progress, id())) return;
  leg.set_theirs(answer);
  if (watcher_of(leg) != nullptr) watcher_of(leg)->leg_progress(leg);
}

void CallImpl::on_answered(Leg& leg, const MediaDescription& answer) {
  if (!leg.advance(ChannelEvent::answer, id())) return;
  leg.set_theirs(answer);
  if (watcher_of(leg) != nullptr) watcher_of(leg)->leg_answered(leg);
}

}  // namespace tandem
