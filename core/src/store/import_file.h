// The files that an import reads: CSV lines and ini sections become rows. Writer thread.
#pragma once

#include <string>

#include "store/csv.h"
#include "store/directory_import.h"
#include "tandem/result.h"

namespace tandem {

/// More would keep the writer for minutes.
inline constexpr size_t kLongestCsvFile = size_t{512} << 20;
inline constexpr size_t kLongestIniFile = size_t{16} << 20;  ///< is held in memory as a whole, at about ten times its length

/// By its name: ".csv" or ".ini".
enum class ExchangeFormat { csv, ini };
/// invalid when it is neither.
Result<ExchangeFormat> exchange_format(const std::string& path);

/// Gives every row of the file to `import`, and its mistakes. not_found, io, exhausted when the file cannot be read.
Result<void> import_file(const std::string& path, DirectoryImport& import);
/// CSV out of any source; `name` is what complaints call it.
Result<void> import_csv(const std::string& name, CsvReader reader, DirectoryImport& import);

}  // namespace tandem
