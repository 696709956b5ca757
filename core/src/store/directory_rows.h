// One section of an ini file, or one line of a CSV file, as a row of the directory: what each kind of row may hold. Any thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tandem/config.h"
#include "tandem/directory.h"

namespace tandem {

/// A service that can be dialled by its number ("voice-access" at 5000).
struct Service {
  std::string name;
  std::string number;
};

/// "user john.doe" as the kind of row and its name; the name is empty where there is none. Views into `section`.
std::pair<std::string_view, std::string_view> kind_and_id(std::string_view section);
/// 1 to 64 letters, digits, dots, hyphens or underscores.
bool is_row_id(std::string_view text);
extern const char* const kRowIdRule;
/// Of a device: 1 to 256 printable characters.
bool is_row_secret(std::string_view text);
extern const char* const kRowSecretRule;
extern const char* const kLoginTimeRule;

/// Where a key stands, or its section when the key has come from nowhere: "configs/directory.ini:12".
std::string place_of(const ConfigSection& section, std::string_view key = {});

/// Each appends what is wrong as "FILE:LINE: [section] key: sentence"; the row is then of no use. That what they refer to exists, and that
/// nobody else has their numbers, is for the caller to see.
User read_user(const ConfigSection& section, std::string_view id, std::vector<std::string>& complaints);
Profile read_profile(const ConfigSection& section, std::string_view id, std::vector<std::string>& complaints);
Site read_site(const ConfigSection& section, std::string_view id, std::vector<std::string>& complaints);
Service read_service(const ConfigSection& section, std::string_view name, std::vector<std::string>& complaints);
/// `with_secret`: the key "secret" is allowed here; else the secret comes from elsewhere.
Device read_device(const ConfigSection& section, std::string_view name, bool with_secret, std::vector<std::string>& complaints);

/// One Error of at most 100 complaints, for files in which everything is wrong.
Error directory_error(std::vector<std::string> complaints);
inline constexpr size_t kMostComplaints = 100;

}  // namespace tandem
