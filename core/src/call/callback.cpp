// Calls that the office begins (Originator): the first leg is one that we have made; once it is up it is the caller, and the dialplan runs.
#include <fmt/format.h>

#include <utility>

#include "call/anchor.h"
#include "call/first_leg.h"
#include "call/switch.h"
#include "tandem/log.h"

namespace tandem {

namespace {

constexpr Log kLog("call");
constexpr uint8_t kHops = 70;

}  // namespace

/// Where the first leg goes, and whose call it is.
struct CallImpl::Origin {
  std::shared_ptr<const User> user;
  std::string dialled;
  Driver& driver;
  DialTarget target;
  std::string address;
};

CallImpl::CallImpl(CallServices services, uint64_t number, Origin from)
    : services_(services), number_(number), affinity_(number), hops_left_(kHops) {
  const User& user = *from.user;
  record_.call = fmt::format("C-{:010x}", number);
  record_.linked_id = record_.call;
  record_.context = "phones";
  record_.dialled = std::move(from.dialled);
  record_.start = services_.loop.clock().wall();
  record_.caller = {user.extension, user.name, false};
  occupant_ = {from.user, user.extension, user.name, user.calling_class};
  legs_.push_back(std::make_unique<Leg>(services_.registry.next_channel(), true, from.driver, from.target.endpoint, record_.caller,
                                        services_.loop.clock(), from.address));
  Leg& leg = caller_leg();
  leg.facts().user = user.id;
  leg.facts().destination = from.target.destination;
  if (!from.target.number.empty()) leg.facts().number = from.target.number;
  const auto device = services_.directory.device(leg.endpoint());
  leg.set_latch(device && device->behind_nat);
  leg.report_to(this);
}

Result<void> CallImpl::begin_call_back(const Origin& origin, const RemoteLeg& how, Dialplan* dialplan) {
  Leg& leg = caller_leg();
  if (auto* const remote = origin.target.destination.empty() ? nullptr : services_.registry.remote_destinations(); remote != nullptr) {
    auto one_more = remote->occupy(origin.target.destination);
    if (!one_more) return one_more.error();
    leg.keep(std::move(*one_more));
  }
  const bool ipv6 = origin.driver.reached_by_ipv6(leg.endpoint(), origin.address);
  if (auto opened = leg.open_media(services_.media, affinity_, ipv6); !opened) return opened.error();
  listen(leg);
  auto offer = offer_for_callee(leg);
  if (!offer) return offer.error();
  leg.set_ours(*offer);
  OutgoingLeg out{leg.id(), origin.target.endpoint, origin.address, origin.target.number, origin.target.shown_as.value_or(record_.caller),
                  *offer};
  out.hops_left = hops_left_ - 1;
  auto made = origin.driver.originate(out);
  if (!made) return made.error();
  leg.facts().protocol_id = std::move(*made);
  leg.media()->set_correlation(leg.facts().protocol_id);
  leg.advance(ChannelEvent::start, id());
  services_.registry.remember(leg.id(), *this, leg);
  CallRecord opening = record_;
  opening.legs.push_back(leg.facts());
  services_.events.publish(CallStarted{opening});
  explain(fmt::format("{} is called back at {} {} and then connected with {}", record_.caller.number, leg.endpoint(), origin.target.number,
                      record_.dialled));
  first_ = std::make_unique<FirstLeg>(*this, how, [this, dialplan] { first_answered(dialplan); });
  return {};
}

void CallImpl::first_answered(Dialplan* dialplan) {
  explain(fmt::format("{} has answered: {} is dialled", caller_leg().facts().channel, record_.dialled));
  caller_leg().settle_formats();
  watch_silence(caller_leg());
  services_.loop.defer([weak = weak_from_this(), dialplan] {
    const auto self = weak.lock();
    if (!self) return;
    self->first_.reset();
    self->run_script(dialplan);
  });
}

namespace {

/// The first phone of the person that can be reached.
Result<std::pair<DialTarget, std::string>> own_phone(Directory& directory, Driver& driver, const std::string& user) {
  for (const auto& device : directory.devices_of(user)) {
    auto addresses = driver.expand(device);
    if (!addresses || addresses->empty()) continue;
    DialTarget target;
    target.text = "user/" + user;
    target.scheme = std::string(driver.name());
    target.endpoint = device;
    return std::pair(std::move(target), addresses->front());
  }
  return Error{ErrorCode::unavailable, fmt::format("no phone of {} can be reached", user)};
}

}  // namespace

Result<std::pair<DialTarget, std::string>> Switch::first_of(const CallbackOrder& order) {
  auto route = dialplan_->route_as(order.user, order.first.number);
  if (!route) return Error{route.error().code, fmt::format("{}: {}", order.first.number, route.error().message)};
  auto request = parse_dial(route->dial);
  if (!request) return request.error();
  DialTarget target = std::move(request->targets.front());
  if (request->emergency) return Error{ErrorCode::forbidden, "an emergency centre is not called back"};
  if (target.scheme == "user") {
    if (target.endpoint != order.user) return Error{ErrorCode::forbidden, fmt::format("{} is somebody else's number", order.first.number)};
    Driver* const sip = driver("sip");
    return sip != nullptr ? own_phone(services_.directory, *sip, order.user) : Error{ErrorCode::unavailable, "no driver \"sip\" is loaded"};
  }
  Driver* const way = driver(target.scheme);
  if (way == nullptr) return Error{ErrorCode::unavailable, fmt::format("no driver \"{}\" is loaded", target.scheme)};
  auto addresses = way->expand(target.endpoint);
  if (!addresses) return addresses.error();
  if (addresses->empty()) return Error{ErrorCode::unavailable, fmt::format("{} cannot be reached", target.endpoint)};
  target.shown_as = order.first.shown_as ? order.first.shown_as : route->shown_as;
  target.user = order.user;
  target.destination = order.first.id;
  return std::pair(std::move(target), addresses->front());
}

Result<std::string> Switch::call_back(const CallbackOrder& order) {
  auto user = services_.directory.user(order.user);
  if (user == nullptr) return Error{ErrorCode::not_found, fmt::format("there is no user \"{}\"", order.user)};
  if (is_emergency(order.second) || is_emergency(order.first.number))
    return Error{ErrorCode::forbidden, "emergency numbers are dialled at the phone where the help is needed"};
  if (auto admitted = admit(order.second); !admitted) return admitted.error();
  if (dialplan_ == nullptr) return Error{ErrorCode::unavailable, "no dialplan is loaded"};
  if (auto may = dialplan_->route_as(order.user, order.second); !may)
    return Error{may.error().code, fmt::format("{}: {}", order.second, may.error().message)};
  auto first = first_of(order);
  if (!first) return first.error();
  const std::string scheme = first->first.scheme;
  CallImpl::Origin origin{std::move(user), order.second, *driver(scheme), std::move(first->first), std::move(first->second)};
  const uint64_t number = next_call_++;
  auto call = std::make_shared<CallImpl>(services_, number, origin);
  calls_.emplace(number, call);
  if (auto begun = call->begin_call_back(origin, order.first, dialplan_); !begun) {
    kLog.call(LogLevel::warning, call->id(), "not called back: {}", begun.error().message);
    calls_.erase(number);
    return begun.error();
  }
  return call->id();
}

}  // namespace tandem
