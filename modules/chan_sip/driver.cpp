#include "driver.h"

#include <fmt/compile.h>
#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "identity.h"
#include "status.h"
#include "tandem/log.h"
#include "vendors/vendor.h"

namespace tandem {

namespace {

constexpr Log kLog("sip");
// RFC 3261 17.2.1 wants 100 Trying within 200 ms unless something better is sent; a call that rings sooner saves the message.
constexpr auto kTryingAfter = std::chrono::milliseconds(150);

}  // namespace

SipDriver::SipDriver(Host& host, Stack& stack, Registrar& registrar, Trunks& trunks, SipNotifier& notifier, const SipSettings& settings)
    : host_(host),
      stack_(stack),
      registrar_(registrar),
      trunks_(trunks),
      notifier_(notifier),
      settings_(settings),
      byes_(host.loop()),
      settle_(host.loop()),
      trying_timer_(host.loop()) {}

SipDriver::~SipDriver() = default;

Session* SipDriver::find(ChannelId channel) const {
  const auto it = sessions_.find(channel);
  return it == sessions_.end() ? nullptr : it->second.get();
}

unsigned SipDriver::channels_of(std::string_view trunk) const {
  const auto it = trunk_channels_.find(trunk);
  return it == trunk_channels_.end() ? 0 : it->second;
}

void SipDriver::count_trunk(std::string_view endpoint, int change) {
  if (trunks_.find(endpoint) == nullptr && !trunk_channels_.contains(endpoint)) return;
  auto& count = trunk_channels_[std::string(endpoint)];
  count = static_cast<unsigned>(std::max(0, static_cast<int>(count) + change));
}

// A call comes in.

void SipDriver::invite(msg_t* msg, sip_t* sip, const Origin& origin) {
  const ChannelId channel = host_.channels().next_channel();
  auto made = std::make_unique<Session>(*this, channel, origin.endpoint);
  Session& session = *made;
  sessions_.emplace(channel, std::move(made));
  count_trunk(origin.endpoint, 1);
  auto leg = session.accept_invite(msg, sip, origin);
  if (!leg) {
    kLog.line(LogLevel::info, "INVITE from {} refused: {}", origin.endpoint, leg.error().message);
    if (session.state() != SessionState::terminated) finished(session);
    return;
  }
  if (auto taken = host_.channels().incoming(*this, std::move(*leg)); !taken) {
    return session.hangup({cause_of(taken.error().code), taken.error().message, status_of(taken.error().code)});
  }
  remember_trying(channel);
}

void SipDriver::remember_trying(ChannelId channel) {
  trying_.push_back({host_.loop().clock().now() + kTryingAfter, channel});
  if (!trying_timer_.running()) trying_timer_.start(kTryingAfter, [this] { send_trying(); });
}

void SipDriver::send_trying() {
  const Instant now = host_.loop().clock().now();
  while (!trying_.empty() && trying_.front().due <= now) {
    if (Session* session = find(trying_.front().channel)) session->trying();
    trying_.pop_front();
  }
  if (!trying_.empty()) trying_timer_.start(trying_.front().due - now, [this] { send_trying(); });
}

void SipDriver::request(msg_t* msg, sip_t* sip, const Origin& origin) { notifier_.subscribe(msg, sip, origin); }

void SipDriver::trunk_heard(std::string_view trunk) {
  if (Trunk* t = trunks_.find(trunk)) t->heard();
}

// A call goes out.

Result<std::vector<std::string>> SipDriver::expand(std::string_view endpoint) {
  if (Trunk* trunk = trunks_.find(endpoint)) {
    // A trunk that is down is tried all the same while there is no better one.
    if (trunk->state() == TrunkState::down && trunks_.any_up())
      return Error{ErrorCode::unavailable, fmt::format("trunk {} is down", endpoint)};
    return std::vector<std::string>{trunk->settings().address.to_string()};
  }
  if (!host_.directory().device(endpoint)) return Error{ErrorCode::not_found, fmt::format("there is no device or trunk \"{}\"", endpoint)};
  auto contacts = registrar_.contacts(endpoint);
  if (!contacts) return Error{ErrorCode::unavailable, fmt::format("{} is not registered", endpoint)};
  std::vector<std::string> addresses;
  for (const auto& contact : *contacts) {
    if (!contact.expected()) addresses.push_back(contact.uri);
  }
  if (addresses.empty())
    return Error{ErrorCode::unavailable, fmt::format("{} is registered, but its TCP connection has gone: expected back", endpoint)};
  return addresses;
}

Result<InviteTarget> SipDriver::device_target(const OutgoingLeg& leg, const Device& device) const {
  auto contacts = registrar_.contacts(device.name);
  if (!contacts) return contacts.error();
  const auto contact = std::find_if(contacts->begin(), contacts->end(), [&](const Contact& c) { return c.uri == leg.address; });
  if (contact == contacts->end()) return Error{ErrorCode::unavailable, fmt::format("{} has left {}", device.name, leg.address)};
  if (contact->expected())
    return Error{ErrorCode::unavailable, fmt::format("{} is expected back: its TCP connection has gone", device.name)};
  return InviteTarget{.request_uri = contact->uri,
                      .next_hop = Registrar::next_hop(*contact, device.behind_nat),
                      .flow = contact->flow,
                      .tcp = contact->tcp,
                      .behind_nat = device.behind_nat,
                      .headers = vendor_named(device.vendor).invite_headers()};
}

Result<InviteTarget> SipDriver::trunk_target(const OutgoingLeg& leg, Trunk& trunk) const {
  const TrunkSettings& settings = trunk.settings();
  if (settings.max_channels > 0 && channels_of(settings.name) >= settings.max_channels && !leg.emergency) {
    return Error{ErrorCode::exhausted, fmt::format("trunk {} has all its {} channels in use", settings.name, settings.max_channels)};
  }
  if (leg.number.empty()) return Error{ErrorCode::invalid, fmt::format("no number to dial at trunk {}", settings.name)};
  return InviteTarget{.request_uri = fmt::format(FMT_COMPILE("sip:{}@{}"), escape_user(leg.number), settings.address.to_string()),
                      .next_hop = settings.address,
                      .tcp = settings.transport == TrunkTransport::tcp,
                      .tcp_if_large = settings.transport == TrunkTransport::automatic,
                      .trusted = settings.trust_identity};
}

Result<InviteTarget> SipDriver::target_of(const OutgoingLeg& leg) {
  if (Trunk* trunk = trunks_.find(leg.endpoint)) return trunk_target(leg, *trunk);
  if (const auto device = host_.directory().device(leg.endpoint)) return device_target(leg, *device);
  return Error{ErrorCode::not_found, fmt::format("there is no device or trunk \"{}\"", leg.endpoint)};
}

Result<std::string> SipDriver::originate(const OutgoingLeg& leg) {
  if (overloaded() && !leg.emergency) return Error{ErrorCode::exhausted, "too many sessions"};
  const auto target = target_of(leg);
  if (!target) return target.error();
  auto session = std::make_unique<Session>(*this, leg.channel, leg.endpoint);
  auto sent = session->invite(leg, *target);
  if (!sent) return sent.error();
  sessions_.emplace(leg.channel, std::move(session));
  count_trunk(leg.endpoint, 1);
  return sent;
}

// The core's orders about one leg.

void SipDriver::ring(ChannelId channel) {
  if (Session* s = find(channel)) s->ring();
}

void SipDriver::progress(ChannelId channel, const MediaDescription& answer) {
  if (Session* s = find(channel)) s->progress(answer);
}

void SipDriver::answer(ChannelId channel, const MediaDescription& description) {
  if (Session* s = find(channel)) s->answer(description);
}

void SipDriver::hangup(ChannelId channel, const Ending& ending) {
  if (Session* s = find(channel)) s->hangup(ending);
}

void SipDriver::offer(ChannelId channel, const MediaDescription& offer) {
  if (Session* s = find(channel)) s->offer(offer);
}

void SipDriver::accept(ChannelId channel, const MediaDescription& answer) {
  if (Session* s = find(channel)) s->accept(answer);
}

void SipDriver::refuse(ChannelId channel, const Error& why) {
  if (Session* s = find(channel)) s->refuse(why);
}

void SipDriver::connected(ChannelId channel, const Party& to) {
  if (Session* s = find(channel)) s->connected(to);
}

bool SipDriver::digit(ChannelId channel, char digit, std::chrono::milliseconds length) {
  Session* s = find(channel);
  return s != nullptr && s->digit(digit, length);
}

std::optional<std::string> SipDriver::header(ChannelId channel, std::string_view name) {
  const Session* s = find(channel);
  return s != nullptr ? s->header(name) : std::nullopt;
}

std::optional<DialogName> SipDriver::dialog(ChannelId channel) {
  const Session* s = find(channel);
  return s != nullptr ? s->dialog() : std::nullopt;
}

void SipDriver::transferred(ChannelId channel, const TransferProgress& progress) {
  if (Session* s = find(channel)) s->transferred(progress);
}

ChannelId SipDriver::channel_of(const DialogName& name) {
  for (const auto& [channel, session] : sessions_) {
    if (session->call_id() != name.call_id) continue;
    const auto own = session->dialog();
    if (own && own->local_tag == name.local_tag && own->remote_tag == name.remote_tag) return channel;
  }
  return 0;
}

std::string SipDriver::describe(ChannelId channel) {
  const Session* s = find(channel);
  return s != nullptr ? s->describe() : "";
}

// What Sessions report. Nothing of it reaches the core or destroys a Session in the middle of nta's callback.

void SipDriver::ended(ChannelId channel, Ending ending) {
  ended_.push_back({channel, std::move(ending)});
  if (!settle_.running()) settle_.start({}, [this] { settle(); });
}

void SipDriver::finished(Session& session) {
  const auto it = sessions_.find(session.channel());
  if (it == sessions_.end()) return;
  count_trunk(session.endpoint(), -1);
  finished_.push_back(std::move(it->second));
  sessions_.erase(it);
  if (!settle_.running()) settle_.start({}, [this] { settle(); });
}

void SipDriver::tell_endings() {
  for (const auto& [channel, ending] : std::exchange(ended_, {})) host_.channels().ended(channel, ending);
}

void SipDriver::settle() {
  finished_.clear();
  tell_endings();
}

FlowId SipDriver::flow_to(const std::string& endpoint, FlowId flow) {
  if (stack_.flows().alive(flow)) return flow;
  const auto contacts = registrar_.contacts(endpoint);
  if (!contacts) return 0;
  const auto back = std::ranges::find_if(*contacts, [](const Contact& c) { return c.flow != 0; });
  return back == contacts->end() ? 0 : back->flow;
}

void SipDriver::flow_gone(FlowId flow) {
  std::vector<Session*> lost;
  for (const auto& [channel, session] : sessions_) {
    if (session->flow() == flow) lost.push_back(session.get());
  }
  for (Session* session : lost) session->flow_lost();
}

void SipDriver::endpoint_reached(std::string_view endpoint, bool reached) {
  Trunk* trunk = trunks_.find(endpoint);
  if (trunk == nullptr) return;
  if (reached) {
    trunk->heard();
  } else {
    trunk->lost();
  }
}

}  // namespace tandem
