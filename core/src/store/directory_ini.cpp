#include "store/directory_ini.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <string_view>
#include <unordered_map>
#include <unordered_set>

#include "base/local_time.h"
#include "base/utf8.h"

namespace tandem {
namespace {

constexpr size_t kMostComplaints = 100;
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
bool is_id(std::string_view text) {
  const auto allowed = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '_' || c == '-';
  };
  return !text.empty() && text.size() <= kLongestId && std::all_of(text.begin(), text.end(), allowed);
}
/// Goes into SIP headers, phone screens and logs.
bool is_printable(std::string_view text) {
  return is_utf8(text) && std::none_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; });
}

std::string place(const ConfigSection& section) { return fmt::format("{}:{}", section.file, section.line); }

/// One pass over the sections; references are settled at the end, because a device may stand before its user.
class DirectoryParser {
 public:
  explicit DirectoryParser(const DirectoryFiles& files) : files_(files) {}

  Result<DirectoryRows> parse() {
    read_secrets();
    for (const auto& section : files_.directory.sections) one(section);
    settle_references();
    settle_secrets();
    if (!complaints_.empty()) return directory_error(std::move(complaints_));
    return std::move(rows_);
  }

 private:
  struct Secret {
    std::string text;
    std::string where;
    bool used = false;
  };
  /// Where a key stands, or its section when it has come from nowhere.
  static std::string place_of(const ConfigSection& section, std::string_view key) {
    const auto it = section.values.find(key);
    return it == section.values.end() ? place(section) : fmt::format("{}:{}", it->second.file, it->second.line);
  }

  void complain(const std::string& where, std::string_view section, std::string_view sentence) {
    complaints_.push_back(fmt::format("{}: [{}] {}", where, section, sentence));
  }

  void read_secrets() {
    for (const auto& section : files_.secrets.sections) {
      if (section.name != "devices") {
        complain(place(section), section.name, "unknown section: secrets stand in [devices]");
        continue;
      }
      for (const auto& [name, value] : section.values) {
        const std::string where = fmt::format("{}:{}", value.file, value.line);
        if (value.text.empty() || value.text.size() > kLongestText || !is_printable(value.text)) {
          complain(where, section.name, fmt::format("{}: a secret is 1 to {} printable characters", name, kLongestText));
        } else if (name == "default") {
          default_secret_ = value.text;
        } else {
          secrets_[name] = {value.text, where};
        }
      }
    }
  }

  void one(const ConfigSection& section) {
    if (section.name == "general") {
      SectionReader reader(section, complaints_);
      reader.text("secrets", "");
      reader.finish();
      return;
    }
    const auto space = section.name.find(' ');
    const std::string kind = section.name.substr(0, space);
    const std::string id = space == std::string::npos ? std::string() : section.name.substr(space + 1);
    using Handler = void (DirectoryParser::*)(const ConfigSection&, const std::string&);
    static const std::map<std::string_view, Handler> kinds = {{"user", &DirectoryParser::user},
                                                              {"profile", &DirectoryParser::profile},
                                                              {"device", &DirectoryParser::device},
                                                              {"site", &DirectoryParser::site},
                                                              {"service", &DirectoryParser::service}};
    const auto handler = kinds.find(kind);
    if (handler == kinds.end()) {
      complain(place(section), section.name, "unknown section: general, user ID, profile ID, device NAME, site ID or service NAME");
    } else if (!is_id(id)) {
      complain(place(section), section.name, fmt::format("a name is 1 to {} letters, digits, dots, hyphens or underscores", kLongestId));
    } else {
      declared_.insert(section.name);
      (this->*handler->second)(section, id);
    }
  }

  void user(const ConfigSection& section, const std::string& id) {
    SectionReader reader(section, complaints_);
    User user{.id = id,
              .name = text(reader, "name", true),
              .extension = extension(reader, section, "extension", true),
              .calling_class = reader.choice("calling_class", "internal", {"internal", "national", "international"}),
              .did = e164(reader, "did", false)};
    reader.finish();
    number(section, "extension", user.extension, Number::Kind::user, id);
    number(section, "did", user.did, Number::Kind::user, id);
    rows_.users.push_back({std::move(user), place(section)});
  }

  void profile(const ConfigSection& section, const std::string& id) {
    SectionReader reader(section, complaints_);
    Profile profile{.id = id, .user = reader.required("user"), .model = text(reader, "model", true)};
    reader.finish();
    refer(OpenReference::To::user, section, "user", profile.user);
    rows_.profiles.push_back({std::move(profile), place(section)});
  }

  void device(const ConfigSection& section, const std::string& name) {
    SectionReader reader(section, complaints_);
    Device device{.name = name,
                  .model = text(reader, "model", true),
                  .vendor = reader.text("vendor", "generic"),
                  .site = reader.required("site"),
                  .secret = {},
                  .owner = reader.text("owner", ""),
                  .extension = extension(reader, section, "extension", false),
                  .label = text(reader, "label", false),
                  .extension_mobility = reader.flag("extension_mobility", false),
                  .behind_nat = reader.flag("behind_nat", false)};
    reader.finish();
    if (!is_id(device.vendor)) reader.complain("vendor", "must be one word");
    check_lines(section, device);
    refer(OpenReference::To::site, section, "site", device.site);
    refer(OpenReference::To::user, section, "owner", device.owner);
    number(section, "extension", device.extension, Number::Kind::device, name);
    give_secret(section, device);
    rows_.devices.push_back({std::move(device), place(section)});
  }

  /// Whose lines the phone shows without any login must be clear: a person's, or neutral ones of its own.
  void check_lines(const ConfigSection& section, const Device& device) {
    const bool own = section.values.contains("extension");
    if (!device.owner.empty() && own) {
      complain(place_of(section, "extension"), section.name, "extension: an owned phone carries its owner's extension, not one of its own");
    } else if (device.owner.empty() && !own) {
      complain(place(section), section.name, "needs an owner, or an extension and a label of its own");
    } else if (device.owner.empty() && device.label.empty()) {
      complain(place(section), section.name, "label: a phone without an owner needs a neutral name");
    }
  }

  void give_secret(const ConfigSection& section, Device& device) {
    if (const auto it = secrets_.find(device.name); it != secrets_.end()) {
      it->second.used = true;
      device.secret = it->second.text;
    } else if (!default_secret_.empty()) {
      device.secret = default_secret_;
    } else {
      complain(place(section), section.name,
               fmt::format("has no secret: add \"{} = ...\" to [devices] in {}", device.name, files_.secrets.path));
    }
  }

  void site(const ConfigSection& section, const std::string& id) {
    SectionReader reader(section, complaints_);
    Site site{.id = id, .location = text(reader, "location", true), .emergency_callback = e164(reader, "emergency_callback", true)};
    site.time_zone = reader.text("time_zone", "");
    if (!is_time_zone(site.time_zone)) reader.complain("time_zone", fmt::format("there is no time zone '{}'", site.time_zone));
    reader.finish();
    rows_.sites.push_back({std::move(site), place(section)});
  }

  void service(const ConfigSection& section, const std::string& name) {
    SectionReader reader(section, complaints_);
    Service service{.name = name, .number = extension(reader, section, "number", true)};
    reader.finish();
    number(section, "number", service.number, Number::Kind::service, name);
    rows_.services.push_back({std::move(service), place(section)});
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
  std::string extension(SectionReader& reader, const ConfigSection& section, std::string_view key, bool needed) {
    if (!needed && !section.values.contains(key)) return {};
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

  void number(const ConfigSection& section, std::string_view key, const std::string& digits, Number::Kind kind, const std::string& target) {
    if (digits.empty()) return;
    const std::string where = place_of(section, key);
    if (const auto [first, fresh] = numbers_.emplace(digits, fmt::format("[{}] at {}", section.name, where)); !fresh) {
      complain(where, section.name, fmt::format("{}: {} is taken by {}", key, digits, first->second));
      return;
    }
    rows_.numbers.push_back({{.digits = digits, .kind = kind, .owner = target}, where});
  }

  void refer(OpenReference::To to, const ConfigSection& section, std::string_view key, const std::string& id) {
    if (id.empty()) return;
    const std::string_view what = to == OpenReference::To::user ? "user" : "site";
    rows_.open.push_back({to, id, fmt::format("{}: [{}] {}: no {} \"{}\"", place_of(section, key), section.name, key, what, id)});
  }

  void settle_references() {
    std::erase_if(rows_.open, [this](const OpenReference& reference) {
      return declared_.contains((reference.to == OpenReference::To::user ? "user " : "site ") + reference.id);
    });
  }

  void settle_secrets() {
    for (const auto& [name, secret] : secrets_) {
      if (!secret.used) complain(secret.where, "devices", fmt::format("{}: no such device is declared", name));
    }
  }

  const DirectoryFiles& files_;
  DirectoryRows rows_;
  std::vector<std::string> complaints_;
  std::string default_secret_;
  std::map<std::string, Secret> secrets_;
  std::unordered_set<std::string> declared_;              ///< section names
  std::unordered_map<std::string, std::string> numbers_;  ///< digits, who has them
};

}  // namespace

Result<DirectoryRows> parse_directory(const DirectoryFiles& files) { return DirectoryParser(files).parse(); }

Error directory_error(std::vector<std::string> complaints) {
  if (complaints.size() > kMostComplaints) {
    const size_t more = complaints.size() - kMostComplaints;
    complaints.resize(kMostComplaints);
    complaints.push_back(fmt::format("and {} more", more));
  }
  return config_error(complaints);
}

}  // namespace tandem
