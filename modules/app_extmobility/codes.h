// The published error codes of Extension Mobility, with their texts. Any thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace tandem {

/// As phones and API clients know them. Codes that only several clusters together can raise are not among them
/// (docs/extension-mobility.md).
enum class MobilityCode : int16_t {
  choose = -2,  ///< not an end: one of several profiles is to be chosen, or a one-time code given (MobilityResult says which)
  done = -1,
  unknown_error = 0,
  parse_error = 1,
  authentication_error = 2,
  invalid_application = 3,
  policy_error = 4,
  device_disabled = 5,
  database_error = 6,
  logout_error = 7,
  no_query = 8,
  user_info_error = 9,
  no_proxy_right = 10,
  no_device = 11,
  no_profile = 12,
  device_taken = 18,
  nobody_here = 19,
  logon_disabled = 22,
  no_user = 23,
  elsewhere = 25,
  busy = 26,
  untrusted_address = 28,
  lookup_not_ready = 29,
  no_proxies = 30,
  pin_change = 41,
  // Of the phone application.
  try_again = 201,
  blank = 202,
  not_authenticated = 204,
  profile_absent = 205,
  device_missing = 207,
  not_reachable = 208,
  not_initialised = 210,
  bad_login_type = 215,
  extension_of_several = 216,
};

/// What the API's <error> says: "Another user logged in".
std::string_view api_text(MobilityCode code);
/// What a phone shows: "Login is unavailable(205)".
std::string phone_text(MobilityCode code, bool logout = false);

}  // namespace tandem
