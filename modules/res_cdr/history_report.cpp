#include "history_report.h"

#include <fmt/format.h>

namespace tandem {
namespace {

constexpr int64_t kMostRetired = 5000;

int64_t milliseconds_of(WallTime time) { return std::chrono::duration_cast<std::chrono::milliseconds>(time.time_since_epoch()).count(); }

}  // namespace

std::vector<HistoryEntry> read_history(SQLite::Database& db, const CallHistory::Question& question, WallTime since) {
  SQLite::Statement rows(db, fmt::format("SELECT call, kind, answered, number, name, place, at, talked FROM history "
                                         "WHERE user = ?1 AND at >= ?2 AND at < ?3 {} ORDER BY at DESC, cdr DESC LIMIT ?4",
                                         question.kind ? "AND kind = ?5" : ""));
  rows.bind(1, question.user);
  rows.bind(2, milliseconds_of(since));
  rows.bind(3, question.before ? milliseconds_of(*question.before) : INT64_MAX);
  rows.bind(4, question.most);
  if (question.kind) rows.bind(5, static_cast<int>(*question.kind));
  std::vector<HistoryEntry> found;
  while (rows.executeStep()) {
    found.push_back({.call = rows.getColumn(0).getString(),
                     .kind = static_cast<HistoryKind>(rows.getColumn(1).getInt()),
                     .answered = rows.getColumn(2).getInt() != 0,
                     .number = rows.getColumn(3).getString(),
                     .name = rows.getColumn(4).getString(),
                     .place = rows.getColumn(5).getString(),
                     .at = WallTime(std::chrono::milliseconds(rows.getColumn(6).getInt64())),
                     .talked = std::chrono::milliseconds(rows.getColumn(7).getInt64())});
  }
  return found;
}

int64_t retire_history(SQLite::Database& db, WallTime before) {
  SQLite::Statement rows(
      db, fmt::format("DELETE FROM history WHERE (cdr, user) IN (SELECT cdr, user FROM history WHERE at < ? ORDER BY at LIMIT {})",
                      kMostRetired));
  rows.bind(1, milliseconds_of(before));
  return rows.exec();
}

}  // namespace tandem
