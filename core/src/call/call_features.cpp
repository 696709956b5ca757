// What a party has done by keys in mid-call: hold, transfer, recording, and going on elsewhere.
#include <fmt/format.h>

#include <algorithm>

#include "call/anchor.h"
#include "call/call_impl.h"
#include "call/negotiate.h"
#include "call/switch.h"
#include "tandem/log.h"

namespace tandem {

namespace {

constexpr Log kLog("call");

bool takes_events(const Leg& leg) {
  return leg.theirs() && std::any_of(leg.theirs()->codecs.begin(), leg.theirs()->codecs.end(), [](const Codec& c) { return c.is_event(); });
}

}  // namespace

/// Listens to the keys of a party at a remote destination, and of one at a phone who has such a destination.
void CallImpl::listen_for_codes(Leg& leg) {
  const FeatureSettings& settings = services_.registry.features();
  const bool outside = !leg.facts().destination.empty();
  if (!settings.enabled || leg.media() == nullptr || leg.facts().user.empty()) return;
  auto* const remote = services_.registry.remote_destinations();
  if (!outside && (settings.desk.empty() || remote == nullptr || remote->may_move_to(leg.facts().user).empty())) return;
  const auto at = [weak = weak_from_this(), channel = leg.id()](auto what) {
    const auto self = weak.lock();
    if (!self || self->ending_) return;
    const auto it = std::find_if(self->legs_.begin(), self->legs_.end(), [&](const auto& one) { return one->id() == channel; });
    if (it != self->legs_.end() && (*it)->alive()) what(*self, **it);
  };
  CodeEar::Acts acts;
  acts.code = [at](Feature feature) { at([&](CallImpl& call, Leg& one) { call.do_feature(one, feature); }); };
  acts.release = [at](const std::string& digits) {
    at([&](CallImpl& call, Leg& one) {
      for (const char digit : digits) call.pass_key(one, digit);
    });
  };
  acts.number = [at](const std::string& number) { at([&](CallImpl& call, Leg& one) { call.transfer_by_code(one, number); }); };
  acts.listen = [at] {
    at([](CallImpl&, Leg& one) {
      if (one.media() != nullptr) one.media()->hold_keys(true);
    });
  };
  anchor().ears[leg.id()] = std::make_unique<CodeEar>(services_.loop, outside ? settings.mobile : settings.desk, settings.gap,
                                                      settings.number_gap, std::move(acts));
  leg.settle_formats();
  leg.media()->hold_keys(true);
  if (!outside) return;
  if (!takes_events(leg)) leg.media()->hear_tones(true);
  if (anchor_->music) return;
  services_.media.sounds().load({"music:hold"}, [weak = weak_from_this()](Result<Playlist> music) {
    const auto self = weak.lock();
    if (!self || !music || !self->anchor_) return;
    music->repeat = true;
    self->anchor_->music = std::move(*music);
  });
}

/// True: the key goes no further.
bool CallImpl::take_key(Leg& leg, char digit, bool kept) {
  if (anchor_ && peer_of(leg) != nullptr && !ending_) {
    if (const auto ear = anchor_->ears.find(leg.id()); ear != anchor_->ears.end()) return ear->second->hear(digit, kept);
  }
  return false;
}

void CallImpl::do_feature(Leg& leg, Feature feature) {
  explain(fmt::format("{} at {}: {}", leg.facts().channel, leg.facts().destination.empty() ? leg.endpoint() : leg.facts().destination,
                      to_string(feature)));
  Result<void> done;
  switch (feature) {
    case Feature::hold:
    case Feature::exclusive_hold:
      return hold_by_code(leg, feature == Feature::exclusive_hold);
    case Feature::resume:
      return held_by_code(leg) ? resume_by_code() : tell_failed(leg, "resume", "it is not on hold");
    case Feature::transfer:
      hold_by_code(leg, false);
      return anchor_->ears.at(leg.id())->ask_for_number();
    case Feature::handoff:
      if (auto rings = send_to_desk(leg, "", false, "handoff"); !rings) tell_failed(leg, "handoff", rings.error().message);
      return;
    case Feature::send_to_mobile:
      if (auto rings = send_to_mobile(leg, ""); !rings) tell_failed(leg, "send to mobile", rings.error().message);
      return;
    case Feature::record:
      if (auto begun = record("calls/" + id()); !begun) tell_failed(leg, "recording", begun.error().message);
      return;
    case Feature::stop_recording:
      return stop_recording();
  }
}

/// The other side hears music and this one nothing, whatever either does about its own media meanwhile.
void CallImpl::hold_by_code(Leg& leg, bool exclusive) {
  Leg* const held = peer_of(leg);
  if (held == nullptr || held_by_code(*held)) return;
  take_back_media("it is on hold");
  anchor().holder = &leg;
  anchor_->exclusive = exclusive;
  if (leg.media() != nullptr) leg.media()->relay_to(nullptr);
  if (held->media() != nullptr) held->media()->relay_to(nullptr);
  hold_music(*held);
  leg.media()->set_timeout(std::chrono::milliseconds(0));
  leg_changed(leg);
}

void CallImpl::resume_by_code() {
  Leg& holder = *std::exchange(anchor_->holder, nullptr);
  anchor_->exclusive = false;
  Leg* const held = peer_of(holder);
  if (held == nullptr) return;
  held->set_hears_music(false);
  held->media()->stop_playing(true);
  rejoin(holder);
  update_music(holder);
  watch_silence(holder);
  leg_changed(holder);
}

void CallImpl::transfer_by_code(Leg& leg, const std::string& number) {
  Leg* const other = peer_of(leg);
  if (other == nullptr) return;
  if (held_by_code(leg)) resume_by_code();
  if (number.empty()) return tell_failed(leg, "transfer", "no number was pressed");
  const auto sent = change_ || transferor_ != nullptr || moving() || !sound_is_here() ? Error{ErrorCode::busy, "a change is under way"}
                                                                                      : send_on(leg, *other, number);
  if (!sent) tell_failed(leg, "transfer", sent.error().message);
}

/// Two short tones for whoever has asked; the call is as it was.
void CallImpl::tell_failed(Leg& leg, const std::string& what, const std::string& why) {
  explain(fmt::format("{} at {}: no {}: {}", leg.facts().channel, leg.endpoint(), what, why));
  if (leg.state() != ChannelState::up || leg.media() == nullptr) return;
  services_.media.sounds().load({"tone:beep", "silence:100", "tone:beep"},
                                [weak = weak_from_this(), channel = leg.id()](Result<Playlist> tones) {
                                  const auto self = weak.lock();
                                  if (!self || !tones) return;
                                  for (const auto& one : self->legs_) {
                                    if (one->id() == channel && one->media() != nullptr && !one->hears_music())
                                      one->media()->play(std::move(*tones));
                                  }
                                });
  kLog.call(LogLevel::debug, id(), "{}: told so", leg.facts().channel);
}

}  // namespace tandem
