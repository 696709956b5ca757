// The tables of directory.db that rows are written to and read from: one description for ini files, CSV files and SQL. Any thread.
#pragma once

#include <SQLiteCpp/SQLiteCpp.h>

#include <string>
#include <string_view>
#include <vector>

#include "store/directory_rows.h"
#include "tandem/directory.h"

namespace tandem {

/// A column, and the key that it is in ini and CSV files; both are mostly the same word.
struct Column {
  const char* name;
  const char* key;
  bool is_flag = false;
};

/// Without owner and version, which every table has. The first column is the primary key, "id" in CSV files.
struct TableShape {
  const char* kind;  ///< one row of it, as sections say: "user"
  const char* name;  ///< "users"
  std::vector<Column> columns;

  std::string column_list() const;  ///< "id, name, ..."
  std::string mark_list() const;    ///< "?1, ?2, ..."
  std::string select() const;       ///< "SELECT id, name, ... FROM users"
  bool has(std::string_view key) const;
};

template <class Row>
struct Table : TableShape {
  void (*bind)(SQLite::Statement&, const Row&);  ///< 1 and on, in the order of the columns, without a copy: the row outlives the step
  const std::string& (*id)(const Row&);
  Row (*read)(SQLite::Statement&) = nullptr;  ///< of a row of select()
};

extern const Table<Site> kSites;
extern const Table<User> kUsers;
extern const Table<Profile> kProfiles;
extern const Table<Device> kDevices;
extern const Table<Service> kServices;
extern const Table<Number> kNumbers;

/// "11002 Jane White, 600 Echo" of a column that holds a list, and back.
std::string list_text(const std::vector<std::string>& items);
std::vector<std::string> list_from(std::string_view text);

/// What an admin imports and exports, in an order in which nothing refers to what comes later. Numbers follow from these.
const std::vector<const TableShape*>& directory_tables();

}  // namespace tandem
