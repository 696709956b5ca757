#include "store/directory_import.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "store/number_kind.h"

namespace tandem {
namespace {

/// Rows that wait for something further down in the file, at a few hundred bytes each.
constexpr size_t kMostWaiting = 100'000;

constexpr const char* kSecret = "secret";

}  // namespace

/// One table with the statements that its rows take, prepared when the first one comes.
struct DirectoryImport::Kind {
  Kind(SQLite::Database& db, const TableShape& table)
      : shape(table),
        mark(db, fmt::format("INSERT INTO imported VALUES ('{}', ?, ?) ON CONFLICT DO NOTHING", table.kind)),
        earlier(db, fmt::format("SELECT place FROM imported WHERE kind = '{}' AND id = ?", table.kind)),
        read(db, fmt::format("SELECT {} FROM {} WHERE {} = ?", table.column_list(), table.name, table.columns[0].name)),
        known(db, fmt::format("SELECT 1 FROM {} WHERE {} = ?", table.name, table.columns[0].name)),
        compare(db, fmt::format("SELECT owner, ({}) IS ({}) FROM {} WHERE {} = ?1", table.column_list(), table.mark_list(), table.name,
                                table.columns[0].name)),
        insert(db, fmt::format("INSERT INTO {}({}, owner, version) VALUES ({}, 'import', 1)", table.name, table.column_list(),
                               table.mark_list())),
        update(db, fmt::format("UPDATE {} SET ({}) = ({}), version = version + 1 WHERE {} = ?1", table.name, table.column_list(),
                               table.mark_list(), table.columns[0].name)),
        count{table.name} {}

  const TableShape& shape;
  SQLite::Statement mark, earlier, read, known, compare, insert, update;
  ImportReport::Count count;
  bool seen = false;
  std::string last_known;  ///< most rows refer to what the one above refers to
};

DirectoryImport::DirectoryImport(SQLite::Database& db)
    : db_(db),
      claim_(db, "INSERT INTO numbers VALUES (?1, ?2, ?3, 'import', 1) ON CONFLICT DO NOTHING"),
      holder_(db, "SELECT kind, target FROM numbers WHERE digits = ?"),
      give_up_(db, "DELETE FROM numbers WHERE digits = ?1 AND kind = ?2 AND target = ?3") {
  db.exec("CREATE TEMP TABLE IF NOT EXISTS imported(kind TEXT, id TEXT, place TEXT, PRIMARY KEY(kind, id)) WITHOUT ROWID");
  db.exec("DELETE FROM imported");
  for (const auto* table : directory_tables()) kinds_.push_back(std::make_unique<Kind>(db, *table));
}

DirectoryImport::~DirectoryImport() {
  kinds_.clear();  // a statement that is prepared on the table would keep it
  try {
    db_.exec("DELETE FROM imported");
  } catch (const std::exception&) {
    // The next import does it.
  }
}

DirectoryImport::Kind& DirectoryImport::kind_of(const TableShape& table) {
  return **std::find_if(kinds_.begin(), kinds_.end(), [&](const auto& kind) { return &kind->shape == &table; });
}

void DirectoryImport::take(ConfigSection section, const std::set<std::string, std::less<>>& silent) {
  const auto [kind_name, name] = kind_and_id(section.name);
  const std::string id(name);
  const auto found =
      std::find_if(kinds_.begin(), kinds_.end(), [&, word = kind_name](const auto& kind) { return kind->shape.kind == word; });
  if (found == kinds_.end()) {
    return complain(fmt::format("{}: [{}] unknown kind of row: user, profile, device, site or service", place_of(section), section.name));
  }
  if (!is_row_id(id)) return complain(fmt::format("{}: [{}] {}", place_of(section), section.name, kRowIdRule));
  Kind& kind = **found;
  if (!first_time(kind, section, id)) return;
  fill_in(kind, section, id, silent);
  const auto of = [&](Number::Kind who, std::initializer_list<std::string> digits) {
    std::vector<Number> numbers;
    for (const auto& one : digits) {
      if (!one.empty()) numbers.push_back({one, who, id});
    }
    return numbers;
  };
  const size_t before = complaints_.size();
  const auto sound = [&] { return complaints_.size() == before; };
  if (&kind.shape == &kUsers) {
    const User user = read_user(section, id, complaints_);
    if (sound()) bring(kind, kUsers, user, section, of(Number::Kind::user, {user.extension, user.did}));
    refer(kSites, section, "home_site", user.home_site);
    refer(kProfiles, section, "default_profile", user.default_profile);
  } else if (&kind.shape == &kProfiles) {
    const Profile profile = read_profile(section, id, complaints_);
    if (sound()) bring(kind, kProfiles, profile, section, {});
    refer(kUsers, section, "user", profile.user);
  } else if (&kind.shape == &kDevices) {
    const Device device = read_device(section, id, true, complaints_);
    if (sound() && device.secret.empty()) complain(fmt::format("{}: [{}] is new and has no secret", place_of(section), section.name));
    if (sound()) bring(kind, kDevices, device, section, of(Number::Kind::device, {device.extension}));
    refer(kSites, section, "site", device.site);
    refer(kUsers, section, "owner", device.owner);
    refer(kProfiles, section, "logout_profile", device.logout_profile);
  } else if (&kind.shape == &kSites) {
    const Site site = read_site(section, id, complaints_);
    if (sound()) bring(kind, kSites, site, section, {});
  } else {
    const Service service = read_service(section, id, complaints_);
    if (sound()) bring(kind, kServices, service, section, of(Number::Kind::service, {service.number}));
  }
}

bool DirectoryImport::first_time(Kind& kind, const ConfigSection& section, const std::string& id) {
  kind.seen = true;
  const std::string place = place_of(section);
  kind.mark.bindNoCopy(1, id), kind.mark.bindNoCopy(2, place);
  const bool fresh = kind.mark.exec() == 1;
  kind.mark.reset();
  if (fresh) return true;
  kind.earlier.bindNoCopy(1, id);
  kind.earlier.executeStep();
  complain(fmt::format("{}: [{}] is at {} already", place, section.name, kind.earlier.getColumn(0).getString()));
  kind.earlier.reset();
  return false;
}

void DirectoryImport::fill_in(Kind& kind, ConfigSection& section, std::string_view id, const std::set<std::string, std::less<>>& silent) {
  const bool keeps_secret = kind.shape.has(kSecret) && !section.values.contains(kSecret);
  if (silent.empty() && !keeps_secret) return;
  const std::string key(id);
  kind.read.bindNoCopy(1, key);
  if (kind.read.executeStep()) {
    for (size_t i = 1; i < kind.shape.columns.size(); ++i) {
      const std::string word = kind.shape.columns[i].key;
      if (!(silent.contains(word) || (keeps_secret && word == kSecret))) continue;
      const std::string text = kind.read.getColumn(static_cast<int>(i)).getString();
      if (!text.empty()) section.values.try_emplace(word, ConfigValue{text, section.file, section.line});
    }
  }
  kind.read.reset();
}

template <class Row>
void DirectoryImport::bring(Kind& kind, const Table<Row>& table, const Row& row, const ConfigSection& section,
                            const std::vector<Number>& numbers) {
  table.bind(kind.compare, row);
  const bool known = kind.compare.executeStep();
  const bool declared = known && kind.compare.getColumn(0).getString() == "ini";
  const bool same = known && kind.compare.getColumn(1).getInt() == 1;
  kind.compare.reset();
  if (same) {
    ++kind.count.unchanged;
    return;
  }
  if (declared) {
    return complain(
        fmt::format("{}: [{}] is declared in directory.ini with other values: change it there", place_of(section), section.name));
  }
  if (known) give_up_numbers(kind, table.id(row), numbers);
  auto& statement = known ? kind.update : kind.insert;
  table.bind(statement, row);
  statement.exec();
  statement.reset();
  ++(known ? kind.count.changed : kind.count.added);
  note(kind, table.id(row), known ? "changed" : "new");
  for (const auto& number : numbers) claim({number, place_of(section)}, false);
}

/// What the row had and will not have any more; before it is changed.
void DirectoryImport::give_up_numbers(Kind& kind, const std::string& id, const std::vector<Number>& kept) {
  kind.read.bindNoCopy(1, id);
  if (kind.read.executeStep()) {
    for (size_t i = 1; i < kind.shape.columns.size(); ++i) {
      const std::string_view key = kind.shape.columns[i].key;
      if (key != "extension" && key != "did" && key != "number") continue;
      const std::string digits = kind.read.getColumn(static_cast<int>(i)).getString();
      const bool stays = std::any_of(kept.begin(), kept.end(), [&](const Number& number) { return number.digits == digits; });
      if (digits.empty() || stays) continue;
      give_up_.bindNoCopy(1, digits), give_up_.bind(2, kind.shape.kind), give_up_.bindNoCopy(3, id);
      give_up_.exec();
      give_up_.reset();
    }
  }
  kind.read.reset();
}

void DirectoryImport::claim(Claim claim, bool last_word) {
  const auto& number = claim.number;
  kNumbers.bind(claim_, number);
  const bool taken = claim_.exec() == 0;
  claim_.reset();
  if (!taken) return;
  holder_.bindNoCopy(1, number.digits);
  holder_.executeStep();
  const std::string kind = holder_.getColumn(0).getString();
  const std::string holder = holder_.getColumn(1).getString();
  holder_.reset();
  if (kind == kind_name(number.kind) && holder == number.owner) return;
  if (!last_word && contested_.size() < kMostWaiting) return contested_.push_back(std::move(claim));
  complain(fmt::format("{}: [{} {}] the number {} is taken by the {} {}", claim.where, kind_name(number.kind), number.owner, number.digits,
                       kind, holder));
}

void DirectoryImport::refer(const TableShape& to, const ConfigSection& section, std::string_view key, const std::string& id) {
  Kind& kind = kind_of(to);
  if (id.empty() || id == kind.last_known) return;
  kind.known.bindNoCopy(1, id);
  const bool known = kind.known.executeStep();
  kind.known.reset();
  if (known) {
    kind.last_known = id;
    return;
  }
  std::string complaint = fmt::format("{}: [{}] {}: no {} \"{}\"", place_of(section, key), section.name, key, to.kind, id);
  if (open_.size() == kMostWaiting) return complain(complaint + " above, and too many such rows to wait: sites and users go first");
  open_.push_back({&to, id, std::move(complaint)});
}

void DirectoryImport::settle_references() {
  for (auto& [to, id, complaint] : open_) {
    auto& known = kind_of(*to).known;
    known.bindNoCopy(1, id);
    if (!known.executeStep()) complain(std::move(complaint));
    known.reset();
  }
}

void DirectoryImport::remove_others(Kind& kind) {
  const auto& shape = kind.shape;
  const std::string gone = fmt::format("FROM {} WHERE owner = 'import' AND {} NOT IN (SELECT id FROM imported WHERE kind = '{}')",
                                       shape.name, shape.columns[0].name, shape.kind);
  SQLite::Statement names(db_, fmt::format("SELECT {} {} LIMIT {}", shape.columns[0].name, gone, ImportReport::kMostChanges));
  while (names.executeStep()) note(kind, names.getColumn(0).getString(), "removed");
  names.reset();
  kind.count.removed = db_.exec("DELETE " + gone);
  if (kind.count.removed == 0) return;
  db_.exec(fmt::format("DELETE FROM numbers WHERE owner = 'import' AND kind = '{}' AND target NOT IN (SELECT {} FROM {})", shape.kind,
                       shape.columns[0].name, shape.name));
}

Result<ImportReport> DirectoryImport::finish(bool replace) {
  for (auto& kind : kinds_) {
    if (replace && kind->seen) remove_others(*kind);
  }
  for (auto& claim_again : contested_) claim(std::move(claim_again), true);
  settle_references();
  if (replace && complaints_.empty()) complaints_ = dangling_references(db_);
  if (complaints_.empty()) complaints_ = ambiguous_rows(db_);
  if (!complaints_.empty()) return directory_error(std::move(complaints_));
  for (const auto& kind : kinds_) {
    if (kind->seen) report_.counts.push_back(kind->count);
  }
  return std::move(report_);
}

void DirectoryImport::note(const Kind& kind, const std::string& id, const char* what) {
  if (report_.changes.size() < ImportReport::kMostChanges) report_.changes.push_back({kind.shape.kind, id, what});
}

std::vector<std::string> dangling_references(SQLite::Database& db) {
  SQLite::Statement query(db, fmt::format("SELECT 'device', name, 'owner', 'user', user FROM devices "
                                          "WHERE user <> '' AND user NOT IN (SELECT id FROM users) UNION ALL "
                                          "SELECT 'device', name, 'site', 'site', site FROM devices "
                                          "WHERE site NOT IN (SELECT id FROM sites) UNION ALL "
                                          "SELECT 'profile', id, 'user', 'user', user FROM profiles "
                                          "WHERE user <> '' AND user NOT IN (SELECT id FROM users) UNION ALL "
                                          "SELECT 'device', name, 'logout_profile', 'profile', logout_profile FROM devices "
                                          "WHERE logout_profile <> '' AND logout_profile NOT IN (SELECT id FROM profiles) UNION ALL "
                                          "SELECT 'user', id, 'default_profile', 'profile', default_profile FROM users "
                                          "WHERE default_profile <> '' AND default_profile NOT IN (SELECT id FROM profiles) UNION ALL "
                                          "SELECT 'user', id, 'home_site', 'site', home_site FROM users "
                                          "WHERE home_site <> '' AND home_site NOT IN (SELECT id FROM sites) LIMIT {}",
                                          kMostComplaints));
  std::vector<std::string> sentences;
  while (query.executeStep()) {
    const auto at = [&query](int column) { return query.getColumn(column).getString(); };
    sentences.push_back(fmt::format("the {} {} would be left with {} \"{}\", and there is no such {}", at(0), at(1), at(2), at(4), at(3)));
  }
  return sentences;
}

std::vector<std::string> ambiguous_rows(SQLite::Database& db) {
  SQLite::Statement query(
      db, fmt::format("SELECT 'badge ' || badge, group_concat(id, ' and ') FROM users WHERE badge <> '' GROUP BY badge HAVING count(*) > 1 "
                      "UNION ALL SELECT 'model ' || model, group_concat(id, ' and ') FROM profiles WHERE user = '' "
                      "GROUP BY model HAVING count(*) > 1 LIMIT {}",
                      kMostComplaints));
  std::vector<std::string> sentences;
  while (query.executeStep()) {
    const std::string what = query.getColumn(0).getString(), rows = query.getColumn(1).getString();
    sentences.push_back(what.starts_with("badge") ? fmt::format("the {} would belong to {}: a badge is one person's", what, rows)
                                                  : fmt::format("the {} would have two default profiles, {}", what, rows));
  }
  return sentences;
}

}  // namespace tandem
