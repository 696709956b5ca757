#include "base/escape.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "base/utf8.h"

namespace tandem {

namespace {

bool plain(char c) { return c >= 0x20 && c < 0x7F; }

/// C1 control characters are two bytes in UTF-8; some terminals obey them like an escape sequence.
bool is_c1(std::string_view character) {
  return character.size() == 2 && character[0] == '\xC2' && static_cast<unsigned char>(character[1]) < 0xA0;
}

void append_hex(std::string_view bytes, std::string& out) {
  for (const char byte : bytes) fmt::format_to(std::back_inserter(out), "\\x{:02x}", static_cast<unsigned char>(byte));
}

void append_control(char c, std::string& out) {
  if (c == '\n') {
    out += "\\n";
  } else if (c == '\r') {
    out += "\\r";
  } else if (c == '\t') {
    out += "\\t";
  } else {
    append_hex({&c, 1}, out);
  }
}

std::string escape(std::string_view text, size_t longest, bool field) {
  std::string out;
  out.reserve(std::min(text.size(), longest) + 3);
  while (!text.empty()) {
    const auto length = std::max<size_t>(utf8_character(text), 1);
    if (out.size() + length > longest) return out += "...";
    const auto character = text.substr(0, length);
    text.remove_prefix(length);
    if (field && character == "\"") {
      out += "\\x22";
    } else if (field && character == "\\") {
      out += "\\\\";
    } else if (plain(character[0])) {
      out += character[0];
    } else if (length == 1 && static_cast<unsigned char>(character[0]) < 0x80) {
      append_control(character[0], out);
    } else if (length == 1 || is_c1(character)) {
      append_hex(character, out);
    } else {
      out += character;
    }
  }
  return out;
}

}  // namespace

std::string escape_line(std::string_view text, size_t longest) { return escape(text, longest, false); }
std::string escape_field(std::string_view text, size_t longest) { return escape(text, longest, true); }

}  // namespace tandem
