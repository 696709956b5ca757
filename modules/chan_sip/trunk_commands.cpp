#include "trunk_commands.h"

#include <fmt/format.h>

#include <algorithm>

namespace tandem {

namespace {

int64_t seconds(Duration d) { return std::chrono::duration_cast<std::chrono::seconds>(d).count(); }

Json milliseconds(const std::optional<Duration>& d) {
  return d ? Json(std::chrono::duration_cast<std::chrono::milliseconds>(*d).count()) : Json();
}

Json trunk_rows(Clock& clock, const Trunks& trunks, const SipDriver& driver) {
  Json rows = Json::array();
  for (const auto& [name, trunk] : trunks.all()) {
    const auto order = trunk->order();
    const auto up = std::ranges::count_if(trunk->peers(), [](const auto& peer) { return peer->state() == TrunkState::up; });
    rows.push_back({{"trunk", name},
                    {"address", order.empty() ? "" : order.front()->place().address.to_string()},
                    {"context", trunk->settings().context},
                    {"state", to_string(trunk->state())},
                    {"for seconds", seconds(clock.now() - trunk->since())},
                    {"answers in ms", milliseconds(trunk->round_trip())},
                    {"channels", driver.channels_of(name)},
                    {"gateways", fmt::format("{} of {} up", up, trunk->peers().size())},
                    {"registration", trunk->registration() == nullptr ? "" : to_string(trunk->registration()->state())}});
  }
  return rows;
}

// The gateways in the order in which a call would ask them now.
Json gateway_rows(Clock& clock, const Trunk& trunk) {
  Json rows = Json::array();
  for (const TrunkPeer* peer : trunk.order()) {
    const PeerPlace& place = peer->place();
    rows.push_back({{"gateway", place.address.to_string()},
                    {"name", place.host},
                    {"transport", place.tcp ? "tcp" : "udp"},
                    {"priority", place.priority},
                    {"weight", place.weight},
                    {"state", to_string(peer->state())},
                    {"for seconds", seconds(clock.now() - peer->since())},
                    {"answers in ms", milliseconds(peer->round_trip())},
                    {"takes calls", peer->busy() ? "no, it said 503" : "yes"}});
  }
  return rows;
}

Json registration_rows(const Trunks& trunks) {
  Json rows = Json::array();
  for (const auto& [name, trunk] : trunks.all()) {
    const OutboundRegistration* const r = trunk->registration();
    if (r == nullptr) continue;
    rows.push_back({{"trunk", name},
                    {"address of record", r->address_of_record()},
                    {"registrar", r->registrar()},
                    {"state", to_string(r->state())},
                    {"last answer", r->last()},
                    {"next in seconds", std::max<int64_t>(seconds(r->next()), 0)},
                    {"failures", r->failures()}});
  }
  return rows;
}

}  // namespace

std::vector<Registration> add_trunk_commands(Host& host, Trunks& trunks, const SipDriver& driver) {
  std::vector<Registration> made;
  const auto add = [&](ConsoleCommand command) {
    if (auto added = host.console().add(std::move(command))) made.push_back(std::move(*added));
  };
  add({"sip show trunks", "", "Trunks, whether any of their gateways answers, and how many channels each has.",
       [&host, &trunks, &driver](const auto&, ConsoleReply reply) { reply(trunk_rows(host.loop().clock(), trunks, driver)); }});
  add({"sip show trunk", "NAME", "The gateways of one trunk in the order in which a call would ask them, each with its state.",
       [&host, &trunks](const auto& arguments, ConsoleReply reply) {
         const Trunk* const trunk = arguments.size() == 1 ? trunks.find(arguments[0]) : nullptr;
         if (trunk == nullptr) return reply(Error{ErrorCode::not_found, "usage: sip show trunk NAME, one of sip show trunks"});
         if (trunk->peers().empty() && !trunk->trouble().empty()) return reply(Error{ErrorCode::unavailable, trunk->trouble()});
         reply(gateway_rows(host.loop().clock(), *trunk));
       }});
  add({"sip show registrations outbound", "", "Where we are registered ourselves: at which carrier, as whom, and what it said last.",
       [&trunks](const auto&, ConsoleReply reply) { reply(registration_rows(trunks)); }});
  return made;
}

}  // namespace tandem
