// Rendering: a command's answer as a person reads it, or as JSON. Any thread; no state.
#pragma once

#include <string>
#include <string_view>

#include "tandem/console.h"

namespace tandem {

/// Array of objects: a table whose columns are the first row's keys; object: a key and its value a line; array of plain values: one a line;
/// string: as it is; null: nothing. Ends with a newline unless empty. Text from outside cannot move the cursor of the terminal that shows
/// it.
std::string render_text(const Json& value);

/// The value itself, indented, with a newline. Bytes that are no UTF-8 become U+FFFD.
std::string render_json(const Json& value);

/// "Error: sentence", or {"error": {"code", "message"}}.
std::string render_error(const Error& error, bool json);

/// `text` with control characters (but \n and \t) as \xNN.
std::string printable(std::string_view text);

}  // namespace tandem
