// A log line without its time, as text or as the members of a JSON object. Any thread; no state.
#pragma once

#include <string>
#include <string_view>

#include "base/logger.h"

namespace tandem {

/// "NOTICE", as it stands in a line.
std::string_view level_name(LogLevel level);
/// "notice", as it stands in tandem.ini and in a JSON line.
std::string_view level_word(LogLevel level);

/// Text: 'NOTICE sip [C-00a1f3c2b8] text', control characters escaped. JSON: '"level":"notice","topic":"sip","call":"C-00a1f3c2b8",
/// "text":"text"', without "call" where there is none. A text of more than 16 KiB is cut.
std::string log_line(LogForm form, LogLevel level, std::string_view topic, std::string_view call, std::string_view text);

}  // namespace tandem
