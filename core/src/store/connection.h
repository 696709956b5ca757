// Opening a SQLite file the way every database of Tandem is opened, and turning SQLite's errors into ours. Any thread.
#pragma once

#include <SQLiteCpp/SQLiteCpp.h>

#include <exception>
#include <memory>
#include <string>

#include "tandem/result.h"
#include "tandem/store.h"

namespace tandem {

/// The connection that may write: makes the file (mode 0600) when there is none, WAL, foreign keys on. io with SQLite's sentence.
Result<std::unique_ptr<SQLite::Database>> open_writer(const std::string& path, Durability durability);
/// A connection that only reads. `patience` is how long it may wait where WAL makes a reader wait at all (recovery of a crashed file).
Result<std::unique_ptr<SQLite::Database>> open_reader(const std::string& path, std::chrono::milliseconds patience);

/// Brings the file to schema migrations.size(). unavailable when it is of a newer one; io with SQLite's sentence, the failing step undone.
Result<void> migrate(SQLite::Database& db, const std::string& path, const Migrations& migrations);

/// The sentence for an admin: which file, what SQLite said, and what to do where that is known.
Error database_error(const std::string& path, const std::exception& error);

}  // namespace tandem
