// What configs/mobileconnect.ini says: settings of the office, and rows that it declares. Any thread.
#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "destination.h"
#include "tandem/config.h"
#include "tandem/remote_destinations.h"

namespace tandem {

/// What a trunk does with calls to destinations.
struct TrunkRules {
  bool foreign_numbers = true;        ///< carries a caller's own number; else that of the office is shown
  bool too_soon_from_invite = false;  ///< it tells 180 or 183 late or never
  bool operator==(const TrunkRules&) const = default;
};

/// A row of the ini file, and where it stands.
template <class Row>
struct Declared {
  Row row;
  std::string place;  ///< "mobileconnect.ini:12: [destination john.doe/mobile]"
};

struct MobileSettings {
  static constexpr int64_t kMostOfPerson = 10;

  // [service]
  bool partial = false;  ///< callers are found by their last digits, too
  int64_t partial_digits = 10;
  std::string trunk = "pstn";  ///< over which destinations are reached, unless they name another
  std::string time_zone;       ///< of schedules; empty: the machine's
  std::string office_number;   ///< shown for those who have no outside number of their own
  bool reroute_to_office = false;
  int64_t calls_per_destination = 6;
  int64_t destinations_per_user = 4;
  int64_t destinations = 1'000'000;  ///< in all

  DialRules dial;             ///< [numbers]
  bool user_control = false;  ///< [user_control] enabled
  UserControl control{.prompt = "prompts/mobile-call"};
  bool mobility = true, voice_access = true;  ///< [people]: of those who have no setting of their own
  std::chrono::milliseconds pickup_wait{10'000};
  std::map<std::string, TrunkRules, std::less<>> trunks;  ///< [trunk NAME]

  std::vector<Declared<Destination>> declared;                           ///< [destination USER/NAME]
  std::vector<Declared<AccessList>> lists;                               ///< [list NAME]
  std::vector<Declared<std::pair<std::string, PersonSettings>>> people;  ///< [user USER]

  TrunkRules rules_of(std::string_view name) const {
    const auto found = trunks.find(name);
    return found == trunks.end() ? TrunkRules{} : found->second;
  }
};

/// invalid: every mistake, with file and line. No file: nothing is declared, and all is as by default.
Result<MobileSettings> read_mobile_settings(const Config& config);

}  // namespace tandem
