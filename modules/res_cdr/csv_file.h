// CsvFile: finished calls as lines of text beside cdr.db, for spreadsheets and billing programs. add() on the switch thread, flush() on a
// worker.
#pragma once

#include <filesystem>
#include <mutex>
#include <string>
#include <vector>

#include "tandem/records.h"
#include "tandem/result.h"

namespace tandem {

/// One line a call (RFC 4180, UTF-8, a header line first), times as in "cdr show". The file is opened for each flush, so that logrotate or
/// mv may take it away at any time.
class CsvFile {
 public:
  /// `pattern` is a file name for strftime ("cdr-%Y-%m.csv"): the moment of writing in this machine's zone says which file it is.
  explicit CsvFile(std::filesystem::path pattern) : pattern_(std::move(pattern)) {}

  /// False when a hundred thousand calls wait already, for a disk that refuses.
  bool add(const CallRecord& record);
  bool empty();
  /// Appends what waits. io: nothing of it has been lost, the next flush tries again.
  Result<void> flush(WallTime now);

 private:
  const std::filesystem::path pattern_;
  std::mutex mutex_;
  std::vector<std::string> waiting_;  ///< lines
  std::mutex writing_;                ///< one flush at a time
};

/// The line of one call, and the names of its fields.
std::string csv_line(const CallRecord& record);
std::string csv_header();

}  // namespace tandem
