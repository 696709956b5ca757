// Transfer: a Channel moves to another Bridge. Blind, it begins a call of its own, with the rights of who sent it on; attended, it takes
// the place of that party in the other call. It keeps its id, its media port and so its one RTP stream.
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

bool up(const Leg& leg) { return leg.state() == ChannelState::up; }

}  // namespace

CallImpl::CallImpl(CallServices services, uint64_t number, Handover from)
    : services_(services), number_(number), affinity_(from.affinity), hops_left_(from.hops_left) {
  record_.call = fmt::format("C-{:010x}", number);
  record_.linked_id = std::move(from.linked_id);
  record_.context = std::move(from.context);
  record_.dialled = std::move(from.dialled);
  record_.start = services_.loop.clock().wall();
  record_.caller = from.staying->party();
  device_ = std::move(from.device);
  occupant_ = std::move(from.occupant);
  transferor_ = from.by.get();
  legs_.push_back(std::move(from.staying));
  legs_.push_back(std::move(from.by));
}

void CallImpl::begin_handed_over(Dialplan* dialplan) {
  for (const auto& leg : legs_) {
    leg->report_to(this);
    services_.registry.remember(leg->id(), *this, *leg);
    listen(*leg);
  }
  kLog.call(LogLevel::info, id(), "{} at {} is sent on to {} by {}", record_.caller.number, caller_leg().endpoint(), record_.dialled,
            transferor_->endpoint());
  CallRecord opening = record_;
  opening.legs.push_back(caller_leg().facts());
  services_.events.publish(CallStarted{opening});
  explain(fmt::format("{} was sent on to {} by {} at {}", caller_leg().facts().channel, record_.dialled, transferor_->facts().channel,
                      transferor_->endpoint()));
  services_.loop.defer([weak = weak_from_this(), dialplan] {
    const auto self = weak.lock();
    if (!self) return;
    if (dialplan != nullptr) return self->run_script(dialplan);
    if (!self->hand_back({Cause::temporary_failure, "no dialplan is loaded"})) self->hangup({Cause::temporary_failure, ""});
  });
}

/// False: it goes past us yet; it is being taken back, and whoever asked may ask again in a moment.
bool CallImpl::sound_is_here() {
  take_back_media("a transfer");
  return direct_.state == DirectState::relayed;
}

Result<void> CallImpl::transfer(Leg& by, const TransferRequest& request) {
  Leg* const other = peer_of(by);
  if (ending_ || other == nullptr || !up(by) || !up(*other)) return Error{ErrorCode::unavailable, "there is nobody to send on"};
  if (change_ || transferor_ != nullptr || moving() || !sound_is_here()) return Error{ErrorCode::busy, "a change is under way"};
  return request.other != 0 ? join(by, *other, request.other) : send_on(by, *other, request.number);
}

// By whoever may dial: a trunk's wishes would be calls at our expense. Who is at a remote destination has the rights of their phone.
Result<void> CallImpl::send_on(Leg& by, Leg& other, const std::string& number) {
  auto device = services_.directory.device(by.endpoint());
  if (!by.facts().destination.empty()) {
    const auto devices = services_.directory.devices_of(by.facts().user);
    if (devices.empty()) return Error{ErrorCode::forbidden, fmt::format("{} is at no phone", by.facts().user)};
    device = services_.directory.device(devices.front());
  }
  if (!device) return Error{ErrorCode::forbidden, fmt::format("{} is no phone of ours", by.endpoint())};
  if (number.empty()) return Error{ErrorCode::invalid, "no number to send the call on to"};
  if (services_.registry.is_emergency(number)) return Error{ErrorCode::forbidden, "nobody is sent on to an emergency number"};
  if (hops_left_ <= 1) return Error{ErrorCode::exhausted, "too many hops: the call goes round in a circle"};
  explain(fmt::format("{} at {} sends {} on to {}", by.facts().channel, by.endpoint(), other.facts().channel, number));
  stop_recording();
  Handover over;
  over.linked_id = record_.linked_id;
  over.context = "phones";
  over.dialled = number;
  over.occupant = services_.directory.occupant(*device);
  over.device = std::move(device);
  over.hops_left = static_cast<uint8_t>(hops_left_ - 1);
  over.affinity = affinity_;
  connected_ = nullptr;
  over.staying = take(other);
  over.by = take(by);
  services_.registry.hand_over(std::move(over));
  end({Cause::normal, "transferred"}, nullptr);
  return {};
}

// Both calls must be of the same phone, or of the same person.
Result<void> CallImpl::join(Leg& by, Leg& other, ChannelId with) {
  const auto [call, leg] = services_.registry.place_of(with);
  if (call == nullptr) return Error{ErrorCode::not_found, "that call is over"};
  if (call == this) return Error{ErrorCode::invalid, "a call cannot be joined with itself"};
  const bool same_person = !by.facts().user.empty() && leg->facts().user == by.facts().user;
  if (leg->endpoint() != by.endpoint() && !same_person) return Error{ErrorCode::forbidden, "that is somebody else's call"};
  if (auto taken = call->take_over(*leg, *this, by, other); !taken) return taken;
  by.orders().transferred(by.id(), {TransferProgress::Step::answered, {}});
  drop(by, {});
  end({Cause::normal, "transferred"}, nullptr);
  return {};
}

/// `in` of the call `from` takes the place of `out` here, at the wish of their party.
Result<void> CallImpl::take_over(Leg& out, CallImpl& from, const Leg& by, Leg& in) {
  Leg* const partner = peer_of(out);
  const bool rings = &out == &caller_leg() && watcher_ != nullptr;
  if (ending_ || (partner == nullptr && !rings)) return Error{ErrorCode::unavailable, "there is nobody to be joined with"};
  if (change_ || transferor_ != nullptr || moving() || !sound_is_here()) return Error{ErrorCode::busy, "a change is under way"};
  if (partner != nullptr && (!up(*partner) || !partner->theirs() || !can_talk(in.ours().codecs, partner->theirs()->codecs)))
    return Error{ErrorCode::unsupported, "no audio codec in common"};
  const std::string sentence = fmt::format("{} of call {} takes the place of {}: transferred by {}", in.facts().channel, from.id(),
                                           out.facts().channel, by.endpoint());
  from.explain(sentence);
  explain(sentence);
  if (&out == &caller_leg()) stop_recording();
  stop_ringback(false);
  from.stop_recording();
  from.connected_ = nullptr;
  auto moved = from.take(in);
  moved->move_media(services_.media, affinity_);
  Leg& now = *moved;
  put_in_place_of(out, std::move(moved));
  if (partner == nullptr) {
    ringback();
  } else {
    partner->set_hears_music(false);
    partner->media()->stop_playing(true);
    bridge(now, *partner);
    now.orders().connected(now.id(), partner->party());
    partner->orders().connected(partner->id(), now.party());
    leg_changed(*partner);
    listen_for_codes(now);
  }
  watch_silence(now);
  leg_changed(now);
  drop(out, {});
  return {};
}

/// `heard_on`: the one that leaves is heard until the new one's first packet.
void CallImpl::put_in_place_of(Leg& out, std::unique_ptr<Leg> in, bool heard_on) {
  Leg& now = *in;
  const auto place = std::find_if(legs_.begin(), legs_.end(), [&](const auto& leg) { return leg.get() == &out; });
  legs_.push_back(std::exchange(*place, std::move(in)));
  if (out.media() != nullptr) {
    out.media()->stop_playing(false);
    if (!heard_on) out.media()->relay_to(nullptr);
  }
  if (connected_ == &out) connected_ = &now;
  if (watcher_ != nullptr) watcher_->leg_replaced(out, now);
  now.report_to(this);
  services_.registry.remember(now.id(), *this, now);
  listen(now);
}

/// The leg leaves for another call; what it has done here stays in the record.
std::unique_ptr<Leg> CallImpl::take(Leg& leg) {
  if (watcher_ != nullptr) watcher_->leg_left(leg);
  if (leg.media() != nullptr) {
    leg.media()->relay_to(nullptr);
    leg.media()->stop_playing(false);
  }
  leg.set_hears_music(false);
  const auto place = std::find_if(legs_.begin(), legs_.end(), [&](const auto& one) { return one.get() == &leg; });
  return std::exchange(*place, leg.remains());
}

void CallImpl::tell_transferor(TransferProgress::Step step, const Ending& why) {
  if (transferor_ != nullptr && transferor_->alive()) transferor_->orders().transferred(transferor_->id(), {step, why});
}

/// The party that was sent on has somebody to talk to: who sent it on is not needed any longer.
void CallImpl::transfer_done() {
  if (transferor_ == nullptr) return;
  tell_transferor(TransferProgress::Step::answered, {});
  drop(*std::exchange(transferor_, nullptr), {});
}

/// Nobody is there where the call was sent: it goes back to who sent it, as long as they are there. False: there is no such way back.
bool CallImpl::hand_back(const Ending& why) {
  Leg* const by = std::exchange(transferor_, nullptr);
  if (by == nullptr || ending_ || !up(*by) || !up(caller_leg()) || connected_ != nullptr) return false;
  by->orders().transferred(by->id(), {TransferProgress::Step::failed, why});
  explain(
      fmt::format("{} goes back to {} at {}: {}", caller_leg().facts().channel, by->facts().channel, by->endpoint(), to_string(why.cause)));
  stop_ringback(false);
  connected_ = by;
  bridge(caller_leg(), *by);
  update_music(*by);
  watch_silence(caller_leg());
  watch_silence(*by);
  listen_for_codes(caller_leg());
  listen_for_codes(*by);
  leg_changed(caller_leg());
  leg_changed(*by);
  return true;
}

}  // namespace tandem
