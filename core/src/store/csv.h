// CSV as RFC 4180 and spreadsheets have it: reading record by record, and the form of one field. One thread; keeps a block of the file.
#pragma once

#include <array>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "tandem/function.h"
#include "tandem/result.h"

namespace tandem {

/// Fields are parted by commas or semicolons, whichever the first line uses: spreadsheets write what their country does. Quoted fields may
/// hold line breaks. Lines end in LF, CRLF or CR; empty ones are passed over, and so is a byte order mark.
class CsvReader {
 public:
  static constexpr size_t kLongestRecord = 64 * 1024;  ///< bytes
  static constexpr size_t kMostFields = 64;

  /// Fills at most `room` bytes and says how many; 0 at the end.
  using Source = UniqueFunction<Result<size_t>(char* into, size_t room)>;
  explicit CsvReader(Source source) : source_(std::move(source)) {}

  /// True with the next record in `fields`, false at the end. invalid with a sentence, which reading cannot go on after; or the source's
  /// error.
  Result<bool> next(std::vector<std::string>& fields);
  /// Where the last record began; the first line is 1.
  int line() const { return record_line_; }

 private:
  static constexpr int kEnd = -1;
  int peek();
  int take();
  void choose_delimiter();
  bool at_line_end();
  void end_line();
  Result<void> read_field(std::string& field);
  Result<void> read_quoted(std::string& field);
  Result<void> grow(std::string& field, int byte);

  Source source_;
  std::array<char, 64 * 1024> block_{};
  size_t at_ = 0, filled_ = 0;
  bool started_ = false;
  char delimiter_ = ',';
  int line_ = 1, record_line_ = 0;
  size_t record_bytes_ = 0;
  Result<void> failed_;
};

/// Quoted where it has to be. A spreadsheet runs what begins like a formula, so that gets an apostrophe in front, as people write it there;
/// csv_text() takes it away again. A number such as +14085551001 stays as it is.
std::string csv_field(std::string_view text);
std::string csv_text(std::string field);

}  // namespace tandem
