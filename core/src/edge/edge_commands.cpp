#include "edge/edge_commands.h"

#include <utility>

namespace tandem {
namespace {

Json doors(EdgeThread& edge, Json reports) {
  Json rows = Json::array();
  for (auto& report : reports) {
    const auto bound = edge.doors().find(report.at("id").get<uint64_t>());
    report.erase("id");
    report.erase("certificates");
    Json row = {{"door", report.at("door")},
                {"kind", report.at("kind")},
                {"address", bound == edge.doors().end() ? "" : bound->second.to_string()}};
    row.update(report);
    rows.push_back(std::move(row));
  }
  return rows;
}

Json certificates(Json reports) {
  Json rows = Json::array();
  for (const auto& report : reports) {
    for (const auto& one : report.at("certificates")) {
      std::string names;
      for (const auto& name : one.at("names")) names += (names.empty() ? "" : " ") + name.get<std::string>();
      rows.push_back({{"door", report.at("door")},
                      {"until", one.at("until")},
                      {"subject", one.at("subject")},
                      {"names", std::move(names)},
                      {"file", one.at("file")}});
    }
  }
  return rows;
}

// Asks the edge thread, answers on the switch thread.
void ask(Loop& loop, EdgeThread& edge, ConsoleReply reply, UniqueFunction<Json(Json)> shape) {
  if (edge.doors().empty()) return reply(Json::array());
  const bool asked = edge.report([&loop, r = std::move(reply), s = std::move(shape)](Json reports) mutable {
    (void)!loop.post([r = std::move(r), s = std::move(s), reports = std::move(reports)]() mutable { r(s(std::move(reports))); },
                     Share::existing);
  });
  (void)asked;  // full: the console's own limit ends the question
}

}  // namespace

std::vector<Registration> register_edge_commands(Console& console, Loop& loop, EdgeThread& edge) {
  std::vector<Registration> made;
  const auto add = [&](ConsoleCommand command) {
    if (auto one = console.add(std::move(command))) made.push_back(std::move(*one));
  };
  add({"edge show", "", "The doors for TLS and WebSockets: what is served where, and how many are connected.",
       [&loop, &edge](const auto&, ConsoleReply reply) {
         ask(loop, edge, std::move(reply), [&edge](Json reports) { return doors(edge, std::move(reports)); });
       }});
  add({"edge show certificates", "", "The certificates of the doors, the names that they are for and how long they last.",
       [&loop, &edge](const auto&, ConsoleReply reply) { ask(loop, edge, std::move(reply), certificates); }});
  return made;
}

std::vector<Registration> register_edge_metrics(Metrics& metrics, const EdgeThread& edge) {
  const EdgeThread::Totals& all = edge.totals();
  const auto value = [](const std::atomic<uint64_t>& of) { return static_cast<double>(of.load(std::memory_order_relaxed)); };
  std::vector<Registration> made;
  made.push_back(metrics.gauge("tandem_edge_connections", "Connections over TLS and WebSockets, HTTPS included",
                               Metrics::Read([&all, value] { return value(all.connections); })));
  made.push_back(metrics.counter("tandem_edge_accepted_total", "Connections that came, or were made, and were not refused",
                                 Metrics::Read([&all, value] { return value(all.accepted); })));
  made.push_back(metrics.counter("tandem_edge_ended_total", "Connections that were not served to a good end, by reason",
                                 Metrics::ReadAll([&all, value] {
                                   return std::vector<MetricSample>{{value(all.refused), {{"reason", "refused"}}},
                                                                    {value(all.failed), {{"reason", "handshake"}}},
                                                                    {value(all.late), {{"reason", "late"}}},
                                                                    {value(all.cut), {{"reason", "cut"}}}};
                                 })));
  return made;
}

}  // namespace tandem
