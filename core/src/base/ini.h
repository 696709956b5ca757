// The reader of ini files: includes, templates, inheritance, environment values. Any thread; keeps nothing.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "base/ini_line.h"
#include "tandem/config.h"

namespace tandem {

/// Bounds of one read with everything that it includes. Past one of them the read ends with a complaint.
struct IniLimits {
  size_t bytes = size_t{64} << 20;  ///< of all files together
  size_t line_bytes = size_t{64} << 10;
  size_t files = 1000;
  size_t depth = 16;  ///< of includes
  size_t sections = 1'000'000;
  size_t values = 4'000'000;  ///< inherited ones too: a template of a thousand keys may have a thousand heirs
  size_t value_bytes = size_t{512} << 20;
  size_t complaints = 100;
};

/// What the reader takes from the machine; tests and fuzzers bring their own.
struct IniSource {
  /// The whole text of a file. not_found when there is none, exhausted when it is longer than `limit` bytes.
  std::function<Result<std::string>(const std::string& path, size_t limit)> file;
  IniVariables variable;
};
IniSource machine_ini_source();

/// Errors: not_found when `path` itself does not exist; else invalid, with every mistake as "FILE:LINE: sentence", one a line.
Result<ConfigFile> read_ini(const std::string& path, const IniSource& source, const IniLimits& limits = {});

}  // namespace tandem
