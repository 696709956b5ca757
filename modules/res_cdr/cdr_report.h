// Reading call records: what "cdr show" prints. Report worker's thread, except parse_cdr_question.
#pragma once

#include <SQLiteCpp/SQLiteCpp.h>

#include <string>
#include <vector>

#include "tandem/clock.h"
#include "tandem/console.h"
#include "tandem/result.h"

namespace tandem {

struct CdrQuestion {
  std::string call;    ///< one call with its legs and decisions; empty: a list
  WallTime since{};    ///< calls that began then or later
  int64_t limit = 20;  ///< the last so many, oldest first
};

/// "last N", "call ID", "today" (since midnight of this machine) or nothing. invalid with the usage.
Result<CdrQuestion> parse_cdr_question(const std::vector<std::string>& args, WallTime now);

/// An array of calls, or one call as an object. not_found when there is no such call. Throws SQLite::Exception.
Result<Json> answer_cdr_question(SQLite::Database& db, const CdrQuestion& question);

}  // namespace tandem
