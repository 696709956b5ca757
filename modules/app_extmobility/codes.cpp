#include "codes.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

namespace tandem {
namespace {

struct Row {
  MobilityCode code;
  std::string_view api;
  std::string_view phone;  ///< empty: "Login is unavailable(N)"; the number is added
};

using Code = MobilityCode;
constexpr Row kRows[] = {
    {Code::choose, "More is needed", "Please choose"},
    {Code::done, "Success", "Done"},
    {Code::unknown_error, "Unknown Error", {}},
    {Code::parse_error, "Error on parsing", {}},
    {Code::authentication_error, "Cannot authorize application user", {}},
    {Code::invalid_application, "Invalid App User", {}},
    {Code::policy_error, "Policy Validation error", {}},
    {Code::device_disabled, "Dev. logon disabled", {}},
    {Code::database_error, "Database Error", {}},
    {Code::logout_error, "Logout Request Error", {}},
    {Code::no_query, "Query type undetermined", {}},
    {Code::user_info_error, "Dir. User Info Error", {}},
    {Code::no_proxy_right, "User lacks app proxy rights", {}},
    {Code::no_device, "Device does not exist", {}},
    {Code::no_profile, "Dev. Profile not found", {}},
    {Code::device_taken, "Another user logged in", "Another user logged in"},
    {Code::nobody_here, "No user logged in", "No user logged in"},
    {Code::logon_disabled, "Dev. logon disabled", "Dev. logon disabled"},
    {Code::no_user, "User does not exist", {}},
    {Code::elsewhere, "User logged in elsewhere", "Multi-Login Not Allowed"},
    {Code::busy, "Busy, please try again", "Busy, please try again"},
    {Code::untrusted_address, "Untrusted IP Error", "Untrusted IP Error"},
    {Code::lookup_not_ready, "ris down-contact admin", "ris down-contact admin"},
    {Code::no_proxies, "Proxy not allowed", "Proxy not allowed"},
    {Code::pin_change, "PIN change is required", "PIN change is required"},
    {Code::try_again, "Please try to login again", "Please try to login again"},
    {Code::blank, "Please try to login again", "Please try to login again"},
    {Code::not_authenticated, "User cannot be authenticated", {}},
    {Code::profile_absent, "User device profile is absent", {}},
    {Code::device_missing, "Device name is missing", {}},
    {Code::not_reachable, "Service is not reachable", {}},
    {Code::not_initialised, "Service could not be initialised", {}},
    {Code::bad_login_type, "LoginType invalid", "LoginType invalid"},
    {Code::extension_of_several, "DN has multiple users", "DN has multiple users"},
};

const Row& row(Code code) {
  const auto* const found = std::find_if(std::begin(kRows), std::end(kRows), [code](const Row& one) { return one.code == code; });
  return found == std::end(kRows) ? kRows[2] : *found;
}

}  // namespace

std::string_view api_text(Code code) { return row(code).api; }

std::string phone_text(Code code, bool logout) {
  const auto number = static_cast<int>(code);
  const std::string_view text = row(code).phone;
  if (number < 0) return std::string(text);
  if (text.empty()) return fmt::format("{} is unavailable({})", logout ? "Logout" : "Login", number);
  // The two that say "again" have a space before the bracket, as published.
  const bool spaced = code == Code::try_again || code == Code::blank || code == Code::elsewhere;
  return fmt::format("{}{}({})", text, spaced ? " " : "", number);
}

}  // namespace tandem
