#include "base/ini.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <limits>
#include <unordered_map>
#include <utility>

#include "base/utf8.h"

namespace tandem {

namespace {

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

struct Position {
  const std::string* file;
  int line;
};

/// Reads one file with its includes. Used once.
class IniReader {
 public:
  IniReader(const IniSource& source, const IniLimits& limits) : source_(source), limits_(limits) {}

  Result<ConfigFile> read(const std::string& path);

 private:
  struct Block {
    ConfigSection section;
    bool is_template = false;
    bool inherits = false;
  };
  static constexpr size_t kNoSection = std::numeric_limits<size_t>::max();
  static constexpr size_t kBrokenSection = kNoSection - 1;  // its header was refused: its keys are not refused one by one as well

  void read_text(const std::string& path, std::string_view text);
  void read_line(Position at, std::string_view line);
  bool sane(Position at, std::string_view line);
  bool directive(Position at, std::string_view line);
  void include(Position at, std::string_view argument);
  void open_section(Position at, std::string_view line);
  void inherit(Position at, Block& heir, std::string_view parent);
  void add_value(Position at, std::string_view line);
  bool afford(Position at, size_t bytes);
  void complain(Position at, std::string_view sentence);
  void stop(Position at, std::string_view sentence);
  ConfigFile finish(const std::string& path);

  const IniSource& source_;
  const IniLimits& limits_;
  std::vector<Block> blocks_;
  std::unordered_map<std::string, size_t> by_name_;
  size_t current_ = kNoSection;
  std::vector<std::string> open_;  // the files being read, outermost first
  size_t files_ = 0;
  size_t bytes_ = 0;
  size_t values_ = 0;
  size_t value_bytes_ = 0;
  bool stopped_ = false;
  std::vector<std::string> complaints_;
};

void IniReader::complain(Position at, std::string_view sentence) {
  if (stopped_) return;
  complaints_.push_back(fmt::format("{}:{}: {}", *at.file, at.line, sentence));
  if (complaints_.size() < limits_.complaints) return;
  complaints_.push_back(fmt::format("{}:{}: reading ends here, there are too many mistakes", *at.file, at.line));
  stopped_ = true;
}

void IniReader::stop(Position at, std::string_view sentence) {
  complain(at, sentence);
  stopped_ = true;
}

Result<ConfigFile> IniReader::read(const std::string& path) {
  auto text = source_.file(path, limits_.bytes);
  if (!text) {
    if (text.error().code == ErrorCode::not_found) return text.error();
    return config_error({fmt::format("{}:0: {}", path, text.error().message)});
  }
  bytes_ = text->size();
  files_ = 1;
  read_text(path, *text);
  if (!complaints_.empty()) return config_error(complaints_);
  return finish(path);
}

void IniReader::read_text(const std::string& path, std::string_view text) {
  open_.push_back(path);
  if (text.starts_with(kByteOrderMark)) text.remove_prefix(kByteOrderMark.size());
  Position at{&path, 0};
  while (!text.empty() && !stopped_) {
    const auto end = std::min(text.find('\n'), text.size());
    auto line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (line.ends_with('\r')) line.remove_suffix(1);
    ++at.line;
    read_line(at, line);
  }
  open_.pop_back();
}

bool IniReader::sane(Position at, std::string_view line) {
  if (line.size() > limits_.line_bytes) {
    complain(at, fmt::format("the line is longer than {} bytes", limits_.line_bytes));
    return false;
  }
  unsigned char high = 0;
  for (const char c : line) {
    const auto byte = static_cast<unsigned char>(c);
    high |= byte;
    if ((byte >= 0x20 && byte != 0x7F) || c == '\t') continue;
    complain(at, byte == 0 ? std::string("a NUL byte: this is not a text file") : fmt::format("the control character 0x{:02x}", byte));
    return false;
  }
  if ((high & 0x80) == 0 || is_utf8(line)) return true;
  complain(at, "the line is not UTF-8");
  return false;
}

void IniReader::read_line(Position at, std::string_view line) {
  if (!sane(at, line)) return;
  const auto trimmed = trim(line);
  if (trimmed.empty() || (trimmed[0] == '#' && directive(at, trimmed)) || ini_blank(trimmed)) return;
  if (trimmed[0] == '[') return open_section(at, trimmed);
  // The end is left as it is: a backslash may protect the last blank.
  add_value(at, line.substr(static_cast<size_t>(trimmed.data() - line.data())));
}

bool IniReader::directive(Position at, std::string_view line) {
  const auto end = std::min(line.find_first_of(" \t\""), line.size());
  const auto word = line.substr(0, end);
  if (word == "#include") {
    include(at, line.substr(end));
    return true;
  }
  if (word == "#exec" || word == "#tryinclude") {
    complain(at, fmt::format("{} is not something Tandem does", word));
    return true;
  }
  return false;
}

void IniReader::include(Position at, std::string_view argument) {
  const auto name = parse_ini_value(argument, source_.variable);
  if (!name) return complain(at, name.error().message);
  if (name->empty()) return complain(at, "#include needs the name of a file");
  // Beside the including file; an absolute name stays what it is.
  const auto path = (std::filesystem::path(*at.file).parent_path() / *name).lexically_normal().string();

  const auto again =
      std::find_if(open_.begin(), open_.end(), [&](const auto& open) { return std::filesystem::path(open).lexically_normal() == path; });
  if (again != open_.end()) {
    std::string chain;
    for (auto it = again; it != open_.end(); ++it) chain += *it + " -> ";
    return complain(at, fmt::format("the file includes itself: {}{}", chain, path));
  }
  if (open_.size() >= limits_.depth) return complain(at, fmt::format("includes are nested more than {} deep", limits_.depth));
  if (files_ >= limits_.files) return stop(at, fmt::format("more than {} files are included", limits_.files));

  const auto text = source_.file(path, limits_.bytes - bytes_);
  if (!text) {
    complain(at, fmt::format("cannot include {}: {}", path, text.error().message));
    if (text.error().code == ErrorCode::exhausted) stopped_ = true;
    return;
  }
  ++files_;
  bytes_ += text->size();
  // Keys at the head of the included file belong to the section that includes it, and what follows the #include does so again.
  const auto section = current_;
  read_text(path, *text);
  current_ = section;
}

void IniReader::open_section(Position at, std::string_view line) {
  current_ = kBrokenSection;
  const auto header = parse_ini_header(line);
  if (!header) return complain(at, header.error().message);
  const auto known = by_name_.find(std::string(header->name));
  if (header->append) {
    if (known == by_name_.end()) return complain(at, fmt::format("there is no section [{}] above that (+) could add to", header->name));
    current_ = known->second;
    return;
  }
  if (known != by_name_.end()) {
    const auto& first = blocks_[known->second].section;
    return complain(at, fmt::format("[{}] is already at {}:{}; [{}](+) adds to it", header->name, first.file, first.line, header->name));
  }
  if (blocks_.size() >= limits_.sections) return stop(at, fmt::format("more than {} sections", limits_.sections));

  Block block{{std::string(header->name), *at.file, at.line, {}}, header->is_template, !header->parents.empty()};
  for (const auto parent : header->parents) inherit(at, block, parent);
  current_ = blocks_.size();
  by_name_.emplace(block.section.name, current_);
  blocks_.push_back(std::move(block));
}

void IniReader::inherit(Position at, Block& heir, std::string_view parent) {
  const auto found = by_name_.find(std::string(parent));
  if (found == by_name_.end()) return complain(at, fmt::format("there is no template or section [{}] above", parent));
  for (const auto& [key, value] : blocks_[found->second].section.values) {
    if (!afford(at, key.size() + value.text.size() + value.file.size())) return;
    auto& own = heir.section.values[key];
    own = value;
    own.line = -std::abs(value.line);  // below zero until finish(): inherited, so that the section's own key may replace it
  }
}

bool IniReader::afford(Position at, size_t bytes) {
  value_bytes_ += bytes;
  if (++values_ <= limits_.values && value_bytes_ <= limits_.value_bytes) return true;
  stop(at, fmt::format("too much: the bounds are {} values and {} bytes of them", limits_.values, limits_.value_bytes));
  return false;
}

void IniReader::add_value(Position at, std::string_view line) {
  auto pair = parse_ini_pair(line, source_.variable);
  if (!pair) return complain(at, pair.error().message);
  if (current_ == kBrokenSection) return;
  if (current_ == kNoSection) return complain(at, fmt::format("{}: a key before the first [section]", pair->key));
  if (!afford(at, pair->key.size() + pair->value.size() + at.file->size())) return;

  auto& section = blocks_[current_].section;
  const auto [entry, fresh] = section.values.try_emplace(std::string(pair->key));
  auto& value = entry->second;
  if (!fresh && value.line > 0) {
    return complain(at, fmt::format("[{}] {}: is already set at {}:{}", section.name, pair->key, value.file, value.line));
  }
  value = {std::move(pair->value), *at.file, at.line};
}

ConfigFile IniReader::finish(const std::string& path) {
  ConfigFile file{path, {}};
  file.sections.reserve(blocks_.size());
  for (auto& block : blocks_) {
    if (block.is_template) continue;
    if (block.inherits) {
      for (auto& [key, value] : block.section.values) value.line = std::abs(value.line);
    }
    file.sections.push_back(std::move(block.section));
  }
  return file;
}

}  // namespace

Result<ConfigFile> read_ini(const std::string& path, const IniSource& source, const IniLimits& limits) {
  return IniReader(source, limits).read(path);
}

}  // namespace tandem
