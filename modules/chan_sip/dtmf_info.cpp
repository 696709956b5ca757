#include "dtmf_info.h"

#include <fmt/format.h>
#include <strings.h>

#include <cctype>

namespace tandem {
namespace {

constexpr size_t kLongestBody = 256;

bool same_word(std::string_view a, std::string_view b) { return a.size() == b.size() && strncasecmp(a.data(), b.data(), a.size()) == 0; }

std::string_view trim(std::string_view text) {
  while (!text.empty() && std::isspace(static_cast<unsigned char>(text.front())) != 0) text.remove_prefix(1);
  while (!text.empty() && std::isspace(static_cast<unsigned char>(text.back())) != 0) text.remove_suffix(1);
  return text;
}

/// "Signal = 5": the value of that line, wherever it stands.
std::string_view signal_of(std::string_view body) {
  while (!body.empty()) {
    const size_t end = body.find_first_of("\r\n");
    const std::string_view line = body.substr(0, end);
    const size_t equals = line.find('=');
    if (equals != std::string_view::npos && same_word(trim(line.substr(0, equals)), "Signal")) return trim(line.substr(equals + 1));
    if (end == std::string_view::npos) break;
    body.remove_prefix(end + 1);
  }
  return {};
}

}  // namespace

Result<char> parse_info_digit(std::string_view content_type, std::string_view body) {
  const bool relay = same_word(content_type, kDtmfRelayType);
  if (!relay && !same_word(content_type, "application/dtmf")) return Error{ErrorCode::unsupported, "not digits"};
  if (body.size() > kLongestBody) return Error{ErrorCode::invalid, "too long for a digit"};
  const std::string_view word = relay ? signal_of(body) : trim(body);
  if (word == "10") return '*';
  if (word == "11") return '#';
  const char digit = word.size() == 1 ? static_cast<char>(std::toupper(static_cast<unsigned char>(word.front()))) : '\0';
  if (digit == '\0' || std::string_view("0123456789*#ABCD").find(digit) == std::string_view::npos)
    return Error{ErrorCode::invalid, "no digit in it"};
  return digit;
}

std::string info_body(char digit, std::chrono::milliseconds length) {
  return fmt::format("Signal={}\r\nDuration={}\r\n", digit, length.count());
}

}  // namespace tandem
