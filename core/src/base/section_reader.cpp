#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <iterator>

#include "base/ini_line.h"
#include "tandem/config.h"

namespace tandem {

namespace {

template <class Number>
std::optional<Number> whole_number(std::string_view text) {
  Number number{};
  const auto* end = text.data() + text.size();
  const auto [at, error] = std::from_chars(text.data(), end, number);
  if (error != std::errc() || at != end) return std::nullopt;
  return number;
}

std::optional<std::chrono::milliseconds> parse_duration(std::string_view text) {
  struct Unit {
    std::string_view suffix;
    int64_t milliseconds;
  };
  static constexpr std::array<Unit, 4> kUnits{{{"ms", 1}, {"s", 1000}, {"m", 60'000}, {"h", 3'600'000}}};
  static constexpr int64_t kLongest = int64_t{10} * 365 * 24 * 3'600'000;  // ten years: no sum of two of these overflows a timer
  int64_t factor = 1000;
  for (const auto& unit : kUnits) {
    if (!text.ends_with(unit.suffix)) continue;
    text.remove_suffix(unit.suffix.size());
    factor = unit.milliseconds;
    break;
  }
  const auto number = whole_number<int64_t>(trim(text));
  if (!number || *number < 0 || *number > kLongest / factor) return std::nullopt;
  return std::chrono::milliseconds(*number * factor);
}

}  // namespace

const ConfigSection* ConfigFile::find(std::string_view name) const {
  const auto it = std::find_if(sections.begin(), sections.end(), [&](const auto& s) { return s.name == name; });
  return it == sections.end() ? nullptr : &*it;
}

const ConfigValue* SectionReader::take(std::string_view key) {
  if (asked_.empty()) asked_.reserve(12);
  if (std::find(asked_.begin(), asked_.end(), key) == asked_.end()) asked_.emplace_back(key);
  const auto it = section_.values.find(key);
  return it == section_.values.end() ? nullptr : &it->second;
}

bool SectionReader::has(std::string_view key) { return take(key) != nullptr; }

std::string SectionReader::text(std::string_view key, std::string_view fallback) {
  const auto* value = take(key);
  return value == nullptr ? std::string(fallback) : value->text;
}

std::string SectionReader::required(std::string_view key) {
  const auto* value = take(key);
  if (value == nullptr) {
    complain(key, "is missing, and there is no default");
    return {};
  }
  if (value->text.empty()) complain(key, "is empty");
  return value->text;
}

int64_t SectionReader::integer(std::string_view key, int64_t fallback, int64_t least, int64_t most) {
  const auto* value = take(key);
  if (value == nullptr) return fallback;
  const auto number = whole_number<int64_t>(value->text);
  if (number && *number >= least && *number <= most) return *number;
  complain(key, fmt::format("must be a whole number from {} to {}", least, most));
  return fallback;
}

bool SectionReader::flag(std::string_view key, bool fallback) {
  const auto* value = take(key);
  if (value == nullptr) return fallback;
  for (const std::string_view word : {"yes", "true", "on", "1"}) {
    if (value->text == word) return true;
  }
  for (const std::string_view word : {"no", "false", "off", "0"}) {
    if (value->text == word) return false;
  }
  complain(key, "must be yes or no");
  return fallback;
}

std::chrono::milliseconds SectionReader::duration(std::string_view key, std::chrono::milliseconds fallback) {
  const auto* value = take(key);
  if (value == nullptr) return fallback;
  const auto duration = parse_duration(value->text);
  if (duration) return *duration;
  complain(key, "must be a duration such as 500ms, 30s, 5m or 2h");
  return fallback;
}

int64_t SectionReader::bytes(std::string_view key, int64_t fallback) {
  const auto* value = take(key);
  if (value == nullptr) return fallback;
  static constexpr std::string_view kSuffixes = "KMG";
  static constexpr int64_t kMost = int64_t{1} << 50;
  std::string_view text = value->text;
  int shift = 0;
  if (!text.empty() && kSuffixes.find(text.back()) != std::string_view::npos) {
    shift = 10 * (static_cast<int>(kSuffixes.find(text.back())) + 1);
    text.remove_suffix(1);
  }
  const auto number = whole_number<int64_t>(trim(text));
  if (number && *number >= 0 && *number <= (kMost >> shift)) return *number << shift;
  complain(key, "must be a number of bytes such as 4096, 64K, 10M or 2G");
  return fallback;
}

std::vector<std::string> SectionReader::list(std::string_view key) {
  std::vector<std::string> items;
  const auto* value = take(key);
  if (value == nullptr) return items;
  std::string_view rest = value->text;
  while (!rest.empty()) {
    const auto comma = std::min(rest.find(','), rest.size());
    const auto item = trim(rest.substr(0, comma));
    if (!item.empty()) items.emplace_back(item);
    rest.remove_prefix(std::min(comma + 1, rest.size()));
  }
  return items;
}

std::string SectionReader::choice(std::string_view key, std::string_view fallback, std::initializer_list<std::string_view> allowed) {
  const auto* value = take(key);
  if (value == nullptr) return std::string(fallback);
  if (std::find(allowed.begin(), allowed.end(), value->text) != allowed.end()) return value->text;
  complain(key, fmt::format("must be one of {}", fmt::join(allowed, ", ")));
  return std::string(fallback);
}

SocketAddress SectionReader::address(std::string_view key, std::string_view fallback) {
  const auto* value = take(key);
  if (value != nullptr) {
    auto address = SocketAddress::parse(value->text);
    if (address) return *address;
    complain(key, fmt::format("must be a numeric address with a port, such as 127.0.0.1:5060 or [::1]:5060 ({})", address.error().message));
  }
  auto address = SocketAddress::parse(fallback);
  return address ? *address : SocketAddress();
}

void SectionReader::complain(std::string_view key, std::string_view sentence) {
  const auto it = section_.values.find(key);
  const auto& file = it == section_.values.end() ? section_.file : it->second.file;
  const int line = it == section_.values.end() ? section_.line : it->second.line;
  errors_.push_back(fmt::format("{}:{}: [{}] {}: {}", file, line, section_.name, key, sentence));
}

void SectionReader::finish() {
  for (const auto& [key, value] : section_.values) {
    if (std::find(asked_.begin(), asked_.end(), key) == asked_.end()) complain(key, "is not a key of this section");
  }
}

Error config_error(const std::vector<std::string>& complaints) {
  return {ErrorCode::invalid, fmt::format("{}", fmt::join(complaints, "\n"))};
}

}  // namespace tandem
