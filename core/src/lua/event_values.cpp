#include "lua/event_values.h"

#include <algorithm>

namespace tandem {

namespace {

constexpr size_t kMostItems = 100;  // of decisions and of legs

double seconds(WallTime time) { return std::chrono::duration<double>(time.time_since_epoch()).count(); }

void set_ending(Value& value, const Ending& ending) {
  value["cause"] = to_string(ending.cause);
  if (!ending.text.empty()) value["text"] = ending.text;
}

Value leg_value(const LegRecord& leg, bool ended) {
  Value value = {{"channel", leg.channel},
                 {"outgoing", leg.outgoing},
                 {"endpoint", leg.endpoint},
                 {"number", leg.number},
                 {"start", seconds(leg.start)}};
  if (!leg.user.empty()) value["user"] = leg.user;
  if (!leg.codec.empty()) value["codec"] = leg.codec;
  if (leg.answer) value["answer"] = seconds(*leg.answer);
  if (ended) set_ending(value, leg.ending);
  return value;
}

}  // namespace

Value call_value(const CallRecord& record) {
  const bool ended = !record.disposition.empty();
  Value value = {{"call", record.call},
                 {"linked", record.linked_id},
                 {"context", record.context},
                 {"dialled", record.dialled},
                 {"start", seconds(record.start)}};
  value["caller"] = {{"number", record.caller.number}, {"name", record.caller.name}};
  if (!record.route.empty()) value["route"] = record.route;
  if (record.answer) value["answer"] = seconds(*record.answer);
  if (ended) {
    value["end"] = seconds(record.end);
    value["duration"] = record.answer ? seconds(record.end) - seconds(*record.answer) : 0.0;
    value["disposition"] = record.disposition;
    set_ending(value, record.ending);
  }
  value["decisions"] = Value::array();
  for (size_t i = 0; i < std::min(record.decisions.size(), kMostItems); ++i) value["decisions"].push_back(record.decisions[i]);
  value["legs"] = Value::array();
  for (size_t i = 0; i < std::min(record.legs.size(), kMostItems); ++i) value["legs"].push_back(leg_value(record.legs[i], ended));
  return value;
}

Value session_value(const LoginSession& session) {
  Value value = {{"device", session.device},        {"user", session.user}, {"version", session.version},
                 {"since", seconds(session.since)}, {"door", session.door}, {"state", to_string(session.state)}};
  if (!session.profile.empty()) value["profile"] = session.profile;
  if (!session.by.empty()) value["by"] = session.by;
  if (session.until) value["until"] = seconds(*session.until);
  return value;
}

}  // namespace tandem
