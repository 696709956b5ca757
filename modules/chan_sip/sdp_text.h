// The words of an SDP body: views into it, no copies. Pure.
#pragma once

#include <algorithm>
#include <charconv>
#include <optional>
#include <string>
#include <string_view>

namespace tandem::sdp {

inline constexpr std::string_view kToken = "!#$%&'*+-.^_`{|}~";  // beside letters and digits (RFC 8866, section 9)

inline bool is_alphanumeric(char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

inline bool consists_of(std::string_view word, std::string_view more) {
  return !word.empty() &&
         std::ranges::all_of(word, [more](char c) { return is_alphanumeric(c) || more.find(c) != std::string_view::npos; });
}

inline bool is_printable(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return c >= ' ' && c < 0x7f; });
}

inline std::optional<unsigned long> number(std::string_view text) {
  unsigned long value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return {};
  return value;
}

inline bool is_blank(char c) { return c == ' ' || c == '\t'; }
inline bool is_line_end(char c) { return c == '\r' || c == '\n'; }

// The next three look at each octet of a body. Not find_first_of, which calls memchr for every one of them.
inline void skip_blanks(std::string_view& text) {
  text.remove_prefix(static_cast<size_t>(std::ranges::find_if_not(text, is_blank) - text.begin()));
}

/// Takes the next word off `rest`; empty at the end.
inline std::string_view next_word(std::string_view& rest) {
  skip_blanks(rest);
  const auto length = static_cast<size_t>(std::ranges::find_if(rest, is_blank) - rest.begin());
  const std::string_view word = rest.substr(0, length);
  rest.remove_prefix(length);
  return word;
}

/// Takes the next line off `rest`, without what ends it (CR LF by the book, either alone in practice) and without leading blanks.
inline std::string_view next_line(std::string_view& rest) {
  const auto end = static_cast<size_t>(std::ranges::find_if(rest, is_line_end) - rest.begin());
  std::string_view line = rest.substr(0, end);
  rest.remove_prefix(std::min(end + 1, rest.size()));
  skip_blanks(line);
  return line;
}

/// Takes what stands before the next `mark`, and the mark, off `rest`.
inline std::string_view next_part(std::string_view& rest, char mark) {
  const size_t end = std::min(rest.find(mark), rest.size());
  const std::string_view part = rest.substr(0, end);
  rest.remove_prefix(std::min(end + 1, rest.size()));
  return part;
}

inline std::string upper(std::string_view text) {
  std::string result(text);
  for (char& c : result) c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  return result;
}

}  // namespace tandem::sdp
