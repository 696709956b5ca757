// Digits in INFO: application/dtmf-relay ("Signal=5\r\nDuration=160") and application/dtmf ("5"), as phones and gateways have sent them
// since before RFC 4733. Pure functions.
#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "tandem/result.h"

namespace tandem {

inline constexpr const char* kDtmfRelayType = "application/dtmf-relay";
inline constexpr const char* kDtmfTypes = "application/dtmf-relay, application/dtmf";

/// '0'-'9', '*', '#', 'A'-'D'. unsupported: another content type (415); invalid: no digit in it (400).
Result<char> parse_info_digit(std::string_view content_type, std::string_view body);
/// The body of an INFO of kDtmfRelayType.
std::string info_body(char digit, std::chrono::milliseconds length);

}  // namespace tandem
