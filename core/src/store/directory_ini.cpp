#include "store/directory_ini.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <string_view>
#include <unordered_map>
#include <unordered_set>

#include "store/device_secrets.h"

namespace tandem {
namespace {

/// One pass over the sections; references are settled at the end, because a device may stand before its user.
class DirectoryParser {
 public:
  explicit DirectoryParser(const DirectoryFiles& files) : files_(files) {}

  Result<DirectoryRows> parse() {
    secrets_.read(files_.secrets, complaints_);
    for (const auto& section : files_.directory.sections) one(section);
    settle_references();
    secrets_.complain_of_unused(complaints_);
    if (!complaints_.empty()) return directory_error(std::move(complaints_));
    return std::move(rows_);
  }

 private:
  void complain(const std::string& where, std::string_view section, std::string_view sentence) {
    complaints_.push_back(fmt::format("{}: [{}] {}", where, section, sentence));
  }

  void one(const ConfigSection& section) {
    if (section.name == "general") {
      SectionReader reader(section, complaints_);
      reader.text("secrets", "");
      reader.finish();
      return;
    }
    const auto [kind, id] = kind_and_id(section.name);
    using Handler = void (DirectoryParser::*)(const ConfigSection&, std::string_view);
    static const std::map<std::string_view, Handler> kinds = {{"user", &DirectoryParser::user},
                                                              {"profile", &DirectoryParser::profile},
                                                              {"device", &DirectoryParser::device},
                                                              {"site", &DirectoryParser::site},
                                                              {"service", &DirectoryParser::service}};
    const auto handler = kinds.find(kind);
    if (handler == kinds.end()) {
      complain(place_of(section), section.name, "unknown section: general, user ID, profile ID, device NAME, site ID or service NAME");
    } else if (!is_row_id(id)) {
      complain(place_of(section), section.name, kRowIdRule);
    } else {
      declared_.insert(section.name);
      (this->*handler->second)(section, id);
    }
  }

  void user(const ConfigSection& section, std::string_view id) {
    User user = read_user(section, id, complaints_);
    number(section, "extension", user.extension, Number::Kind::user, user.id);
    number(section, "did", user.did, Number::Kind::user, user.id);
    refer(OpenReference::To::site, section, "home_site", user.home_site);
    refer(OpenReference::To::profile, section, "default_profile", user.default_profile);
    rows_.users.push_back({std::move(user), place_of(section)});
  }

  void profile(const ConfigSection& section, std::string_view id) {
    Profile profile = read_profile(section, id, complaints_);
    refer(OpenReference::To::user, section, "user", profile.user);
    rows_.profiles.push_back({std::move(profile), place_of(section)});
  }

  void device(const ConfigSection& section, std::string_view name) {
    Device device = read_device(section, name, false, complaints_);
    refer(OpenReference::To::site, section, "site", device.site);
    refer(OpenReference::To::user, section, "owner", device.owner);
    refer(OpenReference::To::profile, section, "logout_profile", device.logout_profile);
    number(section, "extension", device.extension, Number::Kind::device, device.name);
    device.secret = secrets_.take(name);
    if (device.secret.empty()) {
      complain(place_of(section), section.name,
               fmt::format("has no secret: add \"{} = ...\" to [devices] in {}", name, files_.secrets.path));
    }
    rows_.devices.push_back({std::move(device), place_of(section)});
  }

  void site(const ConfigSection& section, std::string_view id) {
    rows_.sites.push_back({read_site(section, id, complaints_), place_of(section)});
  }

  void service(const ConfigSection& section, std::string_view name) {
    Service service = read_service(section, name, complaints_);
    number(section, "number", service.number, Number::Kind::service, service.name);
    rows_.services.push_back({std::move(service), place_of(section)});
  }

  void number(const ConfigSection& section, std::string_view key, const std::string& digits, Number::Kind kind, const std::string& target) {
    if (digits.empty()) return;
    const auto [first, fresh] = numbers_.emplace(digits, Claim{&section, key});
    if (!fresh) {
      const auto& [other, its_key] = first->second;
      complain(place_of(section, key), section.name,
               fmt::format("{}: {} is taken by [{}] at {}", key, digits, other->name, place_of(*other, its_key)));
      return;
    }
    rows_.numbers.push_back({{.digits = digits, .kind = kind, .owner = target}, place_of(section, key)});
  }

  void refer(OpenReference::To to, const ConfigSection& section, std::string_view key, const std::string& id) {
    if (id.empty()) return;
    const std::string_view what = word(to);
    // Most refer to what stands above them.
    if (declared_.contains(fmt::format("{} {}", what, id))) return;
    rows_.open.push_back({to, id, fmt::format("{}: [{}] {}: no {} \"{}\"", place_of(section, key), section.name, key, what, id)});
  }

  void settle_references() {
    std::erase_if(rows_.open, [this](const OpenReference& reference) {
      return declared_.contains(fmt::format("{} {}", word(reference.to), reference.id));
    });
  }

  static const char* word(OpenReference::To to) {
    return to == OpenReference::To::user ? "user" : to == OpenReference::To::site ? "site" : "profile";
  }

  /// Who has a number, and by which of its keys.
  struct Claim {
    const ConfigSection* section;
    std::string_view key;
  };

  const DirectoryFiles& files_;
  DirectoryRows rows_;
  std::vector<std::string> complaints_;
  DeviceSecrets secrets_;
  std::unordered_set<std::string> declared_;        ///< section names
  std::unordered_map<std::string, Claim> numbers_;  ///< by digits
};

}  // namespace

Result<DirectoryRows> parse_directory(const DirectoryFiles& files) { return DirectoryParser(files).parse(); }

}  // namespace tandem
