#include "driver.h"

#include <fmt/compile.h>
#include <fmt/format.h>

#include <algorithm>
#include <set>
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
      messages_(host.directory(), stack, registrar, settings),
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
  resolve_gruu(sip, *leg);
  if (const Trunk* trunk = origin.is_device ? nullptr : trunks_.find(origin.endpoint)) {
    leg->dialled = trunk->settings().called_numbers.apply(leg->dialled);
    leg->caller.number = trunk->settings().caller_numbers.apply(leg->caller.number);
    for (auto& one : leg->diversions) one.from.number = diverting_number(trunk->settings(), one.from.number);
  }
  if (auto taken = host_.channels().incoming(*this, std::move(*leg)); !taken) {
    return session.hangup({cause_of(taken.error().code), taken.error().message, status_of(taken.error().code)});
  }
  remember_trying(channel);
}

// A number of ours is written as the called one is, any other as a caller's.
std::string SipDriver::diverting_number(const TrunkSettings& trunk, const std::string& number) const {
  std::string ours = trunk.called_numbers.apply(number);
  return host_.directory().number(ours) ? ours : trunk.caller_numbers.apply(number);
}

// A call to a GRUU is one to whoever is at that phone now; to one that has gone, to nobody.
void SipDriver::resolve_gruu(const sip_t* sip, IncomingLeg& leg) {
  const url_t* const url = sip->sip_request->rq_url;
  if (url->url_user == nullptr || url->url_params == nullptr || url_has_param(url, "gr") == 0) return;
  char instance[160] = {};
  if (url_param(url->url_params, "gr", instance, sizeof instance) == 0) instance[0] = '\0';
  const std::string name = registrar_.device_of_gruu(url->url_user, instance);
  const auto device = name.empty() ? nullptr : host_.directory().device(name);
  if (device) leg.dialled = host_.directory().occupant(*device).number;
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

void SipDriver::trunk_heard(std::string_view trunk, const SocketAddress& source) {
  Trunk* const t = trunks_.find(trunk);
  TrunkPeer* const peer = t != nullptr ? t->at(source, true) : nullptr;
  if (peer != nullptr) peer->heard();
}

std::string_view SipDriver::trunk_at(const SocketAddress& source, bool stream) {
  const Trunk* const trunk = trunks_.at(source, stream);
  return trunk != nullptr ? trunk->settings().name : std::string_view();
}

void SipDriver::request(msg_t* msg, sip_t* sip, const Origin& origin) {
  if (sip->sip_request->rq_method == sip_method_message) return messages_.relay(msg, sip, origin);
  notifier_.subscribe(msg, sip, origin);
}

// A call goes out.

Result<std::vector<std::string>> SipDriver::expand(std::string_view endpoint) {
  if (Trunk* trunk = trunks_.find(endpoint)) {
    // A trunk that is down is tried all the same while there is no better one.
    if (trunk->state() == TrunkState::down && trunks_.any_up())
      return Error{ErrorCode::unavailable, fmt::format("trunk {} is down", endpoint)};
    // One leg asks its gateways in turn.
    return std::vector<std::string>{std::string(endpoint)};
  }
  if (!phone(endpoint)) return Error{ErrorCode::not_found, fmt::format("there is no device or trunk \"{}\"", endpoint)};
  auto contacts = registrar_.contacts(endpoint);
  if (!contacts) return Error{ErrorCode::unavailable, fmt::format("{} is not registered", endpoint)};
  std::vector<std::string> addresses;
  std::set<std::string_view> instances;  // of several flows to one phone only one may ring (RFC 5626 5.3)
  for (const auto& contact : *contacts) {
    if (contact.expected() || (!contact.instance.empty() && !instances.insert(contact.instance).second)) continue;
    addresses.push_back(contact.uri);
  }
  if (addresses.empty())
    return Error{ErrorCode::unavailable, fmt::format("{} is registered, but its TCP connection has gone: expected back", endpoint)};
  return addresses;
}

// A further line of a phone that registers once for all is where the phone is.
std::shared_ptr<const Device> SipDriver::phone(std::string_view endpoint) const {
  if (auto device = host_.directory().device(endpoint)) return device;
  const std::string_view device = device_of_line(endpoint);
  return device.empty() ? nullptr : host_.directory().device(device);
}

Result<InviteTarget> SipDriver::device_target(const OutgoingLeg& leg, const Device& device) const {
  auto contacts = registrar_.contacts(leg.endpoint);
  if (!contacts) return contacts.error();
  auto contact = std::find_if(contacts->begin(), contacts->end(), [&](const Contact& c) { return c.uri == leg.address && !c.expected(); });
  if (contact == contacts->end()) contact = std::ranges::find(*contacts, leg.address, &Contact::uri);
  if (contact == contacts->end()) return Error{ErrorCode::unavailable, fmt::format("{} has left {}", device.name, leg.address)};
  if (contact->expected())
    return Error{ErrorCode::unavailable, fmt::format("{} is expected back: its TCP connection has gone", device.name)};
  return InviteTarget{.request_uri = contact->uri,
                      .next_hop = Registrar::next_hop(*contact, device.behind_nat),
                      .flow = contact->flow,
                      .tcp = contact->tcp,
                      .behind_nat = device.behind_nat || contact->nat,
                      .route = contact->path,
                      .headers = vendor_named(device.vendor).invite_headers()};
}

// The youngest call on the trunk that is no call for help makes way for one.
bool SipDriver::make_room(std::string_view trunk) {
  Session* youngest = nullptr;
  for (const auto& [channel, session] : sessions_) {
    const bool fits = session->endpoint() == trunk && !emergencies_.contains(channel);
    if (fits && (youngest == nullptr || channel > youngest->channel())) youngest = session.get();
  }
  if (youngest == nullptr) return false;
  kLog.line(LogLevel::warning, "trunk {}: channel {} ({}) makes way for an emergency call", trunk, youngest->channel(),
            youngest->call_id());
  youngest->hangup({Cause::congestion, "Pre-empted by an emergency call"});
  return true;
}

Result<InviteTarget> SipDriver::trunk_target(const OutgoingLeg& leg, Trunk& trunk) {
  const TrunkSettings& settings = trunk.settings();
  if (leg.number.empty()) return Error{ErrorCode::invalid, fmt::format("no number to dial at trunk {}", settings.name)};
  const auto order = trunk.order();
  if (order.empty()) {
    return Error{ErrorCode::unavailable, fmt::format("trunk {} has no gateway: {}", settings.name,
                                                     trunk.trouble().empty() ? "DNS has not answered yet" : trunk.trouble())};
  }
  if (settings.max_channels > 0 && channels_of(settings.name) >= settings.max_channels) {
    if (!leg.emergency)
      return Error{ErrorCode::exhausted, fmt::format("trunk {} has all its {} channels in use", settings.name, settings.max_channels)};
    (void)make_room(settings.name);  // with or without: the call for help is tried
  }
  const std::string number = leg.emergency ? leg.number : settings.send_numbers.apply(leg.number);
  std::vector<InviteHop> hops;
  for (const TrunkPeer* peer : order) {
    const PeerPlace& place = peer->place();
    const FlowId flow = peer->flow();
    if (place.tls && flow == 0) continue;  // the edge is still on its way there
    const std::string host = !settings.domain.empty() ? settings.domain : !place.host.empty() ? place.host : place.address.to_string();
    hops.push_back({fmt::format(FMT_COMPILE("sip:{}@{}"), escape_user(number), host), place.address, place.tcp, flow});
  }
  if (hops.empty()) return Error{ErrorCode::unavailable, fmt::format("trunk {} has no TLS connection", settings.name)};
  return InviteTarget{.request_uri = hops.front().request_uri,
                      .next_hop = hops.front().next_hop,
                      .flow = hops.front().flow,
                      .tcp = hops.front().tcp,
                      .tcp_if_large = settings.transport == TrunkTransport::automatic,
                      .trusted = settings.trust_identity,
                      .others = {hops.begin() + 1, hops.end()},
                      .patience = settings.patience,
                      .user = settings.user,
                      .secret = settings.password};
}

Result<InviteTarget> SipDriver::target_of(const OutgoingLeg& leg) {
  if (Trunk* trunk = trunks_.find(leg.endpoint)) return trunk_target(leg, *trunk);
  if (const auto device = phone(leg.endpoint)) return device_target(leg, *device);
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
  if (leg.emergency) emergencies_.insert(leg.channel);
  count_trunk(leg.endpoint, 1);
  return sent;
}

// An address without a mark of TLS is in the clear: keys are not offered there unasked.
std::shared_ptr<const MediaPolicy> SipDriver::media_policy(std::string_view endpoint, std::string_view address) {
  const EndpointSettings& wishes = settings_.endpoint(endpoint);
  const TrunkSettings* const trunk = settings_.trunk(endpoint);
  if (trunk != nullptr && trunk->transport == TrunkTransport::tls) return wishes.media;
  // A browser's contact says "ws", whether it came in clear or not: its connection knows.
  const auto contacts = registrar_.contacts(endpoint);
  for (const auto& contact : contacts ? *contacts : std::vector<Contact>()) {
    const Flow* const flow = contact.uri == address ? stack_.flows().find(contact.flow) : nullptr;
    if (flow != nullptr && flow->edge) return flow->edge->kind != EdgeKind::ws ? wishes.media : wishes.media_in_clear;
  }
  return address.starts_with("sips:") || address.find("transport=tls") != std::string_view::npos ? wishes.media : wishes.media_in_clear;
}

// "sip:11002@[2001:db8::7]:5060", or a trunk's "[2001:db8::7]:5060": no name or number has such a bracket.
bool SipDriver::reached_by_ipv6(std::string_view /*endpoint*/, std::string_view address) {
  return address.find('[') != std::string_view::npos;
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

// A lamp tells the tags of a phone's dialog as that phone sees them, and there are phones that repeat them as they are.
SessionHost::Place SipDriver::place_of(const DialogName& name) {
  const DialogName reversed{name.call_id, name.remote_tag, name.local_tag};
  for (const auto& [channel, session] : sessions_) {
    if (session->call_id() != name.call_id) continue;
    const auto own = session->dialog();
    const auto is = [&](const DialogName& n) { return own && own->local_tag == n.local_tag && own->remote_tag == n.remote_tag; };
    if (is(name) || is(reversed)) return {session->phase(), channel, session->endpoint()};
  }
  return {ended_dialogs_.has(name) || ended_dialogs_.has(reversed) ? DialogPhase::ended : DialogPhase::none};
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
  emergencies_.erase(session.channel());
  if (const auto name = session.dialog()) ended_dialogs_.note(*name);
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
  if (Trunk* const trunk = trunks_.find(endpoint)) {
    for (const TrunkPeer* peer : trunk->order()) {
      if (const FlowId other = peer->flow(); other != 0) return other;
    }
    return 0;
  }
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

void SipDriver::endpoint_reached(std::string_view endpoint, const SocketAddress& hop, bool reached) {
  const Trunk* const trunk = trunks_.find(endpoint);
  TrunkPeer* const peer = trunk != nullptr ? trunk->at(hop) : nullptr;
  if (peer == nullptr) return;
  if (reached) {
    peer->heard();
  } else {
    peer->lost();
  }
}

void SipDriver::endpoint_busy(std::string_view endpoint, const SocketAddress& hop, std::chrono::seconds wait) {
  const Trunk* const trunk = trunks_.find(endpoint);
  TrunkPeer* const peer = trunk != nullptr ? trunk->at(hop) : nullptr;
  if (peer != nullptr && trunk->peers().size() > 1) peer->busy(wait);
}

}  // namespace tandem
