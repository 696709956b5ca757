// Words: a console line taken apart as a shell would, and put together again. Any thread; no state.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "tandem/result.h"

namespace tandem {

/// Splits at blanks. "..." keeps blanks and knows \" and \\; '...' keeps everything. invalid when a quote is left open.
Result<std::vector<std::string>> split_words(std::string_view line);

/// One line that split_words() takes apart into exactly `words`.
std::string join_words(const std::vector<std::string>& words);

/// How many letters must change, appear or go to make one from the other (Levenshtein). For suggestions: both short.
size_t edit_distance(std::string_view a, std::string_view b);

}  // namespace tandem
