// Text from outside made safe for a line of a log. Any thread.
#pragma once

#include <string>
#include <string_view>

namespace tandem {

/// Control characters (C0, DEL, C1) and bytes that are not UTF-8 become \n, \t, \r or \xNN; text beyond `longest` bytes is cut with "...".
std::string escape_line(std::string_view text, size_t longest);
/// The same for a quoted field: a quote becomes \x22, so that no quote of the text can end the field, and a backslash is doubled.
std::string escape_field(std::string_view text, size_t longest);

}  // namespace tandem
