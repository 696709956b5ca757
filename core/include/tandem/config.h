// Config: the ini files as sections of keys, read once at start and once per reload; every complaint carries file and line. Any thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tandem/address.h"
#include "tandem/result.h"

namespace tandem {

/// One "key = value", where it stands, and whether somebody has asked for it.
struct ConfigValue {
  std::string text;
  std::string file;
  int line = 0;
};

/// One [section] after includes, templates, environment values and --set have been applied. A copyable value.
struct ConfigSection {
  std::string name;
  std::string file;
  int line = 0;
  std::map<std::string, ConfigValue, std::less<>> values;
};

/// One ini file as a whole. Sections keep their order in the file. A template "[x](!)" is not among them.
struct ConfigFile {
  std::string path;
  std::vector<ConfigSection> sections;
  const ConfigSection* find(std::string_view name) const;  ///< null when there is none
};

/// Reads one section key by key; collects what is wrong instead of stopping, so that an admin sees all mistakes at once.
/// Usage: SectionReader r(section, errors); s.port = r.integer("port", 5060, 0, 65535); ... r.finish();
class SectionReader {
 public:
  SectionReader(const ConfigSection& section, std::vector<std::string>& errors) : section_(section), errors_(errors) {}

  bool has(std::string_view key);
  std::string text(std::string_view key, std::string_view fallback);
  std::string required(std::string_view key);
  int64_t integer(std::string_view key, int64_t fallback, int64_t least, int64_t most);
  bool flag(std::string_view key, bool fallback);  ///< yes/no, true/false, on/off, 1/0
  std::chrono::milliseconds duration(std::string_view key,
                                     std::chrono::milliseconds fallback);  ///< "500ms", "30s", "5m", "2h"; bare number: seconds
  int64_t bytes(std::string_view key, int64_t fallback);                   ///< "500", "64K", "10M", "2G" (powers of 1024)
  std::vector<std::string> list(std::string_view key);                     ///< comma separated, trimmed
  std::string choice(std::string_view key, std::string_view fallback, std::initializer_list<std::string_view> allowed);
  SocketAddress address(std::string_view key, std::string_view fallback);  ///< numeric "ip:port"
  /// Records a complaint about `key` in "FILE:LINE: [section] key: sentence" form.
  void complain(std::string_view key, std::string_view sentence);
  /// Every key that nobody asked for is an error.
  void finish();

 private:
  const ConfigValue* take(std::string_view key);
  const ConfigSection& section_;
  std::vector<std::string>& errors_;
  std::vector<std::string> asked_;
};

/// The folder given by -c, with the --set overrides of this run. During a reload everybody reads the same state of the files.
class Config {
 public:
  virtual ~Config() = default;
  /// Reads FOLDER/NAME.ini afresh ("sip" -> configs/sip.ini). not_found when there is no such file; invalid with every syntax error, one a
  /// line.
  virtual Result<ConfigFile> read(std::string_view name) const = 0;
  /// A path from an ini value, made absolute against the folder of the file that named it.
  virtual std::string resolve(const ConfigValue& value) const = 0;
  virtual std::string folder() const = 0;
};

/// One Error from a list of complaints, one a line.
Error config_error(const std::vector<std::string>& complaints);

}  // namespace tandem
