// The life of a call: how it begins, who may end it, when it is gone.
#include "call/call_impl.h"

#include <fmt/compile.h>
#include <fmt/format.h>

#include "call/anchor.h"
#include "call/negotiate.h"
#include "call/switch.h"
#include "tandem/leg_events.h"
#include "tandem/log.h"

namespace tandem {

namespace {

constexpr Log kLog("call");
constexpr size_t kMostDecisions = 100;  // a script in a loop must not fill the memory

}  // namespace

CallImpl::CallImpl(CallServices services, uint64_t number, Driver& driver, IncomingLeg incoming)
    : services_(services), number_(number), affinity_(number), hops_left_(incoming.hops_left), diversions_(std::move(incoming.diversions)) {
  record_.call = fmt::format(FMT_COMPILE("C-{:010x}"), number);
  record_.linked_id = record_.call;
  record_.context = std::move(incoming.context);
  record_.dialled = std::move(incoming.dialled);
  record_.start = services_.loop.clock().wall();
  record_.caller = std::move(incoming.caller);
  if (incoming.is_device) {
    device_ = services_.directory.device(incoming.endpoint);
    if (device_) occupant_ = services_.directory.occupant(*device_);
    record_.caller = {occupant_.number, occupant_.name, record_.caller.restricted};
  }
  legs_.push_back(
      std::make_unique<Leg>(incoming.channel, false, driver, std::move(incoming.endpoint), record_.caller, services_.loop.clock()));
  Leg& caller = caller_leg();
  caller.facts().protocol_id = std::move(incoming.protocol_id);
  if (occupant_.user) caller.facts().user = occupant_.user->id;
  caller.set_latch(device_ && device_->behind_nat);
  caller.report_to(this);
  if (incoming.offer) caller.set_theirs(*incoming.offer);
}

CallImpl::~CallImpl() = default;

std::vector<Channel*> CallImpl::channels() {
  std::vector<Channel*> all;
  all.reserve(legs_.size());
  for (const auto& leg : legs_) all.push_back(leg.get());
  return all;
}

std::optional<std::string> CallImpl::header(std::string_view name) {
  Leg& leg = caller_leg();
  return leg.alive() ? leg.orders().header(leg.id(), name) : std::nullopt;
}

void CallImpl::recognised(std::string user, std::string destination) {
  LegRecord& facts = caller_leg().facts();
  explain(fmt::format("the caller is {}, at {}", user, destination));
  facts.user = std::move(user);
  facts.destination = std::move(destination);
}

Result<void> CallImpl::begin(Dialplan* dialplan) {
  Leg& caller = caller_leg();
  if (dialplan == nullptr) return Error{ErrorCode::unavailable, "no dialplan is loaded"};
  if (caller.theirs() && !has_audio(common_codecs(caller.theirs()->codecs, caller.codecs(services_.media)))) {
    return Error{ErrorCode::unsupported, "no audio codec in common"};
  }
  if (caller.theirs()) {
    if (auto fits = StreamSecurity::admit(caller.policy(), *caller.theirs()); !fits) return fits;
  }
  if (auto opened = caller.open_media(services_.media, number_); !opened) return opened.error();
  listen(caller);
  if (caller.theirs()) caller.set_theirs(*caller.theirs());  // now that there is a port that can be told
  caller.advance(ChannelEvent::start, id());
  kLog.call(LogLevel::info, id(), "{} at {} ({}) dials {} in context {}", record_.caller.number, caller.endpoint(),
            caller.facts().protocol_id, record_.dialled, record_.context);
  CallRecord opening = record_;
  opening.legs.push_back(caller.facts());
  services_.events.publish(CallStarted{opening});
  services_.loop.defer([weak = weak_from_this(), dialplan] {
    if (const auto self = weak.lock()) self->run_script(dialplan);
  });
  return {};
}

void CallImpl::run_script(Dialplan* dialplan) {
  if (ending_) return finish_if_done();
  auto script = dialplan->start(*this, [this](ScriptEnd end) { script_ended(std::move(end)); });
  if (!script) {
    explain(script.error().message);
    return hangup({cause_of(script.error().code), ""});
  }
  script_ = std::move(*script);
}

void CallImpl::script_ended(ScriptEnd end) {
  const auto keep = shared_from_this();
  script_.reset();
  if (!end.error.empty()) decide("the dialplan failed: " + end.error);  // it has said so in the log itself
  if (!ending_) {
    Ending why;
    if (!end.matched) {
      explain(fmt::format("no extension of context {} fits {}", context(), dialled()));
      why.cause = Cause::unallocated;
    } else if (end.ending) {
      why = *end.ending;
    } else if (caller_leg().state() != ChannelState::up || transferor_ != nullptr) {
      why = failure_.value_or(Ending{});
    }
    if (hand_back(why)) return;
    hangup(why);
  }
  finish_if_done();
}

void CallImpl::hangup(const Ending& ending) { end(ending, nullptr); }

void CallImpl::act_for(std::shared_ptr<const User> user) {
  explain(fmt::format("from here on it is {}'s call", user->id));
  record_.caller = {user->extension, user->name, false};
  caller_leg().facts().user = user->id;
  const std::string number = user->extension, name = user->name, calling_class = user->calling_class;
  occupant_ = {std::move(user), number, name, calling_class};
}

void CallImpl::leg_changed(Leg& leg) {
  const Party dialled_one{record_.dialled, "", false};
  const Leg* const peer = peer_of(leg);
  const Party& other = peer != nullptr ? peer->party() : leg.outgoing() ? record_.caller : dialled_one;
  const bool holds = held_by_code(leg) || (leg.theirs() && !receives(leg.theirs()->direction));
  const bool open = !leg.facts().destination.empty() && leg.state() == ChannelState::up && peer != nullptr;
  services_.events.publish(LegChanged{id(), leg, leg.facts().user, other, holds, open});
}

void CallImpl::end(const Ending& ending, const Leg* by) {
  if (ending_) return;
  ending_ = true;
  tell_transferor(TransferProgress::Step::failed, ending);
  end_moves();
  stop_recording();
  record_.ending = ending;
  kLog.call(LogLevel::info, id(), "ends: {}{}{}", to_string(ending.cause), ending.text.empty() ? "" : ", ", ending.text);
  for (const auto& leg : legs_) {
    if (leg.get() != by && leg->alive()) drop(*leg, ending);
  }
  // The script may be the one that called us: it is told once the stack is empty.
  services_.loop.defer([weak = weak_from_this()] {
    const auto self = weak.lock();
    if (!self) return;
    self->first_.reset();
    if (self->script_) self->script_->abort(self->record_.ending);
    self->script_.reset();
    self->finish_if_done();
  });
}

void CallImpl::drop(Leg& leg, const Ending& ending) {
  if (!leg.advance(ChannelEvent::hangup, id())) return;
  leg.orders().hangup(leg.id(), ending);
}

void CallImpl::on_ended(Leg& leg, const Ending& ending) {
  const auto keep = shared_from_this();
  const bool first = leg.alive();
  if (!leg.advance(ChannelEvent::end, id())) return;
  if (first) leg.note_far_end_ended();
  // Who declines while others ring, or loses the race, has not ended the call.
  leg.facts().hung_up_first = first && !ending_ && (!leg.outgoing() || leg.facts().answer);
  leg.finish(ending);
  services_.registry.forget(leg.id());
  LegWatcher* const watcher = watcher_of(leg);
  if (&leg == connected_ || &leg == &caller_leg()) {
    forget_change(leg);
    step(DirectEvent::leg_gone);
    if (wait_for_pickup(leg)) return;
  }
  watcher == watcher_ ? party_gone(leg, ending) : watcher->leg_ended(leg, ending);
  finish_if_done();
}

void CallImpl::party_gone(Leg& leg, const Ending& ending) {
  if (&leg == &caller_leg() || (&leg == connected_ && is_gone(caller_leg()))) return end(ending, &leg);
  if (transferor_ == &leg) transferor_ = nullptr;
  const bool talk_is_over = connected_ == &leg && watcher_ == nullptr && !script_;  // handed back: no script goes on
  if (connected_ == &leg) connected_ = nullptr;
  if (talk_is_over) end(ending, &leg);
  if (watcher_ != nullptr) watcher_->leg_ended(leg, ending);
}

void CallImpl::finish_if_done() {
  if (!ending_ || script_ || published_) return;
  for (const auto& leg : legs_) {
    if (leg->state() != ChannelState::ended) return;
  }
  published_ = true;
  publish_record();
  services_.registry.remove(number_);
}

bool CallImpl::is_from_inside() {
  Leg& caller = caller_leg();
  return !caller.facts().user.empty() || !caller.facts().destination.empty() || services_.directory.device(caller.endpoint()) != nullptr;
}

void CallImpl::routed(std::string route) {
  explain(fmt::format(FMT_COMPILE("{} fits {}"), dialled(), route));
  record_.route = std::move(route);
}

void CallImpl::explain(std::string sentence) {
  kLog.call(LogLevel::info, id(), "{}", sentence);
  decide(std::move(sentence));
}

void CallImpl::decide(std::string sentence) {
  if (record_.decisions.size() < kMostDecisions) record_.decisions.push_back(std::move(sentence));
}

/// Whoever sent it on before it came here follows those who have done so since.
std::vector<Diversion> CallImpl::diversions_for(const DialTarget& target) const {
  constexpr size_t kMost = 10;
  std::vector<Diversion> all = target.diversions;
  for (const auto& one : diversions_) {
    if (all.size() < kMost) all.push_back(one);
  }
  return all;
}

/// Who is called because somebody sends the caller on is told by whom, as that one has said it (RFC 3892).
std::vector<HeaderField> CallImpl::headers_for(const DialRequest& request) const {
  std::vector<HeaderField> headers = request.headers;
  if (transferor_ == nullptr || !transferor_->alive()) return headers;
  if (auto by = transferor_->orders().header(transferor_->id(), "Referred-By")) headers.push_back({"Referred-By", std::move(*by)});
  return headers;
}

Result<Leg*> CallImpl::originate(Driver& driver, const DialTarget& target, const std::string& address, const DialRequest& request,
                                 Leg* instead) {
  if (ending_) return Error{ErrorCode::unavailable, "the call is ending"};
  if (hops_left_ <= 1) return Error{ErrorCode::exhausted, "too many hops: the call goes round in a circle"};
  const auto device = services_.directory.device(target.endpoint);
  Occupant who = device ? services_.directory.occupant(*device) : Occupant{nullptr, target.number, {}, {}};
  // Whoever answers at a person's remote destination is that person.
  if (auto person = target.user.empty() ? nullptr : services_.directory.user(target.user); person != nullptr)
    who = {person, person->extension, person->name, {}};
  Registration occupied;
  if (auto* const remote = target.destination.empty() ? nullptr : services_.registry.remote_destinations(); remote != nullptr) {
    auto one_more = remote->occupy(target.destination);
    if (!one_more) return one_more.error();
    occupied = std::move(*one_more);
  }
  auto leg = std::make_unique<Leg>(services_.registry.next_channel(), true, driver, target.endpoint, Party{who.number, who.name, false},
                                   services_.loop.clock(), address);
  if (who.user) leg->facts().user = who.user->id;
  if (!target.destination.empty()) {
    leg->facts().destination = target.destination;
    leg->facts().number = target.number;
    leg->keep(std::move(occupied));
  }
  leg->set_latch(device && device->behind_nat);
  leg->report_to(this);
  if (auto opened = leg->open_media(services_.media, affinity_, driver.reached_by_ipv6(target.endpoint, address)); !opened)
    return opened.error();
  listen(*leg);
  const Leg* const partner = instead != nullptr ? peer_of(*instead) : nullptr;
  auto offer = partner != nullptr ? offer_for_partner(*leg, *partner) : offer_for_callee(*leg);
  if (!offer) return offer.error();
  leg->set_ours(*offer);
  std::vector<HeaderField> headers = headers_for(request);
  if (target.silent) headers.push_back({"Alert-Info", "<urn:alert:priority:low>;info=silent"});
  auto made = driver.originate({leg->id(), target.endpoint, address, target.number, target.shown_as.value_or(record_.caller), *offer,
                                static_cast<uint8_t>(hops_left_ - 1), request.emergency, request.location, diversions_for(target), headers,
                                target.answer_at_once});
  if (!made) return made.error();
  leg->facts().protocol_id = std::move(*made);
  if (auto* const port = leg->media(); port != nullptr) port->set_correlation(leg->facts().protocol_id);
  leg->advance(ChannelEvent::start, id());
  services_.registry.remember(leg->id(), *this, *leg);
  legs_.push_back(std::move(leg));
  return legs_.back().get();
}

}  // namespace tandem
