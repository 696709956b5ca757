// CdrRows: puts calls and their legs into cdr.db. Writer thread, from the first use to the last.
#pragma once

#include <SQLiteCpp/SQLiteCpp.h>

#include <vector>

#include "tandem/records.h"

namespace tandem {

/// A call on its way to the disk.
struct CdrEntry {
  int64_t row = 0;    ///< calls.id: the row at the start and the one at the end are the same
  bool open = false;  ///< it is still going on
  CallRecord record;
};

/// The statements are prepared once. Must be destroyed on the writer thread, before the database.
class CdrRows {
 public:
  explicit CdrRows(SQLite::Database& db);
  /// Writing the same entry again changes nothing. Throws SQLite::Exception; the caller's savepoint then undoes all.
  void write(const std::vector<CdrEntry>& entries);

 private:
  void write_call(const CdrEntry& entry);
  void write_leg(const CdrEntry& entry, size_t n);

  SQLite::Statement call_;
  SQLite::Statement leg_;
};

/// Closes the calls that were going on when Tandem ended without warning: disposition "crashed", cause "temporary-failure", end `now`.
/// Returns how many. Throws SQLite::Exception.
int64_t close_crashed_calls(SQLite::Database& db, WallTime now);

}  // namespace tandem
