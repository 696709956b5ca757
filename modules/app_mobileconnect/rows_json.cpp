#include "rows_json.h"

namespace tandem {

Json json_of(const Destination& row) {
  Json json{{"id", row.id()}, {"user", row.user}, {"name", row.name}};
  show_fields(destination_fields(), row, json);
  json["owner"] = to_string(row.owner);
  return json;
}

Json json_of(const AccessList& row) {
  Json json{{"name", row.name}};
  show_fields(list_fields(), row, json);
  json["owner"] = to_string(row.owner);
  return json;
}

Json json_of(const MobileSettings& s) {
  return {{"matching", s.partial ? "partial" : "complete"},
          {"matching_digits", s.partial_digits},
          {"trunk", s.trunk},
          {"time_zone", s.time_zone},
          {"office_number", s.office_number},
          {"reroute_to_office", s.reroute_to_office},
          {"calls_per_destination", s.calls_per_destination},
          {"destinations_per_user", s.destinations_per_user},
          {"destinations", s.destinations},
          {"user_control", s.user_control},
          {"user_control_window_ms", s.control.window.count()},
          {"mobility", s.mobility},
          {"voice_access", s.voice_access},
          {"pickup_wait_ms", s.pickup_wait.count()}};
}

Json person_json(const MobileService& service, const std::string& user) {
  Json json{{"user", user}};
  show_fields(person_fields(), service.person(user), json);
  const auto* const person = service.book().person(user);
  json["destinations"] = person == nullptr ? 0 : person->destinations.size();
  return json;
}

}  // namespace tandem
