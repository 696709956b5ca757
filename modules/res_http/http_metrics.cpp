#include "http_metrics.h"

#include <fmt/format.h>

namespace tandem {
namespace {

/// One sample a listener.
template <class Read>
Metrics::ReadAll of_listeners(const WebServer& server, Read read) {
  return [&server, read] {
    std::vector<MetricSample> samples;
    for (const auto& listener : server.listeners()) {
      samples.push_back({static_cast<double>(read(listener->counts().connections)), {{"listener", listener->name()}}});
    }
    return samples;
  };
}

std::vector<MetricSample> answers(const WebServer& server) {
  std::vector<MetricSample> samples;
  for (const auto& listener : server.listeners()) {
    const auto counts = listener->counts();
    for (size_t i = 1; i < counts.answers.size(); ++i) {
      samples.push_back({static_cast<double>(counts.answers[i]), {{"listener", listener->name()}, {"class", fmt::format("{}xx", i + 1)}}});
    }
  }
  return samples;
}

}  // namespace

std::vector<Registration> register_http_metrics(Metrics& metrics, const WebServer& server) {
  using Counts = ConnectionBook::Counts;
  std::vector<Registration> made;
  made.push_back(metrics.gauge("tandem_http_connections", "Connections to the web server now",
                               of_listeners(server, [](const Counts& c) { return c.open; })));
  made.push_back(metrics.counter("tandem_http_connections_refused_total", "Connections that were one too many",
                                 of_listeners(server, [](const Counts& c) { return c.refused; })));
  made.push_back(metrics.counter("tandem_http_connections_cut_total", "Connections that were too slow",
                                 of_listeners(server, [](const Counts& c) { return c.cut; })));
  made.push_back(metrics.counter("tandem_http_answers_total", "Answers of the web server, by class of status",
                                 Metrics::ReadAll([&server] { return answers(server); })));
  made.push_back(metrics.counter("tandem_http_answers_late_total", "Requests whose handler took too long",
                                 Metrics::Read([&server] { return static_cast<double>(server.timed_out()); })));
  made.push_back(metrics.gauge("tandem_http_waiting", "Requests that wait for their answer, and open streams",
                               Metrics::Read([&server] { return static_cast<double>(server.waiting()); })));
  return made;
}

}  // namespace tandem
