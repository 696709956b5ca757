// Reading call records: what "cdr show" prints. Report worker's thread.
#pragma once

#include <SQLiteCpp/SQLiteCpp.h>

#include "cdr_question.h"
#include "tandem/console.h"
#include "tandem/result.h"

namespace tandem {

/// An array of calls, or one call as an object. not_found when there is no such call. Throws SQLite::Exception.
Result<Json> answer_cdr_question(SQLite::Database& db, const CdrQuestion& question);

}  // namespace tandem
