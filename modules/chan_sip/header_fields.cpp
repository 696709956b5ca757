#include "header_fields.h"

#include <fmt/format.h>
#include <strings.h>

#include <algorithm>
#include <array>
#include <cctype>

namespace tandem {
namespace {

constexpr size_t kMostFields = 32, kLongestName = 64, kLongestValue = 1024;  // octets
constexpr size_t kLongestAnswer = 4096;

// What a dialog, a transaction or the body depends on, and what says who somebody is.
constexpr std::array<std::string_view, 28> kOurs{"Via",
                                                 "v",
                                                 "From",
                                                 "f",
                                                 "To",
                                                 "t",
                                                 "Call-ID",
                                                 "i",
                                                 "CSeq",
                                                 "Contact",
                                                 "m",
                                                 "Route",
                                                 "Record-Route",
                                                 "Max-Forwards",
                                                 "Require",
                                                 "Proxy-Require",
                                                 "Supported",
                                                 "k",
                                                 "Allow",
                                                 "RSeq",
                                                 "RAck",
                                                 "c",
                                                 "l",
                                                 "e",
                                                 "Authorization",
                                                 "Proxy-Authorization",
                                                 "P-Asserted-Identity",
                                                 "Remote-Party-ID"};

bool same_word(std::string_view a, std::string_view b) { return a.size() == b.size() && strncasecmp(a.data(), b.data(), a.size()) == 0; }

bool is_ours(std::string_view name) {
  return same_word(name.substr(0, 8), "Content-") ||
         std::any_of(kOurs.begin(), kOurs.end(), [&](auto ours) { return same_word(name, ours); });
}

bool is_token(std::string_view name) {
  return !name.empty() && std::all_of(name.begin(), name.end(), [](unsigned char c) {
    return std::isalnum(c) != 0 || std::string_view("-.!%*_+`'~").find(static_cast<char>(c)) != std::string_view::npos;
  });
}

bool is_secret(std::string_view name) { return same_word(name, "Authorization") || same_word(name, "Proxy-Authorization"); }

std::string_view name_of(const sip_header_t* h) {
  if (h->sh_class == sip_unknown_class) return h->sh_unknown->un_name != nullptr ? h->sh_unknown->un_name : "";
  return h->sh_class->hc_name != nullptr ? h->sh_class->hc_name : "";
}

bool is_named(const sip_header_t* h, std::string_view name) {
  if (same_word(name_of(h), name)) return true;
  return name.size() == 1 && h->sh_class->hc_short[0] != '\0' &&
         std::tolower(static_cast<unsigned char>(name[0])) == h->sh_class->hc_short[0];
}

}  // namespace

Result<std::string> header_lines(const std::vector<HeaderField>& fields) {
  if (fields.size() > kMostFields) return Error{ErrorCode::exhausted, fmt::format("more than {} header fields", kMostFields)};
  std::string lines;
  for (const auto& [name, value] : fields) {
    if (name.size() > kLongestName || value.size() > kLongestValue) return Error{ErrorCode::exhausted, "a header field is too long"};
    if (!is_token(name)) return Error{ErrorCode::invalid, "a header's name is no token"};
    if (is_ours(name)) return Error{ErrorCode::invalid, fmt::format("header {} is written by the stack alone", name)};
    if (std::any_of(value.begin(), value.end(), [](unsigned char c) { return (c < 0x20 && c != '\t') || c == 0x7f; }))
      return Error{ErrorCode::invalid, fmt::format("header {} has control characters in its value", name)};
    fmt::format_to(std::back_inserter(lines), "{}: {}\r\n", name, value);
  }
  return lines;
}

std::optional<std::string> header_value(msg_t* msg, std::string_view name) {
  const sip_t* const sip = msg != nullptr ? sip_object(msg) : nullptr;
  if (sip == nullptr || name.empty() || is_secret(name)) return std::nullopt;
  const auto* h = sip->sip_request != nullptr ? reinterpret_cast<const sip_header_t*>(sip->sip_request)
                                              : reinterpret_cast<const sip_header_t*>(sip->sip_status);
  std::optional<std::string> found;
  su_home_t home[1] = {SU_HOME_INIT(home)};
  for (; h != nullptr; h = reinterpret_cast<const sip_header_t*>(h->sh_succ)) {
    if (h->sh_class == sip_request_class || h->sh_class == sip_status_class || h->sh_class == sip_payload_class || !is_named(h, name))
      continue;
    const char* const text = h->sh_class == sip_unknown_class ? h->sh_unknown->un_value : sip_header_as_string(home, h);
    if (text == nullptr || (found && found->size() > kLongestAnswer)) continue;
    found = (found ? *found + ", " : std::string()) + text;
  }
  su_home_deinit(home);
  if (found && found->size() > kLongestAnswer) found->resize(kLongestAnswer);
  return found;
}

}  // namespace tandem
