// Anomalies: logins that somebody should look at. Each is a line of the history, a warning in the log, the event "mobility.anomaly" and,
// where one is wanted, a POST to a web server. Switch thread.
#pragma once

#include <cstdint>
#include <memory>
#include <set>
#include <string>

#include "settings.h"
#include "tandem/clock.h"
#include "tandem/events.h"
#include "tandem/http_client.h"
#include "tandem/sessions.h"

namespace tandem {

class Anomalies {
 public:
  /// `web` null: no webhook.
  Anomalies(Clock& clock, Events& events, Sessions& sessions, HttpClient* web)
      : clock_(clock), events_(events), sessions_(sessions), web_(web) {}

  ~Anomalies();
  Anomalies(const Anomalies&) = delete;
  Anomalies& operator=(const Anomalies&) = delete;

  void configure(const MobilitySettings& settings) { webhook_ = settings.webhook; }
  /// `kind`: "another-building", "outside-hours", "many-failures", "user-gone".
  void tell(const std::string& kind, const std::string& user, const std::string& device, const std::string& site,
            const std::string& address, const std::string& sentence);

 private:
  Clock& clock_;
  Events& events_;
  Sessions& sessions_;
  HttpClient* web_;
  std::string webhook_;
  std::set<uint64_t> posts_;  ///< under way
};

/// "07:00-20:00": whether the minute of the day is in it; a range may pass midnight.
bool within_hours(const std::string& hours, int minute_of_day);

}  // namespace tandem
