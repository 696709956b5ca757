// Header fields that the dialplan reads and adds. Pure functions.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sofia.h"
#include "tandem/driver.h"

namespace tandem {

/// The header lines of an INVITE's additional fields, "Name: value\r\n" each. invalid: the stack writes that field itself, or it is no
/// header field; exhausted: too many or too long.
Result<std::string> header_lines(const std::vector<HeaderField>& fields);

/// The values of all fields of that name (or its compact form) in a received message, joined with ", "; empty when there are none, and for
/// credentials.
std::optional<std::string> header_value(msg_t* msg, std::string_view name);

}  // namespace tandem
