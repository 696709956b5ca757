// CdrRows: puts calls and their legs into cdr.db. Writer thread, from the first use to the last.
#pragma once

#include <SQLiteCpp/SQLiteCpp.h>

#include <memory>
#include <vector>

#include "histories.h"
#include "tandem/records.h"

namespace tandem {

/// A call on its way to the disk.
struct CdrEntry {
  int64_t row = 0;     ///< calls.id: the row at the start and the one at the end are the same
  bool open = false;   ///< it is still going on
  bool again = false;  ///< rows of it may be there already
  CallRecord record;
  std::shared_ptr<void> settled;  ///< CallEnded::settled; touched on the switch thread only
  std::vector<HistoryRow> history = {};
};

/// The statements are prepared once. Must be destroyed on the writer thread, before the database.
class CdrRows {
 public:
  explicit CdrRows(SQLite::Database& db);
  /// Throws SQLite::Exception; the caller's savepoint then undoes all.
  void write(const std::vector<CdrEntry>& entries);

 private:
  void write_call(const CdrEntry& entry);
  void write_leg(const CdrEntry& entry, size_t n);
  void write_moves(const CdrEntry& entry);
  void write_history(const CdrEntry& entry);

  // Putting something over what is there is a statement of its own: only calls that last need it, and it would make all inserts dearer.
  SQLite::Statement call_, leg_;
  SQLite::Statement call_again_, leg_again_;
  SQLite::Statement no_more_legs_;
  SQLite::Statement move_, history_;
};

/// Closes the calls that were going on when Tandem ended without warning: disposition "crashed", cause "temporary-failure", end `now`.
/// Returns how many. Throws SQLite::Exception.
int64_t close_crashed_calls(SQLite::Database& db, WallTime now);

}  // namespace tandem
