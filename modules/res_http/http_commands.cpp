#include "http_commands.h"

#include <fmt/format.h>

namespace tandem {
namespace {

Json listener_rows(const WebServer& server) {
  Json rows = Json::array();
  for (const auto& listener : server.listeners()) {
    const auto counts = listener->counts();
    const auto& c = counts.connections;
    rows.push_back({{"listener", listener->name()},
                    {"address", listener->bound().to_string()},
                    {"connections", c.open},
                    {"accepted", c.accepted},
                    {"refused", c.refused},
                    {"too slow", c.cut},
                    {"2xx", counts.answers[1]},
                    {"3xx", counts.answers[2]},
                    {"4xx", counts.answers[3]},
                    {"5xx", counts.answers[4]}});
  }
  return rows;
}

Json route_rows(const WebServer& server) {
  Json rows = Json::array();
  for (const auto& [id, facts] : server.route_facts()) {
    rows.push_back({{"listener", facts.entry.listener},
                    {"method", facts.entry.method},
                    {"path", facts.entry.pattern},
                    {"right", facts.entry.right},
                    {"asked", facts.asked}});
  }
  return rows;
}

Result<Json> hashed(const std::vector<std::string>& args) {
  if (args.size() != 1 || args[0].size() < 8) return Error{ErrorCode::invalid, "say one secret, of at least 8 characters"};
  return Json("secret = " + hash_secret(args[0]));
}

Json token() {
  const auto made = make_token();
  return {{"for the application", made}, {"for http.ini", "tokens = " + digest_of_token(made)}};
}

}  // namespace

Result<std::vector<Registration>> register_http_commands(Console& console, const WebServer& server) {
  std::vector<ConsoleCommand> commands;
  commands.push_back({"http show listeners", "",
                      "The web server's sockets: connections now and ever, refused and cut ones, answers by class.",
                      [&server](const auto&, ConsoleReply reply) { reply(listener_rows(server)); }});
  commands.push_back({"http show routes", "", "What is served where, which right it needs, and how often it was asked for.",
                      [&server](const auto&, ConsoleReply reply) { reply(route_rows(server)); }});
  commands.push_back({"http hash", "SECRET", "The line for an application user's secret in http.ini.",
                      [](const auto& args, ConsoleReply reply) { reply(hashed(args)); }});
  commands.push_back({"http make token", "", "A new bearer token for an application user, and its line in http.ini. It is shown this once.",
                      [](const auto&, ConsoleReply reply) { reply(token()); }});
  std::vector<Registration> made;
  for (auto& command : commands) {
    auto added = console.add(std::move(command));
    if (!added) return added.error();
    made.push_back(std::move(*added));
  }
  return made;
}

}  // namespace tandem
