// What configs/extmobility.ini says. Any thread.
#pragma once

#include <chrono>
#include <map>
#include <string>
#include <vector>

#include "tandem/config.h"
#include "tandem/result.h"
#include "tandem/sessions.h"

namespace tandem {

struct PinPolicy {
  int64_t min_length = 8;
  int64_t failed_logins = 3;  ///< 0: no limit
  std::chrono::milliseconds reset_failed{std::chrono::minutes(30)};
  std::chrono::milliseconds lock{std::chrono::minutes(30)};  ///< 0: an administrator must unlock
  int64_t history = 12;
  int64_t expires_days = 180;  ///< 0: never
  std::chrono::milliseconds min_between_changes{0};
  int64_t inactive_days = 0;
  int64_t warning_days = 0;
  int64_t changed_characters = 1;
  bool check_trivial = true;
};

struct HashSettings {
  int64_t memory = 19 * 1024 * 1024;
  int64_t passes = 2;
  int64_t threads = 2;
  std::string pepper;  ///< a file; empty: mobility.pepper in the state folder

  bool operator==(const HashSettings&) const = default;
};

struct MobilitySettings {
  std::chrono::minutes max_login_time{0};  ///< 0: not enforced
  SessionOrder::Elsewhere multiple_login = SessionOrder::Elsewhere::refuse;
  bool alphanumeric_user_id = true;
  bool remember_last_user = false;
  bool clear_call_log = false;
  bool validate_address = false;
  std::vector<std::string> trusted_addresses;
  bool allow_proxy = false;
  int64_t max_concurrent_requests = 5;
  bool name_holder = true;  ///< whoever finds a phone taken is told by whom

  bool idle_logout = false;
  std::chrono::milliseconds idle_time{std::chrono::minutes(10)};
  std::chrono::milliseconds idle_warning{std::chrono::minutes(1)};
  std::chrono::minutes behalf_max_login_time{0};  ///< of sessions that an administrator or an application began; 0: as others
  std::chrono::milliseconds apply_timeout{std::chrono::minutes(1)};
  int64_t history_days = 400;
  std::vector<std::string> second_factor_sites;

  PinPolicy pin;
  int64_t device_failures = 10, source_failures = 20;  ///< before all attempts from there are refused for PinPolicy::lock; 0: no limit
  std::vector<std::string> exempt_sources{"127.0.0.1", "::1"};
  HashSettings hash;

  std::chrono::milliseconds travel{std::chrono::minutes(10)};
  int64_t anomaly_failures = 10;
  std::string hours;  ///< "07:00-20:00"; empty: any time
  std::string webhook;

  int64_t guests_from = 0, guests_to = -1;                     ///< extensions of guests
  std::map<std::string, std::string, std::less<>> first_pins;  ///< of users who have none yet
};

Result<MobilitySettings> read_mobility_settings(const Config& config);

/// "Auto Logout" and its brothers, as settings and rows of users say it.
SessionOrder::Elsewhere multiple_login_from(std::string_view word);

}  // namespace tandem
