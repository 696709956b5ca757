// Media past us: both sides are told each other's address once nothing needs to hear or change the sound, and ours again when something
// does (hold music, a recording, a change of media). Each step is a re-INVITE of ours, so one that meets theirs ends in 491 and another
// try.
#include <fmt/format.h>

#include <utility>

#include "call/call_impl.h"
#include "call/negotiate.h"
#include "tandem/log.h"

namespace tandem {

namespace {

constexpr Log kLog("call");

bool is_plain(const Leg& leg) {
  return leg.theirs() && std::holds_alternative<std::monostate>(agreed_security(leg.ours(), *leg.theirs())) &&
         agreed_transport(leg.ours(), *leg.theirs()) == MediaTransport();
}

bool has_video(const MediaDescription& media) {
  for (const auto& video : media.video) {
    if (!video.refused) return true;
  }
  return false;
}

bool talks(const Leg& leg) {
  const MediaDescription& theirs = *leg.theirs();
  return !theirs.refused && theirs.direction == MediaDirection::sendrecv && theirs.rtp.port() != 0 && !theirs.rtp.is_unspecified() &&
         !has_video(theirs);
}

// What both have, under the numbers that `other` wants to receive.
std::vector<Codec> codecs_for(const Leg& to, const Leg& other) {
  const auto theirs = common_codecs(to.theirs()->codecs, to.ours().codecs);
  return common_codecs(common_codecs(other.theirs()->codecs, other.ours().codecs), theirs);
}

}  // namespace

bool CallImpl::step(DirectEvent event) {
  const auto next = next_state(direct_.state, event);
  if (!next) return false;
  kLog.call(LogLevel::debug, id(), "media: {} -> {}", to_string(direct_.state), to_string(*next));
  direct_.state = *next;
  return true;
}

// Never across NAT, encryption or address families, and not while somebody listens.
bool CallImpl::may_go_direct() const {
  if (connected_ == nullptr || direct_.barred || moving() || change_ || ending_ || recording_ || ear_ != nullptr || echoing_) return false;
  const Leg &a = *legs_.front(), &b = *connected_;
  for (const Leg* leg : {&a, &b}) {
    if (!leg->policy().direct || leg->latch() || leg->hears_music() || !is_plain(*leg) || !talks(*leg)) return false;
    if (leg->state() != ChannelState::up || leg->ours().codecs.empty()) return false;
  }
  return a.theirs()->rtp.family() == b.theirs()->rtp.family() && has_audio(codecs_for(a, b));
}

void CallImpl::consider_direct() {
  if (!legs_.front()->policy().direct || direct_.state != DirectState::relayed) return;
  services_.loop.defer([weak = weak_from_this()] {
    const auto self = weak.lock();
    if (!self || self->direct_.state != DirectState::relayed || !self->may_go_direct()) return;
    if (!self->tell_of(self->caller_leg(), *self->connected_)) {
      self->direct_.barred = true;
      return;
    }
    self->step(DirectEvent::began);
  });
}

/// Offers `to` the other side's address and numbers. False: a number has meant something else there before.
bool CallImpl::tell_of(Leg& to, const Leg& other) {
  MediaDescription offer = to.ours();
  const MediaDescription& there = *other.theirs();
  offer.codecs = codecs_for(to, other);
  if (!has_audio(offer.codecs) || !to.keeps_numbers(offer.codecs)) return false;
  offer.rtp = there.rtp;
  offer.rtcp = there.rtcp;
  offer.ptime_ms = there.ptime_ms;
  offer.maxptime_ms = there.maxptime_ms;
  offer.direction = MediaDirection::sendrecv;
  direct_.told_before = to.ours();
  to.set_ours(offer);
  to.orders().offer(to.id(), to.ours());
  return true;
}

void CallImpl::take_back_media(std::string_view why) {
  if (direct_.state == DirectState::relayed || direct_.state == DirectState::returning) return;
  if (direct_.state != DirectState::direct) {
    direct_.wanted_back = true;
    return;
  }
  explain(fmt::format("media through us again: {}", why));
  step(DirectEvent::taken_back);
  return_media();
}

/// Whoever has been told another address than ours is told ours.
void CallImpl::return_media() {
  direct_.returning = 0;
  for (Leg* leg : {&caller_leg(), connected_}) {
    if (leg == nullptr || leg->state() != ChannelState::up || leg->is_placed_here()) continue;
    MediaDescription offer = leg->ours();
    leg->complete_offer(services_.media, offer);
    leg->set_ours(offer);
    ++direct_.returning;
    leg->orders().offer(leg->id(), leg->ours());
  }
  if (direct_.returning == 0) finish_return();
}

void CallImpl::finish_return() {
  if (!step(DirectEvent::returned)) return;
  direct_.wanted_back = false;
  if (connected_ != nullptr) {
    rejoin(caller_leg());
    watch_silence(*connected_);
  }
  watch_silence(caller_leg());
}

/// An answer to what was asked here. False: it belongs to something else.
bool CallImpl::on_direct_answer(Leg& leg, const Result<MediaDescription>& answer) {
  switch (direct_.state) {
    case DirectState::relayed:
    case DirectState::direct:
      return false;
    case DirectState::returning:
      if (answer) leg.set_theirs(*answer);
      if (!answer) kLog.call(LogLevel::notice, id(), "{}: does not take its media back: {}", leg.facts().channel, answer.error().message);
      if (direct_.returning > 0 && --direct_.returning == 0) finish_return();
      return true;
    case DirectState::asking_caller:
    case DirectState::asking_callee:
      break;
  }
  const bool caller = direct_.state == DirectState::asking_caller;
  if (!answer || answer->refused || !has_audio(answer->codecs)) {
    explain(fmt::format("media stays here: {} does not want it to go to the other side", leg.endpoint()));
    direct_.barred = true;
    if (answer) leg.set_theirs(*answer);
    if (!answer) leg.set_ours(direct_.told_before);
    step(DirectEvent::refused);
    if (!caller || answer) return_media();
    return true;
  }
  leg.set_theirs(*answer);
  const bool back = std::exchange(direct_.wanted_back, false);
  if (caller) {
    step(DirectEvent::caller_agreed);
    if (!back && connected_ != nullptr && tell_of(*connected_, leg)) return true;
  } else {
    // Whoever has moved meanwhile has to be told of again; that is not worth it.
    const bool moved = !(caller_leg().ours().rtp == leg.theirs()->rtp);
    if (!back && !moved) {
      step(DirectEvent::callee_agreed);
      watch_silence(caller_leg());
      watch_silence(leg);
      explain("media goes past us, between the two sides");
      return true;
    }
  }
  direct_.barred = !back;
  step(DirectEvent::taken_back);
  return_media();
  return true;
}

/// A party changes its media while they go past us: everything comes back first. The answer tells this party our address, only the other
/// one has to be asked. False: it has to try again later.
bool CallImpl::ready_for_change(Leg& leg) {
  if (direct_.busy()) return false;
  if (direct_.state != DirectState::direct) return true;
  explain("media through us again: a party changes it");
  step(DirectEvent::taken_back);
  leg.place_here();
  return_media();
  return true;
}

}  // namespace tandem
