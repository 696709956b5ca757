// UTF-8 of text that came from outside. Any thread.
#pragma once

#include <cstddef>
#include <string_view>

namespace tandem {

/// The length in bytes (1 to 4) of the well-formed UTF-8 character at the start of `text`; 0 when there is none. Overlong forms, surrogates
/// and what lies beyond U+10FFFF are not well-formed.
size_t utf8_character(std::string_view text);
bool is_utf8(std::string_view text);

}  // namespace tandem
