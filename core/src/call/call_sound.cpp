// What a call plays, hears and keeps: tones, music on hold, keys, recordings.
#include <algorithm>

#include "call/anchor.h"
#include "call/call_impl.h"
#include "call/negotiate.h"
#include "tandem/log.h"

namespace tandem {

namespace {
constexpr Log kLog("call");
constexpr size_t kMostTyped = 32;
constexpr std::chrono::milliseconds kKeyLength(100);
}  // namespace

Result<void> CallImpl::progress() {
  Leg& caller = caller_leg();
  if (caller.state() == ChannelState::up || caller.state() == ChannelState::early) return {};
  if (!caller.alive()) return Error{ErrorCode::unavailable, "the caller has hung up"};
  if (auto chosen = answer_caller_with(nullptr, false); !chosen) return chosen.error();
  if (!caller.advance(ChannelEvent::progress, id())) return Error{ErrorCode::unavailable, "it is too late for early media"};
  caller.orders().progress(caller.id(), caller.ours());
  caller.settle_formats();
  return {};
}

Result<void> CallImpl::ready_for_sound() {
  Leg& caller = caller_leg();
  if (caller.state() != ChannelState::early) {
    if (auto up = answer(); !up) return up.error();
  }
  take_back_media("the caller is to hear us");
  if (connected_ == nullptr && !caller.is_placed_here() && step(DirectEvent::taken_back)) return_media();
  caller.settle_formats();
  return {};
}

void CallImpl::ringback() {
  if (ringback_ || connected_ != nullptr) return;
  ringback_ = true;
  services_.media.sounds().load({"tone:ringback"}, [weak = weak_from_this()](Result<Playlist> tone) {
    const auto self = weak.lock();
    if (!self || !self->ringback_) return;
    if (!tone) return kLog.call(LogLevel::notice, self->id(), "no ringback tone: {}", tone.error().message);
    tone->repeat = true;
    Leg& caller = self->caller_leg();
    caller.settle_formats();
    if (caller.media() != nullptr) caller.media()->play(std::move(*tone));
  });
}

void CallImpl::stop_ringback(bool when_relayed) {
  if (!std::exchange(ringback_, false)) return;
  if (MediaPort* const port = caller_leg().media()) port->stop_playing(when_relayed);
}

void CallImpl::update_music(Leg& holder) {
  Leg* const held = peer_of(holder);
  if (held == nullptr || held->media() == nullptr || !held->theirs()) return;
  if (held_by_code(holder) || is_gone(holder)) return;  // it hears music whatever their phones say
  if (receives(holder.theirs()->direction)) {
    if (!held->hears_music()) return;
    held->set_hears_music(false);
    return held->media()->stop_playing(true);
  }
  if (held->hears_music() || !receives(held->theirs()->direction)) return;
  held->set_hears_music(true);
  services_.media.sounds().load({"music:hold"}, [weak = weak_from_this(), channel = held->id()](Result<Playlist> music) {
    const auto self = weak.lock();
    if (!self) return;
    if (!music) return kLog.call(LogLevel::debug, self->id(), "no music on hold: {}", music.error().message);
    music->repeat = true;
    for (const auto& leg : self->legs_) {
      if (leg->id() == channel && leg->hears_music() && leg->media() != nullptr) leg->media()->play(std::move(*music));
    }
  });
}

void CallImpl::send_digit(Leg& leg, char digit) {
  if (leg.orders().digit(leg.id(), digit, kKeyLength) || leg.media() == nullptr) return;
  leg.settle_formats();
  leg.media()->send_digit(digit);
}

void CallImpl::pass_key(Leg& leg, char digit) {
  if (Leg* const peer = peer_of(leg); peer != nullptr && peer->theirs()) send_digit(*peer, digit);
}

/// A telephone-event has gone to the other side already, if that takes any; what came by signalling goes there from here.
void CallImpl::on_digit(Leg& leg, char digit, bool signalled, bool kept) {
  kLog.call(LogLevel::debug, id(), "{}: a key{}", leg.facts().channel, signalled ? " by signalling" : "");
  if (take_key(leg, digit, kept || signalled)) return;
  if (kept && leg.media() != nullptr) leg.media()->hold_keys(false);  // nobody listens for codes here any more
  if (Leg* const peer = peer_of(leg); peer != nullptr && peer->theirs()) {
    const auto& theirs = peer->theirs()->codecs;
    const bool takes_events = std::any_of(theirs.begin(), theirs.end(), [](const Codec& c) { return c.is_event(); });
    if (signalled || kept || !takes_events) send_digit(*peer, digit);
  }
  if (&leg != &caller_leg()) return watcher_ != nullptr && &leg != connected_ ? watcher_->leg_digit(leg, digit) : void();
  if (ear_ != nullptr) {
    ear_->hear_digit(digit);
  } else if (connected_ == nullptr) {
    type_ahead(digit);
  }
}

void CallImpl::type_ahead(char digit) {
  if (typed_.size() < kMostTyped) typed_ += digit;
}

Result<void> CallImpl::send_digits(const std::string& digits) {
  if (auto ready = ready_for_sound(); !ready) return ready.error();
  for (const char digit : digits) send_digit(caller_leg(), digit);
  return {};
}

Result<void> CallImpl::record(const std::string& name) {
  if (recording_) return Error{ErrorCode::busy, "the call is being recorded already"};
  if (caller_leg().media() == nullptr) return Error{ErrorCode::unavailable, "the caller has hung up"};
  auto sink = services_.media.start_recording({.name = name}, [call = id()](Result<RecordingEnd> end) {
    if (end) kLog.call(LogLevel::info, call, "recorded {} ms into {}", end->length.count(), end->path);
  });
  if (!sink) return sink.error();
  recording_ = std::move(*sink);
  take_back_media("it is recorded");
  caller_leg().settle_formats();
  caller_leg().media()->record(recording_);
  return {};
}

void CallImpl::stop_recording() {
  if (!recording_) return;
  if (MediaPort* const port = caller_leg().media()) port->record(nullptr);
  services_.media.stop_recording(std::exchange(recording_, nullptr));
}

}  // namespace tandem
