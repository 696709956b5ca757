#include "base/ini_stamp.h"

#include <fmt/format.h>
#include <sodium.h>

#include <array>

namespace tandem {
namespace {

std::string line(std::string_view kind, const std::string& hash, std::string_view name) {
  return fmt::format("{} {} {}\n", kind, hash, name);
}

std::string hash_of(const std::optional<std::string>& variable) { return variable ? IniStamp::hash(*variable) : "unset"; }

bool line_holds(std::string_view text, const IniSource& source) {
  const auto first = text.find(' ');
  const auto second = text.find(' ', first + 1);
  if (second == std::string_view::npos) return false;
  const auto kind = text.substr(0, first);
  const auto hash = text.substr(first + 1, second - first - 1);
  const std::string name(text.substr(second + 1));
  if (kind == "variable") return hash_of(source.variable(name)) == hash;
  if (kind != "file") return false;
  const auto file = source.file(name, IniLimits{}.bytes);
  return file && IniStamp::hash(*file) == hash;
}

}  // namespace

IniSource IniStamp::recording(const IniSource& source) {
  return {[this, &source](const std::string& path, size_t limit) {
            auto file = source.file(path, limit);
            if (file) text_ += line("file", hash(*file), path);
            return file;
          },
          [this, &source](const std::string& name) {
            auto value = source.variable(name);
            text_ += line("variable", hash_of(value), name);
            return value;
          }};
}

bool IniStamp::holds(std::string_view text, const IniSource& source) {
  if (text.empty()) return false;
  while (!text.empty()) {
    const auto end = text.find('\n');
    // A name with a line break in it is taken for a change, no more.
    if (end == std::string_view::npos || !line_holds(text.substr(0, end), source)) return false;
    text.remove_prefix(end + 1);
  }
  return true;
}

std::string IniStamp::hash(std::string_view bytes) {
  std::array<unsigned char, crypto_generichash_BYTES> digest{};
  crypto_generichash(digest.data(), digest.size(), reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size(), nullptr, 0);
  std::string text;
  for (const auto byte : digest) text += fmt::format("{:02x}", byte);
  return text;
}

}  // namespace tandem
