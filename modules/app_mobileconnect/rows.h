// The tables of mobileconnect.db: what administrators and people have set; what the ini file declares is not in it. Any thread that has the
// connection.
#pragma once

#include <map>

#include "book.h"
#include "tandem/store.h"

namespace SQLite {
class Database;
}

namespace tandem {

const Migrations& mobile_migrations();

struct StoredRows {
  std::vector<Destination> destinations;
  std::vector<AccessList> lists;
  std::map<std::string, PersonSettings> people;
  std::map<std::string, bool> switches;  ///< by destination of the ini file: whether its owner lets it ring
  std::vector<std::string> unreadable;   ///< a sentence for each row that is left out
};
/// Everything. At start only.
Result<StoredRows> read_rows(SQLite::Database& db);

// Each within the writer's transaction; they throw as SQLiteCpp does.
void write_row(SQLite::Database& db, const Destination& row);
void write_row(SQLite::Database& db, const AccessList& row);
void write_row(SQLite::Database& db, const std::string& user, const PersonSettings& row);
void write_switch(SQLite::Database& db, const std::string& id, bool ring);
void erase_destination(SQLite::Database& db, const std::string& user, const std::string& name);
void erase_list(SQLite::Database& db, const std::string& name);

}  // namespace tandem
