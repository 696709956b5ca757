// DirectoryImport: rows from a file into directory.db, inside one transaction that the caller undoes when anything is wrong. Writer thread.
#pragma once

#include <SQLiteCpp/SQLiteCpp.h>

#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "store/directory_tables.h"
#include "tandem/config.h"
#include "tandem/result.h"

namespace tandem {

/// What an import does, or would do.
struct ImportReport {
  struct Count {
    const char* table;  ///< "users"
    int64_t added = 0, changed = 0, unchanged = 0, removed = 0;
  };
  struct Change {
    const char* kind;  ///< "user"
    std::string id;
    const char* what;  ///< "new", "changed", "removed"
  };
  static constexpr size_t kMostChanges = 200;
  std::vector<Count> counts;    ///< of the tables that the file speaks of
  std::vector<Change> changes;  ///< the first ones
};

/// New rows belong to the import (owner "import"). A row that directory.ini declares may be in the file too, as an export writes it, but
/// not with other values: who wants those changes directory.ini. Everybody else's rows take the values of the file.
class DirectoryImport {
 public:
  explicit DirectoryImport(SQLite::Database& db);
  ~DirectoryImport();
  DirectoryImport(const DirectoryImport&) = delete;
  DirectoryImport& operator=(const DirectoryImport&) = delete;

  /// A row as a section "user john.doe" with its keys. `silent` names keys that the file does not speak of: what is there keeps its values.
  /// A device that is there also keeps its secret where none is given.
  void take(ConfigSection section, const std::set<std::string, std::less<>>& silent);
  /// A mistake that whoever reads the file has found.
  void complain(std::string complaint) { complaints_.push_back(std::move(complaint)); }
  /// False after so many mistakes that reading on makes no sense.
  bool wants_more() const { return complaints_.size() < kMostComplaints; }
  /// After the last row. `replace`: rows that earlier imports have brought and this file does not hold go, of the kinds of row it holds.
  /// invalid with every complaint.
  Result<ImportReport> finish(bool replace);

 private:
  struct Kind;
  struct Claim {
    Number number;
    std::string where;  ///< "users.csv:12"
  };
  struct Reference {
    const TableShape* to;
    std::string id;
    std::string complaint;
  };

  template <class Row>
  void bring(Kind& kind, const Table<Row>& table, const Row& row, const ConfigSection& section, const std::vector<Number>& numbers);
  void fill_in(Kind& kind, ConfigSection& section, std::string_view id, const std::set<std::string, std::less<>>& silent);
  bool first_time(Kind& kind, const ConfigSection& section, const std::string& id);
  void give_up_numbers(Kind& kind, const std::string& id, const std::vector<Number>& kept);
  void claim(Claim claim, bool last_word);
  void refer(const TableShape& to, const ConfigSection& section, std::string_view key, const std::string& id);
  void settle_references();
  Kind& kind_of(const TableShape& table);
  void remove_others(Kind& kind);
  void note(const Kind& kind, const std::string& id, const char* what);

  SQLite::Database& db_;
  std::vector<std::unique_ptr<Kind>> kinds_;
  SQLite::Statement claim_, holder_, give_up_;
  std::vector<Claim> contested_;  ///< by rows that may give the number up further down
  std::vector<Reference> open_;   ///< to rows that may come further down
  std::vector<std::string> complaints_;
  ImportReport report_;
};

/// A sentence for each row, at most 100, that refers to a user or a site which is not there.
std::vector<std::string> dangling_references(SQLite::Database& db);
/// Badges of several people, and models with several default profiles: a sentence each.
std::vector<std::string> ambiguous_rows(SQLite::Database& db);

}  // namespace tandem
