// EmDocument: what clients of the published Extension Mobility API send and get, as values. Pure functions; any thread.
// Source: Cisco DevNet, Extension Mobility API, message document type definitions (facts: extension-mobility, 7).
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "../codes.h"

namespace tandem {

struct EmRequest {
  enum class Kind : uint8_t { login, logout, logout_all, device_users, user_devices, user_profiles, check_users };
  Kind kind = Kind::login;
  std::string application, password;  ///< appID, appCertificate
  std::vector<std::string> devices;   ///< login, logout: one; device_users: any number
  std::vector<std::string> users;     ///< login: one; of the queries any number
  std::string profile;
  std::optional<std::chrono::minutes> duration;  ///< zero: indefinite
  std::string remote_address;                    ///< of the phone for which a front end asks
  bool via_header = false;

  bool query() const { return kind >= Kind::device_users; }
};

/// How a document was read: `code` is done, parse_error (1), authentication_error (2: no credentials in it) or no_query (8).
struct EmParsed {
  MobilityCode code = MobilityCode::done;
  std::string why = {};  ///< for the log
  EmRequest request = {};
};

/// At most this many names in one query.
inline constexpr size_t kEmNames = 100;

/// Elements in the published order and no others; a document type is refused, whatever it says.
EmParsed parse_em_request(std::string_view document);

// Answers, whole documents.
std::string em_success();
std::string em_failure(MobilityCode code, std::string_view text);

struct EmDeviceUser {
  std::string device;
  bool exists = true;
  std::string user, last_user;  ///< empty: none
};
struct EmUserDevices {
  std::string user;
  bool exists = true;
  std::vector<std::string> devices;
};
struct EmUserProfiles {
  struct Profile {
    std::string name;
    bool is_default = false;
  };
  std::string user;
  bool exists = true;
  std::vector<Profile> profiles;
};
std::string em_device_users(const std::vector<EmDeviceUser>& rows);
std::string em_user_devices(const std::vector<EmUserDevices>& rows);
std::string em_user_profiles(const std::vector<EmUserProfiles>& rows);

}  // namespace tandem
