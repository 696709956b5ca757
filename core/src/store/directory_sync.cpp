#include "store/directory_sync.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <vector>

#include "store/directory_import.h"
#include "store/directory_tables.h"

namespace tandem {
namespace {

/// A row that is as declared already is left alone, so that its version tells when it last changed.
std::string upsert_sql(const TableShape& table) {
  std::vector<std::string> sets, fresh;
  for (const auto& column : table.columns) {
    fresh.push_back(fmt::format("excluded.{}", column.name));
    if (fresh.size() > 1) sets.push_back(fmt::format("{0} = excluded.{0}", column.name));
  }
  return fmt::format(
      "INSERT INTO {0}({1}, owner, version) VALUES ({2}, 'ini', 1) ON CONFLICT({3}) DO UPDATE SET {4}, version = version + 1 "
      "WHERE ({1}) IS NOT ({5})",
      table.name, table.column_list(), table.mark_list(), table.columns[0].name, fmt::join(sets, ", "), fmt::join(fresh, ", "));
}

class Synchroniser {
 public:
  explicit Synchroniser(SQLite::Database& db) : db_(db) {
    db_.exec("CREATE TEMP TABLE IF NOT EXISTS declared(name TEXT PRIMARY KEY, place TEXT) WITHOUT ROWID");
  }

  template <class Row>
  void bring(const Table<Row>& table, const std::vector<Declared<Row>>& rows) {
    const int64_t before = count(table.name);
    SQLite::Statement upsert(db_, upsert_sql(table));
    SQLite::Statement mark(db_, "INSERT INTO declared VALUES (?, ?)");
    db_.exec("DELETE FROM declared");
    const bool first = before == 0;  // nobody's rows are there to be refused or removed: the first start takes half the time
    int64_t touched = 0;
    for (const auto& [row, where] : rows) {
      table.bind(upsert, row);
      touched += upsert.exec();
      upsert.reset();
      if (first) continue;
      mark.bindNoCopy(1, table.id(row)), mark.bindNoCopy(2, where);
      mark.exec();
      mark.reset();
    }
    if (first) {
      counts_.added += count(table.name);
      return;
    }
    refuse_rows_of_others(table.name, table.columns[0].name);
    const int64_t removed = db_.exec(
        fmt::format("DELETE FROM {} WHERE owner = 'ini' AND {} NOT IN (SELECT name FROM declared)", table.name, table.columns[0].name));
    const int64_t added = count(table.name) + removed - before;
    counts_.added += added;
    counts_.changed += touched - added;
    counts_.removed += removed;
  }

  void settle(const OpenReference& reference) {
    const char* table = reference.to == OpenReference::To::user ? "users" : reference.to == OpenReference::To::site ? "sites" : "profiles";
    SQLite::Statement known(db_, fmt::format("SELECT 1 FROM {} WHERE id = ? AND owner <> 'ini'", table));
    known.bind(1, reference.id);
    if (!known.executeStep()) complaints_.push_back(reference.complaint);
  }

  Result<SyncCounts> finish() {
    db_.exec("DELETE FROM declared");
    // What is gone may still be what rows of others refer to.
    if (complaints_.empty() && counts_.removed > 0) complaints_ = dangling_references(db_);
    if (complaints_.empty()) complaints_ = ambiguous_rows(db_);
    if (!complaints_.empty()) return directory_error(std::move(complaints_));
    return counts_;
  }

 private:
  int64_t count(const char* table) { return db_.execAndGet(fmt::format("SELECT count(*) FROM {}", table)).getInt64(); }

  void refuse_rows_of_others(const char* table, const char* key) {
    SQLite::Statement foreign(
        db_, fmt::format("SELECT place, {1}, owner FROM {0} JOIN declared ON {1} = declared.name WHERE owner <> 'ini'", table,
                         fmt::format("{}.{}", table, key)));
    while (foreign.executeStep()) {
      complaints_.push_back(fmt::format("{}: {} exists among the {} already and belongs to the {}", foreign.getColumn(0).getString(),
                                        foreign.getColumn(1).getString(), table, foreign.getColumn(2).getString()));
    }
  }

  SQLite::Database& db_;
  SyncCounts counts_;
  std::vector<std::string> complaints_;
};

}  // namespace

Result<SyncCounts> synchronise_directory(SQLite::Database& db, const DirectoryRows& rows) {
  Synchroniser sync(db);
  sync.bring(kSites, rows.sites);
  sync.bring(kUsers, rows.users);
  sync.bring(kProfiles, rows.profiles);
  sync.bring(kDevices, rows.devices);
  sync.bring(kServices, rows.services);
  sync.bring(kNumbers, rows.numbers);
  for (const auto& reference : rows.open) sync.settle(reference);
  return sync.finish();
}

}  // namespace tandem
