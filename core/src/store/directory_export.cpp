#include "store/directory_export.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "base/ini_line.h"
#include "store/csv.h"
#include "store/import_file.h"

namespace tandem {
namespace {

constexpr size_t kBlock = 256 * 1024;
constexpr std::string_view kSecret = "secret";

/// A new file beside the one that is wanted, which gets its name when it is whole.
class NewFile {
 public:
  explicit NewFile(const std::string& path) : path_(path), draft_(fmt::format("{}.{}", path, ::getpid())) {
    fd_ = ::open(draft_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd_ < 0) fail();
  }
  NewFile(const NewFile&) = delete;
  NewFile& operator=(const NewFile&) = delete;
  ~NewFile() {
    if (fd_ < 0) return;
    ::close(fd_);
    ::unlink(draft_.c_str());
  }

  void add(std::string_view text) {
    waiting_ += text;
    if (waiting_.size() >= kBlock) flush();
  }
  /// The file under its own name, on the disk.
  Result<void> finish() {
    flush();
    if (result_ && ::fsync(fd_) != 0) fail();
    if (result_ && ::link(draft_.c_str(), path_.c_str()) != 0) fail();
    return result_;
  }
  bool sound() const { return static_cast<bool>(result_); }

 private:
  void flush() {
    std::string_view rest = waiting_;
    while (result_ && !rest.empty()) {
      const ssize_t done = ::write(fd_, rest.data(), rest.size());
      if (done > 0) rest.remove_prefix(static_cast<size_t>(done));
      if (done < 0 && errno != EINTR) fail();
    }
    waiting_.clear();
  }
  void fail() {
    const ErrorCode code = errno == EEXIST ? ErrorCode::exists : ErrorCode::io;
    result_ = Error{code, fmt::format("{}: {}", path_, std::strerror(errno))};
  }

  const std::string path_, draft_;
  int fd_ = -1;
  std::string waiting_;
  Result<void> result_;
};

/// The keys of one file's columns, in the order of the tables, each once.
std::vector<std::string_view> csv_keys(const std::vector<const TableShape*>& tables, bool secrets) {
  std::vector<std::string_view> keys;
  if (tables.size() > 1) keys.push_back("kind");
  keys.push_back("id");
  for (const auto* table : tables) {
    for (const auto& column : table->columns) {
      const bool wanted = secrets || column.key != kSecret;
      if (wanted && std::find(keys.begin(), keys.end(), column.key) == keys.end()) keys.push_back(column.key);
    }
  }
  return keys;
}

std::string csv_line(const std::vector<std::string_view>& keys, const TableShape& table, const std::vector<std::string>& values) {
  std::string line;
  for (const auto& key : keys) {
    if (&key != &keys.front()) line += ',';
    if (key == "kind") line += table.kind;
    const auto column = std::find_if(table.columns.begin(), table.columns.end(), [&](const auto& one) { return one.key == key; });
    if (column != table.columns.end()) line += csv_field(values[static_cast<size_t>(column - table.columns.begin())]);
  }
  return line += "\r\n";
}

std::string ini_section(const TableShape& table, const std::vector<std::string>& values, bool secrets) {
  std::string section = fmt::format("\n[{} {}]\n", table.kind, values[0]);
  for (size_t i = 1; i < values.size(); ++i) {
    const std::string_view key = table.columns[i].key;
    if (values[i].empty() || (key == kSecret && !secrets)) continue;
    section += fmt::format("{} = {}\n", key, ini_value(values[i]));
  }
  return section;
}

std::vector<std::string> values_of(SQLite::Statement& row, const TableShape& table) {
  std::vector<std::string> values;
  for (size_t i = 0; i < table.columns.size(); ++i) {
    const auto column = row.getColumn(static_cast<int>(i));
    values.push_back(table.columns[i].is_flag ? (column.getInt() != 0 ? "yes" : "no") : column.getString());
  }
  return values;
}

}  // namespace

Result<int64_t> export_directory(SQLite::Database& db, const ExportOptions& options) {
  const auto format = exchange_format(options.path);
  if (!format) return format.error();
  const bool csv = *format == ExchangeFormat::csv;
  if (::access(options.path.c_str(), F_OK) == 0) return Error{ErrorCode::exists, options.path + ": is there already, and is left as it is"};
  NewFile file(options.path);
  const auto tables = options.only == nullptr ? directory_tables() : std::vector{options.only};
  const auto keys = csv_keys(tables, options.secrets);
  if (csv) file.add(fmt::format("{}\r\n", fmt::join(keys, ",")));
  if (!csv) file.add("; \"directory import\" takes this back.\n");
  const SQLite::Transaction one_moment(db);
  int64_t rows = 0;
  for (const auto* table : tables) {
    SQLite::Statement query(db, fmt::format("SELECT {} FROM {} ORDER BY {}", table->column_list(), table->name, table->columns[0].name));
    for (; file.sound() && query.executeStep(); ++rows) {
      const auto values = values_of(query, *table);
      file.add(csv ? csv_line(keys, *table, values) : ini_section(*table, values, options.secrets));
    }
  }
  if (auto finished = file.finish(); !finished) return finished.error();
  return rows;
}

}  // namespace tandem
