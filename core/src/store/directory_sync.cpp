#include "store/directory_sync.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <vector>

#include "store/number_kind.h"

namespace tandem {
namespace {

/// One table of the directory: its columns without owner and version, the key first, and how a row fills them.
template <class Row>
struct Table {
  const char* name;
  std::vector<const char*> columns;
  void (*bind)(SQLite::Statement&, const Row&);
};

const Table<User> kUsers{"users", {"id", "name", "extension", "calling_class", "did"}, [](SQLite::Statement& s, const User& u) {
                           s.bindNoCopy(1, u.id), s.bindNoCopy(2, u.name), s.bindNoCopy(3, u.extension);
                           s.bindNoCopy(4, u.calling_class), s.bindNoCopy(5, u.did);
                         }};
const Table<Profile> kProfiles{"profiles", {"id", "user", "model"}, [](SQLite::Statement& s, const Profile& p) {
                                 s.bindNoCopy(1, p.id), s.bindNoCopy(2, p.user), s.bindNoCopy(3, p.model);
                               }};
const Table<Site> kSites{"sites", {"id", "location", "emergency_callback", "time_zone"}, [](SQLite::Statement& s, const Site& x) {
                           s.bindNoCopy(1, x.id), s.bindNoCopy(2, x.location), s.bindNoCopy(3, x.emergency_callback);
                           s.bindNoCopy(4, x.time_zone);
                         }};
const Table<Device> kDevices{
    "devices",
    {"name", "model", "vendor", "site", "secret", "user", "extension", "label", "extension_mobility", "behind_nat"},
    [](SQLite::Statement& s, const Device& d) {
      s.bindNoCopy(1, d.name), s.bindNoCopy(2, d.model), s.bindNoCopy(3, d.vendor), s.bindNoCopy(4, d.site), s.bindNoCopy(5, d.secret);
      s.bindNoCopy(6, d.owner), s.bindNoCopy(7, d.extension), s.bindNoCopy(8, d.label);
      s.bind(9, d.extension_mobility ? 1 : 0), s.bind(10, d.behind_nat ? 1 : 0);
    }};
const Table<Service> kServices{
    "services", {"name", "number"}, [](SQLite::Statement& s, const Service& x) { s.bindNoCopy(1, x.name), s.bindNoCopy(2, x.number); }};
const Table<Number> kNumbers{"numbers", {"digits", "kind", "target"}, [](SQLite::Statement& s, const Number& n) {
                               s.bindNoCopy(1, n.digits), s.bind(2, kind_name(n.kind)), s.bindNoCopy(3, n.owner);
                             }};

/// A row that is as declared already is left alone, so that its version tells when it last changed.
template <class Row>
std::string upsert_sql(const Table<Row>& table) {
  std::vector<std::string> marks, sets, fresh;
  for (size_t i = 0; i < table.columns.size(); ++i) {
    marks.push_back(fmt::format("?{}", i + 1));
    fresh.push_back(fmt::format("excluded.{}", table.columns[i]));
    if (i > 0) sets.push_back(fmt::format("{0} = excluded.{0}", table.columns[i]));
  }
  const std::string columns = fmt::format("{}", fmt::join(table.columns, ", "));
  return fmt::format(
      "INSERT INTO {0}({1}, owner, version) VALUES ({2}, 'ini', 1) ON CONFLICT({3}) DO UPDATE SET {4}, version = version + 1 "
      "WHERE ({1}) IS NOT ({5})",
      table.name, columns, fmt::join(marks, ", "), table.columns[0], fmt::join(sets, ", "), fmt::join(fresh, ", "));
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
    int64_t touched = 0;
    for (const auto& [row, where] : rows) {
      table.bind(upsert, row);
      touched += upsert.exec();
      upsert.reset();
      mark.bindNoCopy(1, key_of(row)), mark.bindNoCopy(2, where);
      mark.exec();
      mark.reset();
    }
    refuse_rows_of_others(table.name, table.columns[0]);
    const int64_t removed =
        db_.exec(fmt::format("DELETE FROM {} WHERE owner = 'ini' AND {} NOT IN (SELECT name FROM declared)", table.name, table.columns[0]));
    const int64_t added = count(table.name) + removed - before;
    counts_.added += added;
    counts_.changed += touched - added;
    counts_.removed += removed;
  }

  void settle(const OpenReference& reference) {
    const char* table = reference.to == OpenReference::To::user ? "users" : "sites";
    SQLite::Statement known(db_, fmt::format("SELECT 1 FROM {} WHERE id = ? AND owner <> 'ini'", table));
    known.bind(1, reference.id);
    if (!known.executeStep()) complaints_.push_back(reference.complaint);
  }

  Result<SyncCounts> finish() {
    db_.exec("DELETE FROM declared");
    if (!complaints_.empty()) return directory_error(std::move(complaints_));
    return counts_;
  }

 private:
  static const std::string& key_of(const User& row) { return row.id; }
  static const std::string& key_of(const Profile& row) { return row.id; }
  static const std::string& key_of(const Site& row) { return row.id; }
  static const std::string& key_of(const Device& row) { return row.name; }
  static const std::string& key_of(const Service& row) { return row.name; }
  static const std::string& key_of(const Number& row) { return row.digits; }

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
