// Changes of media in mid-call: hold, new addresses, other codecs, video that comes and goes. A change that concerns one side alone is
// settled there; any other waits for what the other side says.
#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "call/call_impl.h"
#include "call/negotiate.h"
#include "tandem/log.h"

namespace tandem {

namespace {
constexpr Log kLog("call");
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
  if (!answer.codecs.empty()) leg.facts().codec = answer.codecs.front().name;
  leg.orders().accept(leg.id(), answer);
  rejoin(leg);
  update_music(leg);
  watch_silence(leg);
  consider_direct();
}

// A party offers a change. If the codec that is in use survives, it is between that party and us (hold, a new address); if not, the other
// side is asked to follow, and only where it does not we transcode.
void CallImpl::on_offered(Leg& leg, const MediaDescription& offer) {
  if (leg.state() != ChannelState::up) return leg.orders().refuse(leg.id(), {ErrorCode::unavailable, "the call is not up"});
  if (change_ || !ready_for_change(leg)) return leg.orders().refuse(leg.id(), {ErrorCode::busy, "a change of media is under way"});
  Leg* peer = peer_of(leg);
  if (peer != nullptr && !peer->theirs())
    return leg.orders().refuse(leg.id(), {ErrorCode::busy, "the other side has not answered our offer yet"});
  if (!offer.refused && !offer.rtp.is_unspecified() && offer.rtp.family() != leg.ours().rtp.family())
    return leg.orders().refuse(leg.id(), {ErrorCode::unsupported, "the media has another address family than before"});
  const auto& allowed = leg.codecs(services_.media);
  // In use with the other side is what both it and we have said there: an offer of its own may have had more.
  const auto in_use = peer != nullptr ? common_codecs(peer->theirs()->codecs, peer->ours().codecs) : leg.ours().codecs;
  const bool survives = offer.refused || has_audio(common_codecs(in_use, offer.codecs));
  if (peer != nullptr && leg.theirs() && video_concerns_other_side(leg, *peer, offer))
    return ask_other_side(leg, *peer, offer, survives ? in_use : common_codecs(offer.codecs, allowed));
  if (survives || peer == nullptr) {
    const auto& wanted = survives ? in_use : allowed;
    auto answer = answer_to(leg, offer, wanted, peer != nullptr ? &*peer->theirs() : nullptr);
    if (!answer) return leg.orders().refuse(leg.id(), answer.error());
    return apply_change(leg, offer, *answer);
  }
  const auto codecs = common_codecs(offer.codecs, allowed);
  if (!has_audio(codecs)) return leg.orders().refuse(leg.id(), {ErrorCode::unsupported, "no audio codec in common"});
  ask_other_side(leg, *peer, offer, codecs);
}

void CallImpl::ask_other_side(Leg& asker, Leg& peer, const MediaDescription& offer, const std::vector<Codec>& codecs) {
  if (direct_.busy()) return asker.orders().refuse(asker.id(), {ErrorCode::busy, "a change of media is under way"});
  change_ = MediaChange{asker.id(), offer, peer.ours()};
  MediaDescription onward = peer.ours();
  onward.codecs = common_codecs(codecs, peer.codecs(services_.media));
  onward.direction = MediaDirection::sendrecv;
  if (!has_audio(onward.codecs)) return finish_change(peer, Error{ErrorCode::unsupported, "the other side may have none of these codecs"});
  offer_video(peer, offer, onward);
  peer.complete_offer(services_.media, onward);
  peer.set_ours(onward);
  peer.orders().offer(peer.id(), onward);
}

// Everything we could do, as if the session began anew (RFC 6337 5.2.5), but what the other side talks in first.
void CallImpl::on_offer_wanted(Leg& leg) {
  if (leg.state() != ChannelState::up) return leg.orders().refuse(leg.id(), {ErrorCode::unavailable, "the call is not up"});
  if (change_ || !ready_for_change(leg)) return leg.orders().refuse(leg.id(), {ErrorCode::busy, "a change of media is under way"});
  const Leg* const peer = peer_of(leg);
  const auto& allowed = leg.codecs(services_.media);
  MediaDescription offer = leg.ours();
  offer.codecs = peer != nullptr && peer->theirs()
                     ? codecs_to_offer(allowed, leg.has_own_codecs(), common_codecs(peer->theirs()->codecs, peer->ours().codecs))
                     : allowed;
  if (!has_audio(offer.codecs)) return leg.orders().refuse(leg.id(), {ErrorCode::unsupported, "no audio codec in common"});
  offer.direction = MediaDirection::sendrecv;
  offer.refused = false;
  leg.complete_offer(services_.media, offer);
  leg.set_ours(offer);
  leg.orders().accept(leg.id(), offer);
}

void CallImpl::on_offer_answered(Leg& leg, const Result<MediaDescription>& answer) {
  if (on_direct_answer(leg, answer)) return;
  const auto fits = answer ? leg.check_answer(*answer) : Result<void>();
  if (!fits) return hangup({Cause::incompatible, fits.error().message});
  if (answer) {
    leg.set_theirs(*answer);
    rejoin(leg);
    update_music(leg);
    watch_silence(leg);
  }
  if (change_) return finish_change(leg, answer);
  // The answer to an offer in our 200: a caller without one has no media to talk about.
  if (!answer) return hangup({Cause::incompatible, answer.error().message});
  if (!answer->refused && !has_audio(common_codecs(leg.ours().codecs, answer->codecs)))
    return hangup({Cause::incompatible, "no audio codec in common"});
  consider_direct();
}

// `leg` has been asked to follow, and this is what it says to that.
void CallImpl::finish_change(Leg& leg, const Result<MediaDescription>& answer) {
  const MediaChange change = *std::exchange(change_, std::nullopt);
  if (!answer) leg.set_ours(change.peer_before);
  Leg* asker = peer_of(leg);
  if (asker == nullptr || asker->id() != change.asker) return;
  // The other side's answer comes first in what we want of the asker; if it refused, what it goes on with does.
  const MediaDescription& theirs = answer ? *answer : *leg.theirs();
  const auto& allowed = asker->codecs(services_.media);
  auto reply = answer_to(*asker, change.offer, merge_codecs(common_codecs(theirs.codecs, allowed), allowed), &theirs);
  if (reply && !reply->refused && !can_talk(reply->codecs, common_codecs(theirs.codecs, leg.ours().codecs)))
    reply = Error{ErrorCode::unsupported, "no audio codec in common"};
  if (reply) return apply_change(*asker, change.offer, *reply);
  kLog.call(LogLevel::info, id(), "{}: change of media refused: {}", asker->facts().channel, reply.error().message);
  asker->orders().refuse(asker->id(), {ErrorCode::unsupported, reply.error().message});
}

}  // namespace tandem
