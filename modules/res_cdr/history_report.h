// Reading histories. Report worker's thread; retire_history() on the writer's.
#pragma once

#include <SQLiteCpp/SQLiteCpp.h>

#include <vector>

#include "tandem/call_history.h"

namespace tandem {

/// Throws SQLite::Exception.
std::vector<HistoryEntry> read_history(SQLite::Database& db, const CallHistory::Question& question, WallTime since);
/// Rows from before that go, some thousand at a time; how many did. Throws SQLite::Exception.
int64_t retire_history(SQLite::Database& db, WallTime before);

}  // namespace tandem
