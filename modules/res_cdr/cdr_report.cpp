#include "cdr_report.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <ctime>
#include <sstream>

#include "tandem/cause.h"

namespace tandem {
namespace {

int64_t milliseconds(WallTime time) { return std::chrono::duration_cast<std::chrono::milliseconds>(time.time_since_epoch()).count(); }

/// UTC, RFC 3339. Null where the moment never came.
Json time_of(const SQLite::Column& column) {
  if (column.isNull()) return {};
  const int64_t value = column.getInt64();
  const int64_t seconds = value / 1000;
  return fmt::format("{:%Y-%m-%dT%H:%M:%S}.{:03}Z", fmt::gmtime(static_cast<std::time_t>(seconds)), value % 1000);
}

/// A stranger's name may be anything; JSON is UTF-8.
Json text_of(const std::string& text) { return Json::parse(Json(text).dump(-1, ' ', false, Json::error_handler_t::replace)); }
Json text_of(const SQLite::Column& column) { return text_of(column.getString()); }

Json lines_of(const SQLite::Column& column) {
  Json lines = Json::array();
  std::istringstream text(column.getString());
  for (std::string line; std::getline(text, line);) lines.push_back(text_of(line));
  return lines;
}

std::string cause_of(const SQLite::Column& column) { return std::string(to_string(static_cast<Cause>(column.getInt()))); }

Json seconds_between(const SQLite::Column& from, const SQLite::Column& to) {
  if (from.isNull() || to.isNull()) return {};
  return static_cast<double>(to.getInt64() - from.getInt64()) / 1000.0;
}

double milliseconds_of(const SQLite::Column& microseconds) { return static_cast<double>(microseconds.getInt64()) / 1000.0; }

constexpr const char* kCallColumns =
    "SELECT id, call, linked, context, dialled, caller_number, caller_name, started, answered, ended, disposition, cause, reason, status, "
    "decisions, route FROM calls ";

Json one_line(SQLite::Statement& row) {
  return {{"call", text_of(row.getColumn("call"))},
          {"start", time_of(row.getColumn("started"))},
          {"caller", text_of(row.getColumn("caller_number"))},
          {"dialled", text_of(row.getColumn("dialled"))},
          {"disposition", row.getColumn("ended").isNull() ? Json("open") : text_of(row.getColumn("disposition"))},
          {"cause", cause_of(row.getColumn("cause"))},
          {"duration", seconds_between(row.getColumn("started"), row.getColumn("ended"))},
          {"talked", seconds_between(row.getColumn("answered"), row.getColumn("ended"))}};
}

/// The conditions of a list, and their values in the order of their question marks.
struct Conditions {
  std::string sql = "WHERE started >= ?1 AND (?2 = 0 OR started < ?2)";
  std::vector<std::string> values;  ///< from ?3 on
  void add(const std::string& value, std::string_view sentence) {
    if (value.empty()) return;
    values.push_back(value);
    sql += fmt::format(fmt::runtime(sentence), values.size() + 2);
  }
};

Json list(SQLite::Database& db, const CdrQuestion& question) {
  Conditions conditions;
  conditions.add(question.user, " AND EXISTS (SELECT 1 FROM legs WHERE cdr = calls.id AND user = ?{})");
  conditions.add(question.endpoint, " AND EXISTS (SELECT 1 FROM legs WHERE cdr = calls.id AND endpoint = ?{})");
  conditions.add(question.number, " AND ?{} IN (caller_number, dialled)");
  conditions.add(question.disposition, " AND disposition = ?{}");
  SQLite::Statement query(db, fmt::format("{} {} ORDER BY started DESC, id DESC LIMIT {}", kCallColumns, conditions.sql, question.limit));
  query.bind(1, milliseconds(question.since));
  query.bind(2, milliseconds(question.until));
  for (size_t i = 0; i < conditions.values.size(); ++i) query.bind(static_cast<int>(i + 3), conditions.values[i]);
  std::vector<Json> latest_first;
  while (query.executeStep()) latest_first.push_back(one_line(query));
  return Json(std::vector<Json>(latest_first.rbegin(), latest_first.rend()));
}

Json legs_of(SQLite::Database& db, int64_t cdr) {
  SQLite::Statement row(db, "SELECT * FROM legs WHERE cdr = ? ORDER BY n");
  row.bind(1, cdr);
  Json legs = Json::array();
  while (row.executeStep()) {
    legs.push_back({{"channel", text_of(row.getColumn("channel"))},
                    {"direction", row.getColumn("outgoing").getInt() != 0 ? "outgoing" : "incoming"},
                    {"endpoint", text_of(row.getColumn("endpoint"))},
                    {"user", text_of(row.getColumn("user"))},
                    {"number", text_of(row.getColumn("number"))},
                    {"destination", text_of(row.getColumn("destination"))},
                    {"protocol_id", text_of(row.getColumn("protocol_id"))},
                    {"codec", text_of(row.getColumn("codec"))},
                    {"start", time_of(row.getColumn("started"))},
                    {"ringing", time_of(row.getColumn("ringing"))},
                    {"answer", time_of(row.getColumn("answered"))},
                    {"end", time_of(row.getColumn("ended"))},
                    {"cause", cause_of(row.getColumn("cause"))},
                    {"reason", text_of(row.getColumn("reason"))},
                    {"status", row.getColumn("status").getInt()},
                    {"hung_up_first", row.getColumn("hung_up_first").getInt() != 0},
                    {"received_packets", row.getColumn("received_packets").getInt64()},
                    {"received_bytes", row.getColumn("received_bytes").getInt64()},
                    {"sent_packets", row.getColumn("sent_packets").getInt64()},
                    {"sent_bytes", row.getColumn("sent_bytes").getInt64()},
                    {"dropped_packets", row.getColumn("dropped_packets").getInt64()},
                    {"lost_packets", row.getColumn("lost_packets").getInt64()},
                    {"jitter_ms", milliseconds_of(row.getColumn("jitter_us"))},
                    {"transcoded_packets", row.getColumn("transcoded_packets").getInt64()},
                    {"remote_lost_packets", row.getColumn("remote_lost_packets").getInt64()},
                    {"remote_jitter_ms", milliseconds_of(row.getColumn("remote_jitter_us"))},
                    {"round_trip_ms", milliseconds_of(row.getColumn("round_trip_us"))},
                    {"mos", row.getColumn("mos").getInt() / 100.0},
                    {"remote_mos", row.getColumn("remote_mos").getInt() / 100.0}});
  }
  return legs;
}

Json moves_of(SQLite::Database& db, int64_t cdr) {
  SQLite::Statement row(db, "SELECT at, origin, target, how FROM moves WHERE cdr = ? ORDER BY n");
  row.bind(1, cdr);
  Json moves = Json::array();
  while (row.executeStep()) {
    moves.push_back({{"at", time_of(row.getColumn(0))},
                     {"from", text_of(row.getColumn(1))},
                     {"to", text_of(row.getColumn(2))},
                     {"how", text_of(row.getColumn(3))}});
  }
  return moves;
}

/// Ids begin anew with each start of Tandem: the latest call of that name is meant.
Result<Json> one_call(SQLite::Database& db, const std::string& id) {
  SQLite::Statement row(db, fmt::format("{} WHERE call = ? ORDER BY id DESC LIMIT 1", kCallColumns));
  row.bind(1, id);
  if (!row.executeStep()) return Error{ErrorCode::not_found, fmt::format("there is no record of a call {}", id)};
  Json call = one_line(row);
  call["linked"] = text_of(row.getColumn("linked"));
  call["context"] = text_of(row.getColumn("context"));
  call["route"] = text_of(row.getColumn("route"));
  call["caller_name"] = text_of(row.getColumn("caller_name"));
  call["answer"] = time_of(row.getColumn("answered"));
  call["end"] = time_of(row.getColumn("ended"));
  call["reason"] = text_of(row.getColumn("reason"));
  call["status"] = row.getColumn("status").getInt();
  call["decisions"] = lines_of(row.getColumn("decisions"));
  call["moves"] = moves_of(db, row.getColumn("id").getInt64());
  call["legs"] = legs_of(db, row.getColumn("id").getInt64());
  return call;
}

}  // namespace

Result<Json> answer_cdr_question(SQLite::Database& db, const CdrQuestion& question) {
  if (!question.call.empty()) return one_call(db, question.call);
  return list(db, question);
}

}  // namespace tandem
