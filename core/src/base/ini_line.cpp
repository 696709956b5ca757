#include "base/ini_line.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/utf8.h"

namespace tandem {

namespace {

constexpr std::string_view kBlanks = " \t";

bool is_blank(char c) { return c == ' ' || c == '\t'; }
bool is_comment(char c) { return c == ';' || c == '#'; }
bool is_control(char c) { return (static_cast<unsigned char>(c) < 0x20 && c != '\t') || c == 0x7F; }
bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }

Error invalid(std::string sentence) { return {ErrorCode::invalid, std::move(sentence)}; }

bool is_variable_name(std::string_view name) {
  return !name.empty() && !is_digit(name[0]) && std::all_of(name.begin(), name.end(), [](char c) { return is_letter(c) || is_digit(c); });
}

bool is_key(std::string_view key) { return !key.empty() && key.find_first_of(" \t\"[];#") == std::string_view::npos; }

/// Appends the value of the "${NAME}" or "${NAME:-default}" at `at`, and moves `at` behind it.
Result<void> expand(std::string_view text, size_t& at, const IniVariables& variables, std::string& out) {
  const auto close = text.find('}', at);
  if (close == std::string_view::npos) return invalid("\"${\" without \"}\" (write \\${ for the characters themselves)");
  const auto inner = text.substr(at + 2, close - at - 2);
  at = close + 1;
  const auto separator = inner.find(":-");
  const auto name = inner.substr(0, separator);
  if (!is_variable_name(name))
    return invalid("\"${...}\" needs the name of an environment variable (write \\${ for the characters themselves)");

  auto value = variables(std::string(name));
  if (separator != std::string_view::npos && (!value || value->empty())) {
    out += inner.substr(separator + 2);
    return {};
  }
  if (!value) return invalid(fmt::format("the environment variable {} is not set, and there is no default (${{{}:-default}})", name, name));
  if (!is_utf8(*value) || std::any_of(value->begin(), value->end(), is_control)) {
    return invalid(fmt::format("the environment variable {} holds control characters or is not UTF-8", name));
  }
  out += *value;
  return {};
}

/// A backslash protects what would mean something; before any other character it stands for itself.
bool protects(std::string_view text, size_t at) {
  return text[at] == '\\' && at + 1 < text.size() && std::string_view("\\;#\"$ \t").find(text[at + 1]) != std::string_view::npos;
}

bool opens_variable(std::string_view text, size_t at) { return text[at] == '$' && at + 1 < text.size() && text[at + 1] == '{'; }

Result<std::string> quoted_value(std::string_view text, const IniVariables& variables) {
  std::string out;
  size_t at = 1;
  while (at < text.size() && text[at] != '"') {
    if (protects(text, at)) {
      out += text[at + 1];
      at += 2;
    } else if (opens_variable(text, at)) {
      if (auto done = expand(text, at, variables, out); !done) return done.error();
    } else {
      out += text[at++];
    }
  }
  if (at == text.size()) return invalid("the quote is not closed");
  if (!ini_blank(trim(text.substr(at + 1))))
    return invalid("there is text after the closing quote (write \\\" for a quote inside a value)");
  return out;
}

Result<std::string> bare_value(std::string_view text, const IniVariables& variables) {
  std::string out;
  size_t keep = 0;  // protected and expanded characters are not trimmed away at the end
  size_t at = 0;
  while (at < text.size()) {
    if (is_comment(text[at]) && (at == 0 || is_blank(text[at - 1]))) break;
    if (protects(text, at)) {
      out += text[at + 1];
      at += 2;
      keep = out.size();
    } else if (opens_variable(text, at)) {
      if (auto done = expand(text, at, variables, out); !done) return done.error();
      keep = out.size();
    } else {
      out += text[at++];
    }
  }
  const auto last = out.find_last_not_of(kBlanks);
  out.resize(std::max(keep, last == std::string::npos ? 0 : last + 1));
  return out;
}

Result<void> parse_options(std::string_view options, IniHeader& header) {
  while (!options.empty()) {
    const auto comma = options.find(',');
    const auto option = trim(options.substr(0, comma));
    options.remove_prefix(comma == std::string_view::npos ? options.size() : comma + 1);
    if (option.empty()) return invalid("an empty name in the round brackets");
    if (option == "!") {
      header.is_template = true;
    } else if (option == "+") {
      header.append = true;
    } else {
      header.parents.push_back(option);
    }
  }
  if (header.append && (header.is_template || !header.parents.empty())) return invalid("(+) goes with nothing else in the round brackets");
  return {};
}

}  // namespace

std::string_view trim(std::string_view text) {
  const auto first = text.find_first_not_of(kBlanks);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kBlanks) - first + 1);
}

bool ini_blank(std::string_view trimmed) { return trimmed.empty() || is_comment(trimmed[0]); }

Result<IniHeader> parse_ini_header(std::string_view trimmed) {
  const auto close = trimmed.find(']');
  if (close == std::string_view::npos) return invalid("the section's \"]\" is missing");
  IniHeader header;
  header.name = trim(trimmed.substr(1, close - 1));
  if (header.name.empty()) return invalid("the section has no name");
  if (header.name.find('[') != std::string_view::npos) return invalid("\"[\" inside a section's name");

  auto rest = trim(trimmed.substr(close + 1));
  if (!rest.empty() && rest[0] == '(') {
    const auto end = rest.find(')');
    if (end == std::string_view::npos) return invalid("the \")\" after the section is missing");
    const auto options = trim(rest.substr(1, end - 1));
    if (options.empty()) return invalid("the round brackets after the section are empty");
    if (auto done = parse_options(options, header); !done) return done.error();
    rest = trim(rest.substr(end + 1));
  }
  if (!ini_blank(rest)) return invalid("text after the section's bracket");
  return header;
}

Result<IniPair> parse_ini_pair(std::string_view trimmed, const IniVariables& variables) {
  const auto equals = trimmed.find('=');
  if (equals == std::string_view::npos) return invalid("expected \"key = value\" or \"[section]\"");
  IniPair pair;
  pair.key = trim(trimmed.substr(0, equals));
  if (pair.key.empty()) return invalid("there is no key before \"=\"");
  if (!is_key(pair.key)) return invalid("a key has no blanks, quotes, brackets or comment signs in it");
  const auto right = trimmed.substr(equals + 1);
  if (!right.empty() && right[0] == '>') return invalid("write \"key = value\", not \"key => value\"");
  auto value = parse_ini_value(right, variables);
  if (!value) return value.error();
  pair.value = std::move(*value);
  return pair;
}

Result<std::string> parse_ini_value(std::string_view text, const IniVariables& variables) {
  // Not trimmed at the end: a backslash may protect the last blank.
  text.remove_prefix(std::min(text.find_first_not_of(kBlanks), text.size()));
  if (text.find_first_of("\\;#\"$") == std::string_view::npos) return std::string(trim(text));
  return text[0] == '"' ? quoted_value(text, variables) : bare_value(text, variables);
}

std::string ini_value(std::string_view value) {
  const bool plain = !value.empty() && value.find_first_of("\\;#\"$") == std::string_view::npos && !is_blank(value.front()) &&
                     !is_blank(value.back()) && value.front() != '>';
  if (plain) return std::string(value);
  std::string quoted = "\"";
  for (const char c : value) {
    if (c == '\\' || c == '"' || c == '$') quoted += '\\';
    quoted += c;
  }
  return quoted += '"';
}

}  // namespace tandem
