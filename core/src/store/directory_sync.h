// Brings the rows that directory.ini declares into directory.db. Writer thread.
#pragma once

#include <SQLiteCpp/SQLiteCpp.h>

#include <cstdint>

#include "store/directory_ini.h"
#include "tandem/result.h"

namespace tandem {

struct SyncCounts {
  int64_t added = 0, changed = 0, removed = 0;
};

/// Inside one transaction: rows that are declared are made or changed, rows of owner "ini" that no longer are go, rows of others stay as
/// they are. invalid with every complaint when a declared row belongs to somebody else or refers to nothing; the caller then undoes all.
Result<SyncCounts> synchronise_directory(SQLite::Database& db, const DirectoryRows& rows);

}  // namespace tandem
