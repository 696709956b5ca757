#include "trunk.h"

#include <fmt/format.h>
#include <sodium.h>

#include <algorithm>
#include <utility>

#include "tandem/log.h"

namespace tandem {

namespace {

constexpr Log kLog("sip");
constexpr auto kRetryName = std::chrono::seconds(10);  // a name that leads nowhere
constexpr auto kShortestTtl = std::chrono::seconds(1);

}  // namespace

/// One name among the gateways, and where it leads at present.
struct Trunk::Name {
  Name(Loop& loop, PeerSettings s) : settings(std::move(s)), timer(loop) {}
  PeerSettings settings;
  std::vector<PeerPlace> places;
  Timer timer;
  DnsQuery query;
};

Trunk::Trunk(Stack& stack, Loop& loop, Resolver& resolver, TrunkSettings settings, const std::string& user_agent)
    : stack_(stack), loop_(loop), resolver_(resolver), settings_(std::move(settings)), user_agent_(user_agent) {
  for (const auto& peer : settings_.peers) {
    if (peer.address.empty()) names_.push_back(std::make_unique<Name>(loop_, peer));
  }
  place_peers();
  for (auto& name : names_) resolve(*name);
  if (settings_.registers) registration_ = std::make_unique<OutboundRegistration>(stack_, loop_, *this, user_agent_);
}

Trunk::~Trunk() = default;

void Trunk::resolve(Name& name) {
  const bool tls = settings_.transport == TrunkTransport::tls;
  const bool tcp = tls || settings_.transport == TrunkTransport::tcp, any = settings_.transport == TrunkTransport::automatic;
  // Over TLS the addresses of the name itself count: with a port DNS is asked for nothing else (RFC 3263 4.2).
  const uint16_t port = tls && name.settings.port == 0 ? uint16_t{5061} : name.settings.port;
  name.query = resolver_.resolve({name.settings.host, port, !tcp, tcp || any},
                                 [this, &name](const Result<Resolved>& answer) { resolved(name, answer); });
}

// Where DNS does not answer, what it said last stays in force.
void Trunk::resolved(Name& name, const Result<Resolved>& answer) {
  if (!answer) {
    trouble_ = fmt::format("{}: {}", name.settings.host, answer.error().message);
    kLog.line(LogLevel::warning, "trunk {}: {}", settings_.name, trouble_);
    name.timer.start(kRetryName, [this, &name] { resolve(name); });
    return;
  }
  trouble_.clear();
  name.places.clear();
  for (const auto& hop : answer->hops) {
    // The name's own place counts first, then the order that DNS gives.
    const unsigned priority = name.settings.priority * 65'536 + hop.priority;
    name.places.push_back({hop.address, hop.tcp, priority, hop.weight * std::max(1U, name.settings.weight), name.settings.host,
                           settings_.transport == TrunkTransport::tls});
  }
  name.timer.start(std::max<std::chrono::seconds>(answer->ttl, kShortestTtl), [this, &name] { resolve(name); });
  place_peers();
}

// Gateways that stay keep what is known of them.
void Trunk::place_peers() {
  std::vector<PeerPlace> places;
  const bool tls = settings_.transport == TrunkTransport::tls, tcp = tls || settings_.transport == TrunkTransport::tcp;
  if (settings_.peers.empty()) places.push_back({.address = settings_.address, .tcp = tcp, .tls = tls});
  for (const auto& peer : settings_.peers) {
    if (!peer.address.empty()) places.push_back({peer.address, tcp, peer.priority * 65'536, peer.weight, {}, tls});
  }
  for (const auto& name : names_) places.insert(places.end(), name->places.begin(), name->places.end());
  std::vector<std::unique_ptr<TrunkPeer>> next;
  for (const auto& place : places) {
    const auto is_there = [&](const auto& p) { return p != nullptr && p->place().same_place(place); };
    if (std::ranges::any_of(next, is_there)) continue;
    const auto old = std::ranges::find_if(peers_, is_there);
    if (old == peers_.end()) {
      next.push_back(std::make_unique<TrunkPeer>(stack_, loop_, settings_, place, user_agent_));
    } else {
      next.push_back(std::move(*old));
      next.back()->move(place.priority, place.weight);
    }
  }
  peers_ = std::move(next);
}

TrunkState Trunk::state() const {
  const auto is = [](TrunkState wanted) { return [wanted](const auto& peer) { return peer->state() == wanted; }; };
  if (std::ranges::any_of(peers_, is(TrunkState::up))) return TrunkState::up;
  return peers_.empty() || std::ranges::all_of(peers_, is(TrunkState::down)) ? TrunkState::down : TrunkState::unknown;
}

Instant Trunk::since() const {
  Instant since{};
  for (const auto& peer : peers_) since = std::max(since, peer->since());
  return since;
}

std::optional<Duration> Trunk::round_trip() const {
  const auto ordered = order();
  return ordered.empty() ? std::nullopt : ordered.front()->round_trip();
}

// RFC 2782: among equals the share of calls is the share of weight.
std::vector<const TrunkPeer*> Trunk::order() const {
  struct Place {
    bool last;
    unsigned priority;
    uint64_t lot;
    const TrunkPeer* peer;
  };
  std::vector<Place> places;
  for (const auto& peer : peers_)
    places.push_back({peer->busy() || peer->state() == TrunkState::down, peer->place().priority, 0, peer.get()});
  const auto rank = [](const Place& p) { return std::pair(p.last, p.priority); };
  std::ranges::stable_sort(places, {}, rank);
  for (auto first = places.begin(); first != places.end(); ++first) {
    const auto end = std::find_if(first, places.end(), [&](const Place& p) { return rank(p) != rank(*first); });
    uint64_t total = 0;
    for (auto p = first; p != end; ++p) total += p->peer->place().weight;
    if (total == 0 || end - first < 2) continue;
    uint64_t drawn = randombytes_uniform(static_cast<uint32_t>(std::min<uint64_t>(total, UINT32_MAX)));
    auto chosen = first;
    while (drawn >= chosen->peer->place().weight) drawn -= (chosen++)->peer->place().weight;
    std::rotate(first, chosen, chosen + 1);
  }
  std::vector<const TrunkPeer*> ordered;
  for (const auto& place : places) ordered.push_back(place.peer);
  return ordered;
}

TrunkPeer* Trunk::at(const SocketAddress& address, bool any_port) const {
  const auto exactly = [&](const auto& p) { return p->place().address == address; };
  auto peer = std::ranges::find_if(peers_, exactly);
  if (peer == peers_.end() && any_port)
    peer = std::ranges::find_if(peers_, [&](const auto& p) { return p->place().address.host() == address.host(); });
  return peer == peers_.end() ? nullptr : peer->get();
}

Trunks::Trunks(Stack& stack, Loop& loop, const SipSettings& settings) : stack_(stack), loop_(loop), resolver_(loop) {
  reconfigure(settings);
}

void Trunks::reconfigure(const SipSettings& settings) {
  resolver_.reconfigure({settings.dns_servers, settings.dns_timeout, settings.dns_longest});
  decltype(trunks_) next;
  for (const auto& trunk : settings.trunks) {
    const auto old = trunks_.find(trunk.name);
    if (old != trunks_.end() && old->second->settings() == trunk) {
      next.emplace(trunk.name, std::move(old->second));
    } else {
      next.emplace(trunk.name, std::make_unique<Trunk>(stack_, loop_, resolver_, trunk, settings.user_agent));
    }
  }
  trunks_ = std::move(next);
}

Trunk* Trunks::find(std::string_view name) {
  const auto it = trunks_.find(name);
  return it == trunks_.end() ? nullptr : it->second.get();
}

Trunk* Trunks::at(const SocketAddress& source, bool stream) {
  for (const auto& [name, trunk] : trunks_) {
    if (trunk->settings().peers.empty()) continue;  // known by its settings alone
    if (trunk->at(source, stream && trunk->settings().transport != TrunkTransport::udp) != nullptr) return trunk.get();
  }
  return nullptr;
}

bool Trunks::any_up() const {
  return std::any_of(trunks_.begin(), trunks_.end(), [](const auto& t) { return t.second->state() == TrunkState::up; });
}

}  // namespace tandem
