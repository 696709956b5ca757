#include "base/utf8.h"

namespace tandem {

namespace {

bool within(std::string_view text, size_t at, unsigned char least, unsigned char most) {
  if (at >= text.size()) return false;
  const auto byte = static_cast<unsigned char>(text[at]);
  return byte >= least && byte <= most;
}

bool tail(std::string_view text, size_t at) { return within(text, at, 0x80, 0xBF); }

}  // namespace

size_t utf8_character(std::string_view text) {
  if (text.empty()) return 0;
  const auto first = static_cast<unsigned char>(text[0]);
  if (first < 0x80) return 1;
  if (first < 0xC2 || first > 0xF4) return 0;
  if (first < 0xE0) return tail(text, 1) ? 2 : 0;
  if (first < 0xF0) {
    const unsigned char least = first == 0xE0 ? 0xA0 : 0x80;  // shorter would be overlong
    const unsigned char most = first == 0xED ? 0x9F : 0xBF;   // higher would be a surrogate
    return within(text, 1, least, most) && tail(text, 2) ? 3 : 0;
  }
  const unsigned char least = first == 0xF0 ? 0x90 : 0x80;
  const unsigned char most = first == 0xF4 ? 0x8F : 0xBF;
  return within(text, 1, least, most) && tail(text, 2) && tail(text, 3) ? 4 : 0;
}

bool is_utf8(std::string_view text) {
  while (!text.empty()) {
    const auto length = utf8_character(text);
    if (length == 0) return false;
    text.remove_prefix(length);
  }
  return true;
}

}  // namespace tandem
