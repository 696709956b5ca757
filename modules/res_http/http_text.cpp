#include "http_text.h"

#include <sodium.h>

#include <algorithm>
#include <charconv>

namespace tandem {
namespace {

int digit_of(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

bool is_control(char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

std::string_view take_until(std::string_view& rest, char end) {
  const size_t at = rest.find(end);
  const auto piece = rest.substr(0, at);
  rest = at == std::string_view::npos ? std::string_view() : rest.substr(at + 1);
  return piece;
}

/// All of `text` as a number.
std::optional<uint64_t> number(std::string_view text) {
  uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

/// "/a//b/" -> "/a/b".
Result<std::string> tidy_path(std::string_view decoded) {
  std::string path;
  for (auto rest = decoded; !rest.empty();) {
    const auto part = take_until(rest, '/');
    if (part == "." || part == "..") return Error{ErrorCode::invalid, "the path leaves its folder"};
    if (std::ranges::any_of(part, is_control)) return Error{ErrorCode::invalid, "the path has control characters"};
    if (!part.empty()) path.append("/").append(part);
  }
  return path.empty() ? "/" : path;
}

}  // namespace

std::optional<std::string> percent_decode(std::string_view text, bool plus) {
  std::string out;
  out.reserve(text.size());
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      out += plus && text[i] == '+' ? ' ' : text[i];
      continue;
    }
    if (i + 2 >= text.size()) return std::nullopt;
    const int high = digit_of(text[i + 1]), low = digit_of(text[i + 2]);
    if (high < 0 || low < 0 || high + low == 0) return std::nullopt;
    out += static_cast<char>(high * 16 + low);
    i += 2;
  }
  return out;
}

std::optional<http::Fields> read_form(std::string_view text) {
  http::Fields fields;
  while (!text.empty()) {
    auto value = take_until(text, '&');
    if (value.empty()) continue;
    if (fields.size() == kMostFields) return std::nullopt;
    auto name = percent_decode(take_until(value, '='), true);
    auto decoded = percent_decode(value, true);
    if (!name || !decoded) return std::nullopt;
    fields.emplace_back(std::move(*name), std::move(*decoded));
  }
  return fields;
}

Result<Target> read_target(std::string_view target) {
  if (const size_t scheme = target.find("://"); scheme != std::string_view::npos && !target.starts_with('/')) {
    const size_t slash = target.find_first_of("/?", scheme + 3);
    target = slash == std::string_view::npos ? std::string_view("/") : target.substr(slash);
  }
  if (!target.starts_with('/') && !target.starts_with('?')) return Error{ErrorCode::invalid, "the target is no path"};
  auto query = target.substr(0, target.find('#'));
  const auto decoded = percent_decode(take_until(query, '?'), false);
  if (!decoded) return Error{ErrorCode::invalid, "the path has a broken escape"};
  auto path = tidy_path(*decoded);
  if (!path) return path.error();
  auto fields = read_form(query);
  if (!fields) return Error{ErrorCode::invalid, "the query is broken, or has too many fields"};
  return Target{std::move(*path), std::move(*fields)};
}

std::string_view without_query(std::string_view target) { return target.substr(0, target.find_first_of("?#")); }

ByteRange read_range(std::string_view header, uint64_t file_size) {
  const ByteRange whole{ByteRange::Kind::whole, 0, file_size};
  auto range = trimmed(header);
  if (in_small_letters(range.substr(0, 6)) != "bytes=") return whole;
  range = trimmed(range.substr(6));
  if (range.find(',') != std::string_view::npos || range.find('-') == std::string_view::npos) return whole;
  const auto from = trimmed(take_until(range, '-'));
  const auto to = trimmed(range);
  const auto first = number(from), last = number(to);
  if ((!from.empty() && !first) || (!to.empty() && !last) || (from.empty() && to.empty())) return whole;
  if (first && last && *last < *first) return whole;  // no range at all, so the header does not count
  if (!first) {                                       // the last so many octets
    const uint64_t size = std::min(*last, file_size);
    if (size == 0) return {ByteRange::Kind::unsatisfiable, 0, 0};
    return {ByteRange::Kind::part, file_size - size, size};
  }
  if (*first >= file_size) return {ByteRange::Kind::unsatisfiable, 0, 0};
  const uint64_t end = last ? std::min(*last, file_size - 1) : file_size - 1;
  return {ByteRange::Kind::part, *first, end - *first + 1};
}

bool names_etag(std::string_view if_none_match, std::string_view etag) {
  if (trimmed(if_none_match) == "*") return true;
  while (!if_none_match.empty()) {
    auto one = trimmed(take_until(if_none_match, ','));
    if (one.starts_with("W/")) one.remove_prefix(2);
    if (one.size() == etag.size() + 2 && one.front() == '"' && one.back() == '"' && one.substr(1, etag.size()) == etag) return true;
  }
  return false;
}

Credentials read_credentials(std::string_view authorization) {
  auto rest = trimmed(authorization);
  const auto scheme = in_small_letters(take_until(rest, ' '));
  const auto text = trimmed(rest);
  if (text.empty() || text.size() > 1024) return {};
  if (scheme == "bearer") return {.scheme = scheme, .user = {}, .secret = std::string(text)};
  if (scheme != "basic") return {};
  std::string plain(text.size(), '\0');
  size_t size = 0;
  const int bad = sodium_base642bin(reinterpret_cast<unsigned char*>(plain.data()), plain.size(), text.data(), text.size(), nullptr, &size,
                                    nullptr, sodium_base64_VARIANT_ORIGINAL);
  plain.resize(bad == 0 ? size : 0);
  const size_t colon = plain.find(':');
  if (colon == std::string::npos || plain.find('\0') != std::string::npos) return {};
  return {.scheme = scheme, .user = plain.substr(0, colon), .secret = plain.substr(colon + 1)};
}

bool is_header_text(std::string_view value) {
  return std::ranges::none_of(value, [](char c) { return is_control(c) && c != '\t'; });
}

std::string in_small_letters(std::string_view text) {
  std::string small(text);
  for (char& c : small) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return small;
}

}  // namespace tandem
