// What directory.db remembers about itself: facts by name, and how many rows it holds. The thread whose connection it is.
#pragma once

#include <SQLiteCpp/SQLiteCpp.h>

#include <optional>
#include <string>

#include "tandem/directory.h"

namespace tandem {

/// Of the ini files that were brought in last: what they said, and what they were read from.
inline constexpr const char* kDeclaredFact = "declared";
inline constexpr const char* kSourcesFact = "sources";

std::optional<std::string> fact(SQLite::Database& db, const char* name);
void keep_fact(SQLite::Database& db, const char* name, const std::string& value);

/// Counted anew, which takes a scan of four tables, and kept: inside each transaction that adds or removes rows.
Directory::Counts count_rows(SQLite::Database& db);
/// As count_rows() last kept them.
Directory::Counts kept_counts(SQLite::Database& db);

}  // namespace tandem
