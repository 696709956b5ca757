// One line of an ini file: its grammar, without files and sections. Any thread.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tandem/result.h"

namespace tandem {

/// Looks up an environment variable; nothing when it is not set.
using IniVariables = std::function<std::optional<std::string>(const std::string& name)>;

/// "[name]", "[name](!)", "[name](+)", "[name](template,other)". Views into the line.
struct IniHeader {
  std::string_view name;
  bool is_template = false;
  bool append = false;
  std::vector<std::string_view> parents;
};

/// "key = value"; the key is a view into the line.
struct IniPair {
  std::string_view key;
  std::string value;
};

std::string_view trim(std::string_view text);

/// Empty, or nothing but a comment.
bool ini_blank(std::string_view trimmed);
/// Errors are `invalid` with a sentence that never repeats a value, which may be a secret.
Result<IniHeader> parse_ini_header(std::string_view trimmed);
Result<IniPair> parse_ini_pair(std::string_view trimmed, const IniVariables& variables);
/// What stands right of "=": quotes, backslashes, environment values and the trailing comment resolved.
Result<std::string> parse_ini_value(std::string_view text, const IniVariables& variables);
/// The other way: `value`, which has no control characters, as it is written right of "=". In quotes where it has to be.
std::string ini_value(std::string_view value);

}  // namespace tandem
