#include "store/directory_rows.h"

#include <fmt/compile.h>
#include <fmt/format.h>

#include <algorithm>

#include "base/utf8.h"
#include "tandem/local_time.h"

namespace tandem {

const char* const kRowIdRule = "a name is 1 to 64 letters, digits, dots, hyphens or underscores";
const char* const kRowSecretRule = "a secret is 1 to 256 printable characters";

const char* const kLoginTimeRule = "must be hours and minutes up to 168:00, as in 8:00 or :30; 0:00 is without end";

namespace {

constexpr size_t kLongestId = 64;
constexpr size_t kLongestText = 256;

bool digits_only(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}
bool is_extension(std::string_view text) { return !text.empty() && text.size() <= 24 && digits_only(text); }
/// E.164: at most 15 digits, no leading zero.
bool is_e164(std::string_view text) {
  return text.size() >= 4 && text.size() <= 16 && text[0] == '+' && text[1] != '0' && digits_only(text.substr(1));
}
/// Goes into SIP headers, phone screens and logs.
bool is_printable(std::string_view text) {
  return is_utf8(text) && std::none_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; });
}

std::string text(SectionReader& reader, std::string_view key, bool needed) {
  std::string value = needed ? reader.required(key) : reader.text(key, "");
  if (value.size() > kLongestText || !is_printable(value)) {
    reader.complain(key, fmt::format("must be at most {} bytes of printable UTF-8", kLongestText));
    value.clear();
  }
  return value;
}

/// Only a number that can be dialled comes back.
std::string extension(SectionReader& reader, std::string_view key, bool needed) {
  if (!needed && !reader.has(key)) return {};
  std::string value = reader.required(key);
  if (is_extension(value)) return value;
  if (!value.empty()) reader.complain(key, "must be 1 to 24 digits");
  return {};
}

std::string e164(SectionReader& reader, std::string_view key, bool needed) {
  std::string value = needed ? reader.required(key) : reader.text(key, "");
  if (value.empty() || is_e164(value)) return value;
  reader.complain(key, "must be + and 3 to 15 digits, as in +14085551001");
  return {};
}

constexpr size_t kMostItems = 200;

std::vector<std::string> texts(SectionReader& reader, std::string_view key) {
  auto items = reader.list(key);
  const bool sound = items.size() <= kMostItems && std::all_of(items.begin(), items.end(), [](const std::string& item) {
                       return !item.empty() && item.size() <= kLongestText && is_printable(item);
                     });
  if (!sound) {
    reader.complain(key, fmt::format("must be at most {} texts of printable UTF-8", kMostItems));
    items.clear();
  }
  return items;
}

/// "11002 Jane White": what to dial, and mostly a label.
std::vector<std::string> dials(SectionReader& reader, std::string_view key) {
  auto items = texts(reader, key);
  for (const auto& item : items) {
    const std::string number = item.substr(0, item.find(' '));
    if (number.find_first_not_of("0123456789*#+") == std::string::npos && number.size() <= 24) continue;
    reader.complain(key, "an entry is a number and a label, as in \"11002 Jane White\"");
    break;
  }
  return items;
}

/// One address as it goes into an envelope: whatever could end a line or begin another address is none.
std::string email(SectionReader& reader, std::string_view key) {
  std::string address = reader.text(key, "");
  if (address.empty()) return address;
  const size_t at = address.find('@');
  const auto plain = [](unsigned char c) {
    return c > ' ' && c < 127 && std::string_view("<>(),;:\\\"[]").find(static_cast<char>(c)) == std::string_view::npos;
  };
  const bool sound = address.size() <= 254 && at != std::string::npos && at > 0 && at + 1 < address.size() &&
                     address.find('@', at + 1) == std::string::npos && std::all_of(address.begin(), address.end(), plain);
  if (sound) return address;
  reader.complain(key, "must be one e-mail address, as in jane@office.example");
  return {};
}

/// Never repeats the secret.
std::string secret(SectionReader& reader) {
  std::string value = reader.text("secret", "");
  if (!reader.has("secret") || is_row_secret(value)) return value;
  reader.complain("secret", kRowSecretRule);
  return {};
}

/// Whose lines the phone shows without any login must be clear: a person's, or neutral ones of its own.
void check_lines(const ConfigSection& section, const Device& device, std::vector<std::string>& complaints) {
  const auto complain = [&](const std::string& where, std::string_view sentence) {
    complaints.push_back(fmt::format("{}: [{}] {}", where, section.name, sentence));
  };
  const bool own = section.values.contains("extension");
  if (!device.owner.empty() && own) {
    complain(place_of(section, "extension"), "extension: an owned phone carries its owner's extension, not one of its own");
  } else if (device.owner.empty() && !own) {
    complain(place_of(section), "needs an owner, or an extension and a label of its own");
  } else if (device.owner.empty() && device.label.empty()) {
    complain(place_of(section), "label: a phone without an owner needs a neutral name");
  }
}

}  // namespace

std::optional<std::chrono::minutes> login_time(std::string_view text) {
  const auto colon = text.find(':');
  if (colon == std::string_view::npos || colon > 3 || text.size() - colon != 3) return std::nullopt;
  const auto hours = text.substr(0, colon), minutes = text.substr(colon + 1);
  if (!digits_only(hours) || !digits_only(minutes)) return std::nullopt;
  const auto number = [](std::string_view digits) {
    int value = 0;
    for (const char c : digits) value = value * 10 + (c - '0');
    return value;
  };
  const std::chrono::minutes time{number(hours) * 60 + number(minutes)};
  if (number(minutes) > 59 || time > std::chrono::hours(168)) return std::nullopt;
  return time;
}

std::pair<std::string_view, std::string_view> kind_and_id(std::string_view section) {
  const auto space = section.find(' ');
  return {section.substr(0, space), space == std::string_view::npos ? std::string_view() : section.substr(space + 1)};
}

bool is_row_id(std::string_view text) {
  const auto allowed = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '_' || c == '-';
  };
  return !text.empty() && text.size() <= kLongestId && std::all_of(text.begin(), text.end(), allowed);
}

bool is_row_secret(std::string_view text) { return !text.empty() && text.size() <= kLongestText && is_printable(text); }

std::string place_of(const ConfigSection& section, std::string_view key) {
  const auto it = section.values.find(key);
  if (it == section.values.end()) return fmt::format(FMT_COMPILE("{}:{}"), section.file, section.line);
  return fmt::format(FMT_COMPILE("{}:{}"), it->second.file, it->second.line);
}

User read_user(const ConfigSection& section, std::string_view id, std::vector<std::string>& complaints) {
  SectionReader reader(section, complaints);
  User user{.id = std::string(id),
            .name = text(reader, "name", true),
            .extension = extension(reader, "extension", true),
            .calling_class = reader.choice("calling_class", "internal", {"internal", "national", "international"}),
            .did = e164(reader, "did", false),
            .badge = extension(reader, "badge", false),
            .home_site = reader.text("home_site", ""),
            .max_login_time = reader.text("max_login_time", ""),
            .multiple_login = reader.choice("multiple_login", "", {"", "allowed", "not-allowed", "auto-logout"}),
            .default_profile = reader.text("default_profile", ""),
            .second_factor = reader.flag("second_factor", false),
            .mailbox = reader.flag("mailbox", true),
            .email = email(reader, "email")};
  if (!user.max_login_time.empty() && !login_time(user.max_login_time)) reader.complain("max_login_time", kLoginTimeRule);
  reader.finish();
  return user;
}

Profile read_profile(const ConfigSection& section, std::string_view id, std::vector<std::string>& complaints) {
  SectionReader reader(section, complaints);
  // Without a user it is what fills in at every phone of the model.
  Profile profile{.id = std::string(id), .user = reader.text("user", ""), .model = text(reader, "model", true)};
  profile.lines = dials(reader, "lines");
  profile.speed_dials = dials(reader, "speed_dials");
  profile.services = texts(reader, "services");
  profile.locale = text(reader, "locale", false);
  profile.ring = text(reader, "ring", false);
  profile.button_template = text(reader, "button_template", false);
  profile.softkey_template = text(reader, "softkey_template", false);
  profile.music = text(reader, "music", false);
  profile.calling_class = reader.choice("calling_class", "", {"", "internal", "national", "international"});
  profile.dnd = reader.flag("dnd", false);
  reader.finish();
  return profile;
}

Device read_device(const ConfigSection& section, std::string_view name, bool with_secret, std::vector<std::string>& complaints) {
  SectionReader reader(section, complaints);
  Device device{.name = std::string(name),
                .model = text(reader, "model", true),
                .vendor = reader.text("vendor", "generic"),
                .site = reader.required("site"),
                .secret = with_secret ? secret(reader) : std::string(),
                .owner = reader.text("owner", ""),
                .extension = extension(reader, "extension", false),
                .label = text(reader, "label", false),
                .extension_mobility = reader.flag("extension_mobility", false),
                .behind_nat = reader.flag("behind_nat", false),
                .logout_profile = reader.text("logout_profile", ""),
                .take_over = reader.flag("take_over", false)};
  reader.finish();
  if (!is_row_id(device.vendor)) reader.complain("vendor", "must be one word");
  check_lines(section, device, complaints);
  return device;
}

Site read_site(const ConfigSection& section, std::string_view id, std::vector<std::string>& complaints) {
  SectionReader reader(section, complaints);
  Site site{
      .id = std::string(id), .location = text(reader, "location", true), .emergency_callback = e164(reader, "emergency_callback", true)};
  site.time_zone = reader.text("time_zone", "");
  if (!is_time_zone(site.time_zone)) reader.complain("time_zone", fmt::format("there is no time zone '{}'", site.time_zone));
  reader.finish();
  return site;
}

Service read_service(const ConfigSection& section, std::string_view name, std::vector<std::string>& complaints) {
  SectionReader reader(section, complaints);
  Service service{.name = std::string(name), .number = extension(reader, "number", true)};
  reader.finish();
  return service;
}

Error directory_error(std::vector<std::string> complaints) {
  if (complaints.size() > kMostComplaints) {
    const size_t more = complaints.size() - kMostComplaints;
    complaints.resize(kMostComplaints);
    complaints.push_back(fmt::format("and {} more", more));
  }
  return config_error(complaints);
}

}  // namespace tandem
