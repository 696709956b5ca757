#include "trunk_commands.h"

namespace tandem {

namespace {

Json trunk_rows(Clock& clock, const Trunks& trunks, const SipDriver& driver) {
  Json rows = Json::array();
  for (const auto& [name, trunk] : trunks.all()) {
    const auto since = std::chrono::duration_cast<std::chrono::seconds>(clock.now() - trunk->since()).count();
    const auto trip = trunk->round_trip();
    rows.push_back({{"trunk", name},
                    {"address", trunk->settings().address.to_string()},
                    {"context", trunk->settings().context},
                    {"state", to_string(trunk->state())},
                    {"for seconds", since},
                    {"answers in ms", trip ? Json(std::chrono::duration_cast<std::chrono::milliseconds>(*trip).count()) : Json()},
                    {"channels", driver.channels_of(name)}});
  }
  return rows;
}

}  // namespace

std::vector<Registration> add_trunk_commands(Host& host, const Trunks& trunks, const SipDriver& driver) {
  std::vector<Registration> made;
  auto added = host.console().add(
      {"sip show trunks", "", "Gateways, whether they answer, and how many channels each has.",
       [&host, &trunks, &driver](const auto&, ConsoleReply reply) { reply(trunk_rows(host.loop().clock(), trunks, driver)); }});
  if (added) made.push_back(std::move(*added));
  return made;
}

}  // namespace tandem
