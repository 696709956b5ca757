// What the directory holds, as a file that an import takes back. Report worker.
#pragma once

#include <SQLiteCpp/SQLiteCpp.h>

#include <cstdint>
#include <string>

#include "store/directory_tables.h"
#include "tandem/result.h"

namespace tandem {

struct ExportOptions {
  std::string path;                  ///< ".csv" or ".ini"
  const TableShape* only = nullptr;  ///< one table; null: all
  bool secrets = false;              ///< SIP passwords too, in clear: the file is a copy of everything
};

/// Writes a file of mode 0600 and says how many rows are in it, all of one moment. exists: no file is ever replaced; io. What cannot be
/// written whole is not left behind.
Result<int64_t> export_directory(SQLite::Database& db, const ExportOptions& options);

}  // namespace tandem
