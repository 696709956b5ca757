#include "notifier.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "capabilities.h"
#include "identity.h"
#include "status.h"
#include "tandem/log.h"
#include "tandem/sessions.h"

namespace tandem {
namespace {

constexpr Log kLog("sip");
constexpr std::chrono::seconds kGreeting{2};  // after its REGISTER a phone may be about to subscribe
constexpr const char* kRetryAfter = "30";     // seconds
constexpr size_t kMostGreetings = 10'000;

std::string index_of(std::string_view event, std::string_view key) { return fmt::format("{}\n{}", event, key); }

}  // namespace

struct SipNotifier::Watching {
  std::shared_ptr<const Device> device;
  Occupant who;
  Watcher watcher() const { return {*device, who}; }
};

SipNotifier::SipNotifier(Loop& loop, Events& events, Directory& directory, Stack& stack, Registrar& registrar, const SipSettings& settings)
    : loop_(loop),
      directory_(directory),
      stack_(stack),
      registrar_(registrar),
      settings_(settings),
      unsolicited_(stack, registrar, settings),
      settle_(loop) {
  registrations_.push_back(events.subscribe<DeviceRegistered>([this](const DeviceRegistered& e) { registered(std::string(e.device)); }));
  registrations_.push_back(events.subscribe<DeviceProfileChanged>([this](const DeviceProfileChanged& e) { occupant_changed(e.device); }));
  registrations_.push_back(events.subscribe<DeviceUnregistered>([this](const DeviceUnregistered& e) {
    if (const auto it = greetings_.find(e.device); it != greetings_.end()) greetings_.erase(it);
  }));
}

SipNotifier::~SipNotifier() = default;

Result<Registration> SipNotifier::offer(EventPackage& package) {
  const std::string event(package.event());
  if (!packages_.emplace(event, &package).second) return Error{ErrorCode::exists, fmt::format("event \"{}\" is served already", event)};
  return Registration([this, event] {
    packages_.erase(event);
    std::vector<Subscription*> orphans;
    for (const auto& [index, one] : by_key_) {
      if (one->subject().event == event) orphans.push_back(one.get());
    }
    for (Subscription* one : orphans) one->end("deactivated");
  });
}

EventPackage* SipNotifier::package(std::string_view event) const {
  const auto it = packages_.find(event);
  return it == packages_.end() ? nullptr : it->second;
}

std::string SipNotifier::allow_events() const {
  std::string all;
  for (const auto& [event, package] : packages_) all += (all.empty() ? "" : ", ") + event;
  return all;
}

template <class... Tags>
void SipNotifier::refuse(msg_t* msg, int status, const char* phrase, Tags... tags) {
  nta_msg_treply(stack_.agent(), msg, status, phrase, SIPTAG_SERVER_STR(settings_.user_agent.c_str()), tags..., TAG_END());
}

std::string SipNotifier::address_of(std::string_view user) const {
  return fmt::format("sip:{}@{}", escape_user(user), settings_.domain.empty() ? stack_.contact_host() : settings_.domain);
}

Result<SipNotifier::Watching> SipNotifier::watching(std::string_view device) const {
  auto found = directory_.device(device);
  if (!found) return Error{ErrorCode::forbidden, fmt::format("there is no device \"{}\" any more", device)};
  Occupant who = directory_.occupant(*found);
  return Watching{std::move(found), std::move(who)};
}

bool SipNotifier::room_for(msg_t* msg, const std::string& device) {
  const SubscriptionSettings& limits = settings_.subscriptions;
  const auto it = phones_.find(device);
  if (it != phones_.end() && it->second.all.size() >= limits.per_device) {
    kLog.line(LogLevel::notice, "SUBSCRIBE of {} refused: it has {} subscriptions, which is the limit", device, it->second.all.size());
    refuse(msg, 403, "Too Many Subscriptions");
    return false;
  }
  if (by_key_.size() >= limits.total) {
    refuse(msg, SIP_503_SERVICE_UNAVAILABLE, SIPTAG_RETRY_AFTER_STR(kRetryAfter));
    return false;
  }
  return true;
}

void SipNotifier::subscribe(msg_t* msg, sip_t* sip, const Origin& origin) {
  const std::string events = allow_events();
  const SubscribeRequest asked = read_subscribe(sip, settings_.subscriptions);
  if (asked.status == 423) {
    const std::string least = std::to_string(settings_.subscriptions.least.count());
    return refuse(msg, asked.status, asked.phrase, SIPTAG_MIN_EXPIRES_STR(least.c_str()));
  }
  if (asked.status != 200) return refuse(msg, asked.status, asked.phrase);
  EventPackage* const events_of = package(asked.event);
  if (events_of == nullptr) return refuse(msg, SIP_489_BAD_EVENT, TAG_IF(!events.empty(), SIPTAG_ALLOW_EVENTS_STR(events.c_str())));
  const std::string_view type = accepted_type(sip, events_of->types());
  if (type.empty()) return refuse(msg, SIP_406_NOT_ACCEPTABLE, SIPTAG_ACCEPT_STR(events_of->types().front().c_str()));
  const auto who = watching(origin.endpoint);
  if (!who) return refuse(msg, SIP_403_FORBIDDEN);
  const std::string resource = dialled_number(sip);
  auto key = events_of->resolve(who->watcher(), resource);
  if (!key) {
    const int status = status_of(key.error().code);
    return refuse(msg, status, phrase_of(status));
  }
  if (!room_for(msg, origin.endpoint)) return;
  auto made =
      std::make_unique<Subscription>(static_cast<SubscriptionHost&>(*this), origin.endpoint,
                                     Subscription::Subject{asked.event, asked.id, resource, *key, std::string(type), address_of(resource)});
  Subscription& one = *made;
  by_key_.emplace(index_of(asked.event, *key), std::move(made));
  phones_[origin.endpoint].all.push_back(&one);
  if (auto accepted = one.accept(msg, sip, origin, asked.expires); !accepted) return finished(one);
  replace_older(one);
}

void SipNotifier::replace_older(const Subscription& newer) {
  const auto it = phones_.find(newer.device());
  if (it == phones_.end()) return;
  const auto older = std::ranges::find_if(it->second.all, [&](const Subscription* one) {
    return one != &newer && one->subject().event == newer.subject().event && one->subject().id == newer.subject().id &&
           one->subject().resource == newer.subject().resource && one->contact() == newer.contact();
  });
  if (older != it->second.all.end()) (*older)->forget();
}

void SipNotifier::changed(std::string_view event, std::string_view key) {
  const auto [first, last] = by_key_.equal_range(index_of(event, key));
  for (auto it = first; it != last; ++it) it->second->changed();  // sends later, so nothing ends here
}

// What a phone shows depends on who is there: rights, and for "itself" the person.
void SipNotifier::occupant_changed(std::string_view device) {
  if (const auto it = phones_.find(device); it != phones_.end()) {
    for (Subscription* one : std::vector<Subscription*>(it->second.all)) resolve_again(*one);
  }
  show_all(device);
}

void SipNotifier::resolve_again(Subscription& subscription) {
  EventPackage* const events_of = package(subscription.subject().event);
  if (events_of == nullptr || subscription.state() != SubscriptionState::active) return;
  const auto who = watching(subscription.device());
  auto key = who ? events_of->resolve(who->watcher(), subscription.subject().resource) : Result<std::string>(who.error());
  if (!key) return subscription.end(key.error().code == ErrorCode::forbidden ? "rejected" : "noresource");
  if (*key != subscription.subject().key) {
    auto moved = take(subscription);
    moved->set_key(*key);
    by_key_.emplace(index_of(subscription.subject().event, *key), std::move(moved));
  }
  subscription.changed();
}

std::unique_ptr<Subscription> SipNotifier::take(const Subscription& subscription) {
  const auto [first, last] = by_key_.equal_range(index_of(subscription.subject().event, subscription.subject().key));
  for (auto it = first; it != last; ++it) {
    if (it->second.get() != &subscription) continue;
    auto taken = std::move(it->second);
    by_key_.erase(it);
    return taken;
  }
  return nullptr;
}

// What Subscriptions ask for.

FlowId SipNotifier::flow_to(const std::string& device, FlowId flow) {
  if (stack_.flows().alive(flow)) return flow;
  const auto contacts = registrar_.contacts(device);
  if (!contacts) return 0;
  const auto back = std::ranges::find_if(*contacts, [](const Contact& c) { return c.flow != 0; });
  return back == contacts->end() ? 0 : back->flow;
}

Duration SipNotifier::wait_for_place(const std::string& device) {
  const unsigned rate = settings_.subscriptions.rate;
  const auto it = phones_.find(device);
  return it == phones_.end() ? Duration(0) : it->second.pace.reserve(loop_.clock().now(), std::chrono::seconds(1) / rate, 2 * rate);
}

Result<std::string> SipNotifier::body_of(Subscription& subscription) {
  EventPackage* const events_of = package(subscription.subject().event);
  if (events_of == nullptr) return Error{ErrorCode::not_found, "nobody serves this event any longer"};
  const auto who = watching(subscription.device());
  if (!who) return who.error();
  const auto& subject = subscription.subject();
  return events_of->state(who->watcher(), {subject.resource, subject.key, subject.type, subject.entity, subscription.version()});
}

void SipNotifier::finished(Subscription& subscription) {
  const auto it = phones_.find(subscription.device());
  if (it != phones_.end()) {
    std::erase(it->second.all, &subscription);
    if (it->second.all.empty()) phones_.erase(it);
  }
  if (auto taken = take(subscription)) finished_.push_back(std::move(taken));
  if (!settle_.running()) settle_.start({}, [this] { finished_.clear(); });
}

std::vector<const Subscription*> SipNotifier::list(std::string_view device, size_t most) const {
  std::vector<const Subscription*> found;
  for (auto it = device.empty() ? phones_.begin() : phones_.find(device); it != phones_.end() && found.size() < most; ++it) {
    for (const Subscription* one : it->second.all) {
      if (found.size() < most) found.push_back(one);
    }
    if (!device.empty()) break;
  }
  return found;
}

// Phones that do not subscribe.

Result<std::string> SipNotifier::state_of_itself(EventPackage& package, std::string_view device) const {
  const auto who = watching(device);
  if (!who) return who.error();
  auto key = package.resolve(who->watcher(), device);
  if (!key) return key.error();
  const std::string entity = address_of(who->who.number.empty() ? device : who->who.number);
  return package.state(who->watcher(), {device, *key, package.types().front(), entity, 0});
}

void SipNotifier::show(std::string_view event, std::string_view device) {
  EventPackage* const events_of = package(event);
  if (events_of == nullptr || !events_of->unsolicited() || !settings_.subscriptions.unsolicited) return;
  if (const auto it = phones_.find(device); it != phones_.end()) {
    if (std::ranges::any_of(it->second.all, [&](const Subscription* one) { return one->subject().event == event; })) return;
  }
  const auto state = state_of_itself(*events_of, device);
  const auto found = directory_.device(device);
  if (!state || !found) return;
  (void)unsolicited_.send(*found, event, events_of->types().front(), *state);
}

void SipNotifier::show_all(std::string_view device) {
  for (const auto& [event, package] : packages_) {
    if (package->unsolicited()) show(event, device);
  }
}

void SipNotifier::registered(const std::string& device) {
  if (!settings_.subscriptions.unsolicited || greetings_.size() >= kMostGreetings) return;
  // At a hot desk somebody may have been who left a lamp on. Where nobody ever is, there is nothing to tell: a NOTIFY for each REGISTER of
  // such a phone would nearly double what that costs.
  const auto found = directory_.device(device);
  if (!found || (!found->extension_mobility && directory_.occupant(*found).user == nullptr)) return;
  if (std::ranges::none_of(packages_, [](const auto& one) { return one.second->unsolicited(); })) return;
  auto& timer = greetings_[device];
  if (!timer) timer = std::make_unique<Timer>(loop_);
  timer->start(kGreeting, [this, device] {
    greetings_.erase(device);
    show_all(device);
  });
}

Result<void> SipNotifier::tell(std::string_view device, std::string_view event, std::string_view type, std::string_view body) {
  const auto found = directory_.device(device);
  if (!found) return Error{ErrorCode::not_found, fmt::format("there is no device \"{}\"", device)};
  return unsolicited_.send(*found, event, type, body);
}

}  // namespace tandem
