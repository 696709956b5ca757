#include "store/csv.h"

#include <fmt/format.h>

#include <algorithm>

namespace tandem {
namespace {

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

/// `text` without the apostrophes in front of it.
bool is_formula(std::string_view text) {
  text.remove_prefix(std::min(text.find_first_not_of('\''), text.size()));
  if (text.empty()) return false;
  if (text[0] == '+') return text.find_first_not_of("0123456789", 1) != std::string_view::npos;
  return std::string_view("=-@\t\r").find(text[0]) != std::string_view::npos;
}

}  // namespace

Result<bool> CsvReader::next(std::vector<std::string>& fields) {
  fields.clear();
  if (!started_) choose_delimiter();
  while (peek() != kEnd && at_line_end()) end_line();
  record_line_ = line_;
  record_bytes_ = 0;
  while (failed_ && peek() != kEnd) {
    if (fields.size() == kMostFields) return Error{ErrorCode::invalid, fmt::format("more than {} fields in a line", kMostFields)};
    fields.emplace_back();
    if (auto read = read_field(fields.back()); !read) return read.error();
    if (peek() == delimiter_) {
      take();
      // What follows the last delimiter of a file is a field, too.
      if (peek() == kEnd) fields.emplace_back();
      continue;
    }
    end_line();
    break;
  }
  if (!failed_) return failed_.error();
  return !fields.empty();
}

int CsvReader::peek() {
  if (at_ == filled_ && failed_) {
    auto got = source_(block_.data(), block_.size());
    if (!got) failed_ = got.error();
    at_ = 0;
    filled_ = got ? *got : 0;
  }
  return at_ < filled_ ? static_cast<unsigned char>(block_[at_]) : kEnd;
}

int CsvReader::take() {
  const int byte = peek();
  if (byte != kEnd) ++at_;
  return byte;
}

void CsvReader::choose_delimiter() {
  started_ = true;
  peek();
  std::string_view block(block_.data(), filled_);
  if (block.starts_with(kByteOrderMark)) {
    at_ = kByteOrderMark.size();
    block.remove_prefix(at_);
  }
  const auto line = block.substr(0, block.find_first_of("\r\n"));
  if (line.find(';') != std::string_view::npos && line.find(',') == std::string_view::npos) delimiter_ = ';';
}

bool CsvReader::at_line_end() { return peek() == '\n' || peek() == '\r'; }

void CsvReader::end_line() {
  if (!at_line_end()) return;
  ++line_;
  if (take() == '\r' && peek() == '\n') take();
}

Result<void> CsvReader::grow(std::string& field, int byte) {
  if (++record_bytes_ > kLongestRecord) return Error{ErrorCode::invalid, fmt::format("the line is longer than {} bytes", kLongestRecord)};
  field += static_cast<char>(byte);
  return {};
}

Result<void> CsvReader::read_field(std::string& field) {
  if (peek() == '"') return read_quoted(field);
  while (peek() != kEnd && peek() != delimiter_ && !at_line_end()) {
    if (auto grown = grow(field, take()); !grown) return grown;
  }
  return {};
}

Result<void> CsvReader::read_quoted(std::string& field) {
  take();
  while (peek() != kEnd) {
    const int byte = take();
    if (byte == '"' && peek() != '"') {
      if (peek() == kEnd || peek() == delimiter_ || at_line_end()) return {};
      return Error{ErrorCode::invalid, "there is text after the closing quote (write \"\" for a quote inside a field)"};
    }
    if (byte == '"') take();
    if (byte == '\n' || (byte == '\r' && peek() != '\n')) ++line_;
    if (auto grown = grow(field, byte); !grown) return grown;
  }
  return Error{ErrorCode::invalid, "the quote is not closed"};
}

std::string csv_field(std::string_view text) {
  std::string field = is_formula(text) ? "'" : "";
  field += text;
  if (field.find_first_of(",;\"\r\n") == std::string::npos) return field;
  std::string quoted = "\"";
  for (const char c : field) {
    if (c == '"') quoted += '"';
    quoted += c;
  }
  return quoted += '"';
}

std::string csv_text(std::string field) {
  if (field.starts_with('\'') && is_formula(field)) field.erase(0, 1);
  return field;
}

}  // namespace tandem
