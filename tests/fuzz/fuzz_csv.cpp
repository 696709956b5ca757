// The CSV reader on any bytes, from a source that hands them over in small pieces; and fields written and read again.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <cstring>

#include "store/csv.h"

namespace {

using namespace tandem;

CsvReader reader_of(std::string_view text, size_t piece) {
  return CsvReader([text, piece](char* into, size_t room) mutable -> Result<size_t> {
    const size_t size = std::min({text.size(), room, piece});
    std::memcpy(into, text.data(), size);
    text.remove_prefix(size);
    return size;
  });
}

void read_all(CsvReader reader) {
  std::vector<std::string> fields;
  int line = 0;
  for (;;) {
    const auto more = reader.next(fields);
    if (!more && (more.error().code != ErrorCode::invalid || more.error().message.empty())) std::abort();
    if (!more || !*more) return;
    if (fields.empty() || fields.size() > CsvReader::kMostFields || reader.line() <= line) std::abort();
    line = reader.line();
  }
}

/// Two fields, so that the line is never taken for an empty one.
void expect_the_same(const std::string& text) {
  const std::string line = "id," + csv_field(text) + "\r\n";
  auto reader = reader_of(line, SIZE_MAX);
  std::vector<std::string> fields;
  const auto read = reader.next(fields);
  if (!read || !*read || fields.size() != 2 || csv_text(fields[1]) != text) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  for (const size_t piece : {size_t{1}, size_t{7}, size_t{SIZE_MAX}}) read_all(reader_of(text, piece));
  expect_the_same(text.substr(0, 4096));
  return 0;
}
