#include "sip_metrics.h"

namespace tandem {

std::vector<Registration> register_sip_metrics(Metrics& metrics, const Stack& stack, const Registrar& registrar, const SipDriver& driver,
                                               const FirstLook& first_look) {
  std::vector<Registration> made;
  const auto gauge = [&](const char* name, const char* help, auto read) {
    made.push_back(metrics.gauge(name, help, Metrics::Read([read] { return static_cast<double>(read()); })));
  };
  const auto counter = [&](const char* name, const char* help, auto read) {
    made.push_back(metrics.counter(name, help, Metrics::Read([read] { return static_cast<double>(read()); })));
  };
  gauge("tandem_sip_sessions", "SIP legs of calls now", [&driver] { return driver.sessions(); });
  gauge("tandem_sip_contacts", "Contacts that are registered", [&registrar] { return registrar.size(); });
  gauge("tandem_sip_connections", "SIP connections over TCP", [&stack] { return stack.objects().flows; });
  gauge("tandem_sip_dialogs", "SIP dialogs", [&stack] { return stack.objects().dialogs; });
  made.push_back(metrics.gauge("tandem_sip_transactions", "SIP transactions, also finished ones that still answer repetitions",
                               Metrics::ReadAll([&stack] {
                                 const auto held = stack.objects();
                                 return std::vector<MetricSample>{{static_cast<double>(held.server_transactions), {{"side", "server"}}},
                                                                  {static_cast<double>(held.client_transactions), {{"side", "client"}}}};
                               })));
  gauge("tandem_sip_behind", "1 while more messages wait than can be served in time", [&stack] { return stack.behind() ? 1 : 0; });
  counter("tandem_sip_requests_total", "SIP requests outside dialogs that came in", [&first_look] { return first_look.counts().requests; });
  made.push_back(metrics.counter("tandem_sip_refused_total", "SIP requests outside dialogs that were not served, by reason",
                                 Metrics::ReadAll([&first_look] {
                                   const auto& c = first_look.counts();
                                   return std::vector<MetricSample>{{static_cast<double>(c.challenged), {{"reason", "challenged"}}},
                                                                    {static_cast<double>(c.refused), {{"reason", "refused"}}},
                                                                    {static_cast<double>(c.limited), {{"reason", "limited"}}},
                                                                    {static_cast<double>(c.overload), {{"reason", "overload"}}}};
                                 })));
  return made;
}

}  // namespace tandem
