#include "store/directory_facts.h"

#include <fmt/format.h>

#include <sstream>

namespace tandem {
namespace {

constexpr const char* kCountsFact = "counts";

}  // namespace

std::optional<std::string> fact(SQLite::Database& db, const char* name) {
  SQLite::Statement query(db, "SELECT value FROM facts WHERE name = ?");
  query.bind(1, name);
  if (!query.executeStep()) return std::nullopt;
  return query.getColumn(0).getString();
}

void keep_fact(SQLite::Database& db, const char* name, const std::string& value) {
  SQLite::Statement keep(db, "INSERT OR REPLACE INTO facts VALUES (?, ?)");
  keep.bind(1, name), keep.bind(2, value);
  keep.exec();
}

Directory::Counts count_rows(SQLite::Database& db) {
  SQLite::Statement row(db,
                        "SELECT (SELECT count(*) FROM users), (SELECT count(*) FROM devices), (SELECT count(*) FROM profiles), "
                        "(SELECT count(*) FROM numbers)");
  row.executeStep();
  const auto at = [&row](int column) { return row.getColumn(column).getInt64(); };
  const Directory::Counts counts{at(0), at(1), at(2), at(3)};
  keep_fact(db, kCountsFact, fmt::format("{} {} {} {}", counts.users, counts.devices, counts.profiles, counts.numbers));
  return counts;
}

Directory::Counts kept_counts(SQLite::Database& db) {
  const auto kept = fact(db, kCountsFact);
  Directory::Counts counts{};
  std::istringstream numbers(kept.value_or(""));
  if (numbers >> counts.users >> counts.devices >> counts.profiles >> counts.numbers) return counts;
  return count_rows(db);
}

}  // namespace tandem
