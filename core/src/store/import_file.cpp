#include "store/import_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>

#include "base/ini.h"
#include "base/utf8.h"
#include "store/device_secrets.h"

namespace tandem {
namespace {

constexpr const char* kKind = "kind";
constexpr const char* kId = "id";

/// What the header line of a CSV file promises.
struct Header {
  std::vector<std::string> keys;
  const TableShape* only = nullptr;  ///< null: the column "kind" tells line by line
};

/// Without a column "kind" the other columns tell what the rows are: each kind has one of its own.
Result<const TableShape*> kind_by_columns(const std::vector<std::string>& keys) {
  std::vector<const TableShape*> fitting;
  for (const auto* table : directory_tables()) {
    if (std::all_of(keys.begin(), keys.end(), [table](const auto& key) { return key == kId || table->has(key); })) fitting.push_back(table);
  }
  if (fitting.size() == 1) return fitting.front();
  if (fitting.empty()) {
    return Error{ErrorCode::invalid,
                 fmt::format("no kind of row has the columns {} together: add a column \"kind\"", fmt::join(keys, ", "))};
  }
  std::vector<const char*> kinds;
  for (const auto* table : fitting) kinds.push_back(table->kind);
  return Error{ErrorCode::invalid, fmt::format("the rows may be of the kind {}: add a column \"kind\"", fmt::join(kinds, " or "))};
}

/// Empty when a field can be shown and compared.
std::string_view unclean(std::string_view field) {
  if (!is_utf8(field)) return "is not UTF-8: save the file as \"CSV UTF-8\"";
  const bool control = std::any_of(field.begin(), field.end(), [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; });
  return control ? "a control character or a line break inside a field" : "";
}

std::string_view unclean(const std::vector<std::string>& fields) {
  for (const auto& field : fields) {
    if (const auto sentence = unclean(field); !sentence.empty()) return sentence;
  }
  return {};
}

Result<Header> read_header(std::vector<std::string> keys) {
  if (const auto sentence = unclean(keys); !sentence.empty()) return Error{ErrorCode::invalid, std::string(sentence)};
  for (const auto& key : keys) {
    const bool known = key == kKind || std::any_of(directory_tables().begin(), directory_tables().end(),
                                                   [&](const auto* table) { return key == kId || table->has(key); });
    if (!known) return Error{ErrorCode::invalid, fmt::format("\"{}\" is no column that a row could have", key)};
    if (std::count(keys.begin(), keys.end(), key) > 1)
      return Error{ErrorCode::invalid, fmt::format("the column \"{}\" is there twice", key)};
  }
  if (std::find(keys.begin(), keys.end(), kId) == keys.end()) {
    return Error{ErrorCode::invalid, "there is no column \"id\" (the first line names the columns)"};
  }
  if (std::find(keys.begin(), keys.end(), kKind) != keys.end()) return Header{std::move(keys)};
  const auto only = kind_by_columns(keys);
  if (!only) return only.error();
  return Header{std::move(keys), *only};
}

/// The columns that no line of the file can fill.
std::set<std::string, std::less<>> silent_keys(const Header& header) {
  std::set<std::string, std::less<>> silent;
  for (const auto* table : directory_tables()) {
    for (const auto& column : table->columns) {
      if (std::find(header.keys.begin(), header.keys.end(), column.key) == header.keys.end()) silent.insert(column.key);
    }
  }
  silent.erase(kId);
  return silent;
}

ConfigSection section_of(const Header& header, std::vector<std::string>& fields, const std::string& file, int line) {
  ConfigSection section{.file = file, .line = line};
  std::string kind = header.only == nullptr ? std::string() : header.only->kind;
  std::string id;
  for (size_t i = 0; i < fields.size(); ++i) {
    std::string text = csv_text(std::move(fields[i]));
    const auto& key = header.keys[i];
    if (key == kKind) {
      kind = std::move(text);
    } else if (key == kId) {
      id = std::move(text);
    } else if (!text.empty()) {
      section.values.emplace(key, ConfigValue{std::move(text), file, line});
    }
  }
  section.name = kind + ' ' + id;
  return section;
}

Result<void> refuse(const std::string& file, int line, std::string_view sentence) {
  return Error{ErrorCode::invalid, fmt::format("{}:{}: {}", file, line, sentence)};
}

/// A regular file, never more of it than was agreed.
class FileBlocks {
 public:
  static Result<FileBlocks> open(const std::string& path, size_t limit) {
    // Non-blocking, because opening a FIFO would wait for its writer.
    FileBlocks file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
    struct stat about {};
    if (file.fd_ < 0 || ::fstat(file.fd_, &about) != 0) {
      return Error{errno == ENOENT ? ErrorCode::not_found : ErrorCode::io, fmt::format("{}: {}", path, std::strerror(errno))};
    }
    if (!S_ISREG(about.st_mode)) return Error{ErrorCode::invalid, path + ": not a regular file"};
    if (static_cast<size_t>(about.st_size) > limit)
      return Error{ErrorCode::exhausted, fmt::format("{}: longer than {} bytes", path, limit)};
    return file;
  }
  FileBlocks(FileBlocks&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  FileBlocks& operator=(FileBlocks&&) = delete;
  FileBlocks(const FileBlocks&) = delete;
  FileBlocks& operator=(const FileBlocks&) = delete;
  ~FileBlocks() {
    if (fd_ >= 0) ::close(fd_);
  }

  Result<size_t> read(char* into, size_t room) const {
    ssize_t got = 0;
    do got = ::read(fd_, into, room);
    while (got < 0 && errno == EINTR);
    if (got < 0) return Error{ErrorCode::io, std::strerror(errno)};
    return static_cast<size_t>(got);
  }

 private:
  explicit FileBlocks(int fd) : fd_(fd) {}
  int fd_;
};

/// As directory.ini: [general] may name a file with the SIP passwords, beside this one.
Result<void> import_ini(const std::string& path, DirectoryImport& import) {
  const IniSource machine = machine_ini_source();
  const IniLimits limits{.bytes = kLongestIniFile};
  auto file = read_ini(path, machine, limits);
  if (!file && file.error().code == ErrorCode::not_found) return Error{ErrorCode::not_found, path + ": there is no such file"};
  if (!file) return file.error();
  DeviceSecrets secrets;
  std::vector<std::string> complaints;
  if (const auto* general = file->find("general"); general != nullptr && general->values.contains("secrets")) {
    const auto& named = general->values.find("secrets")->second;
    const auto secrets_file = read_ini((std::filesystem::path(named.file).parent_path() / named.text).string(), machine, limits);
    if (!secrets_file)
      return Error{secrets_file.error().code, fmt::format("{}:{}: {}", named.file, named.line, secrets_file.error().message)};
    secrets.read(*secrets_file, complaints);
  }
  for (auto& section : file->sections) {
    if (section.name == "general") {
      SectionReader reader(section, complaints);
      reader.text("secrets", "");
      reader.finish();
      continue;
    }
    if (!import.wants_more()) return {};
    const auto [kind, id] = kind_and_id(section.name);
    if (kind == kDevices.kind && !section.values.contains("secret")) {
      if (auto secret = secrets.take(id); !secret.empty()) {
        section.values.emplace("secret", ConfigValue{std::move(secret), section.file, section.line});
      }
    }
    import.take(std::move(section), {});
  }
  secrets.complain_of_unused(complaints);
  for (auto& complaint : complaints) import.complain(std::move(complaint));
  return {};
}

}  // namespace

Result<ExchangeFormat> exchange_format(const std::string& path) {
  const auto extension = std::filesystem::path(path).extension();
  if (extension == ".csv") return ExchangeFormat::csv;
  if (extension == ".ini") return ExchangeFormat::ini;
  return Error{ErrorCode::invalid, "the file's name ends in .csv or .ini, which says what it is"};
}

Result<void> import_csv(const std::string& name, CsvReader reader, DirectoryImport& import) {
  std::vector<std::string> fields;
  const auto located = [&](const Error& error) {
    return error.code == ErrorCode::invalid ? refuse(name, reader.line(), error.message) : Error{error.code, name + ": " + error.message};
  };
  const auto first = reader.next(fields);
  if (!first) return located(first.error());
  if (!*first) return refuse(name, 1, "the file is empty: its first line names the columns");
  const auto header = read_header(std::move(fields));
  if (!header) return refuse(name, reader.line(), header.error().message);
  const auto silent = silent_keys(*header);
  while (import.wants_more()) {
    const auto more = reader.next(fields);
    if (!more) return located(more.error());
    if (!*more) return {};
    if (fields.size() > header->keys.size()) {
      import.complain(fmt::format("{}:{}: {} fields, and {} columns", name, reader.line(), fields.size(), header->keys.size()));
    } else if (const auto sentence = unclean(fields); !sentence.empty()) {
      import.complain(fmt::format("{}:{}: {}", name, reader.line(), sentence));
    } else {
      import.take(section_of(*header, fields, name, reader.line()), silent);
    }
  }
  return {};
}

Result<void> import_file(const std::string& path, DirectoryImport& import) {
  const auto format = exchange_format(path);
  if (!format) return format.error();
  if (*format == ExchangeFormat::ini) return import_ini(path, import);
  auto file = FileBlocks::open(path, kLongestCsvFile);
  if (!file) return file.error();
  const auto blocks = [&file](char* into, size_t room) { return file->read(into, room); };
  return import_csv(path, CsvReader(blocks), import);
}

}  // namespace tandem
