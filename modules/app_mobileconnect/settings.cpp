#include "settings.h"

#include <fmt/format.h>

#include <algorithm>

#include "tandem/local_time.h"

namespace tandem {
namespace {

constexpr const char* kSections = "service, numbers, user_control, people, trunk NAME, destination USER/NAME, list NAME or user USER";

void read_service(SectionReader& reader, MobileSettings& s) {
  s.partial = reader.choice("matching", "complete", {"complete", "partial"}) == "partial";
  s.partial_digits = reader.integer("matching_digits", s.partial_digits, 4, 20);
  s.trunk = reader.text("trunk", s.trunk);
  s.time_zone = reader.text("time_zone", "");
  if (!is_time_zone(s.time_zone)) reader.complain("time_zone", "there is no such time zone (write it as in America/Los_Angeles)");
  s.office_number = reader.text("office_number", "");
  if (!s.office_number.empty() && bare_number(s.office_number) != s.office_number)
    reader.complain("office_number", "must be a number, as in +14085551000");
  s.reroute_to_office = reader.flag("reroute_to_office", false);
  s.calls_per_destination = reader.integer("calls_per_destination", s.calls_per_destination, 1, 100);
  s.destinations_per_user = reader.integer("destinations_per_user", s.destinations_per_user, 1, MobileSettings::kMostOfPerson);
  s.destinations = reader.integer("destinations", s.destinations, 1, 10'000'000);
}

void read_numbers(SectionReader& reader, DialRules& rules) {
  const auto digits = [&reader](const char* key, std::string& into) {
    into = reader.text(key, into);
    if (into.size() > 8 || into.find_first_not_of("0123456789") != std::string::npos) reader.complain(key, "must be at most 8 digits");
  };
  digits("outside_line", rules.outside_line);
  digits("country", rules.country);
  digits("international", rules.international);
  rules.national_digits = reader.integer("national_digits", rules.national_digits, 0, 15);
}

void read_control(SectionReader& reader, MobileSettings& s) {
  s.user_control = reader.flag("enabled", false);
  s.control.prompt = reader.text("prompt", s.control.prompt);
  s.control.window = reader.duration("window", s.control.window);
  if (s.control.window < std::chrono::seconds(1) || s.control.window > std::chrono::minutes(1))
    reader.complain("window", "must be from 1s to 1m");
  const auto key = [&reader](const char* name, char& into, bool any) {
    const auto text = reader.text(name, into == 0 ? "" : std::string(1, into));
    const bool key_of_phone = text.size() == 1 && std::string_view("0123456789*#").find(text[0]) != std::string_view::npos;
    into = key_of_phone ? text[0] : '\0';
    if (!key_of_phone && !text.empty() && !(any && text == "any"))
      reader.complain(name, any ? "must be a key, or any" : "must be a key, or empty for none");
  };
  key("take", s.control.take, true);
  key("refuse", s.control.refuse, false);
  key("voicemail", s.control.voicemail, false);
  key("reject_all", s.control.reject_all, false);
  std::string keys{s.control.take, s.control.refuse, s.control.voicemail, s.control.reject_all};
  keys.erase(std::remove(keys.begin(), keys.end(), '\0'), keys.end());
  std::sort(keys.begin(), keys.end());
  if (std::adjacent_find(keys.begin(), keys.end()) != keys.end()) reader.complain("take", "one key cannot mean two things");
}

void read_people(SectionReader& reader, MobileSettings& s) {
  s.mobility = reader.flag("mobility", s.mobility);
  s.voice_access = reader.flag("voice_access", s.voice_access);
  s.pickup_wait = reader.duration("pickup_wait", s.pickup_wait);
  if (s.pickup_wait > std::chrono::minutes(2)) reader.complain("pickup_wait", "must be at most 2m");
}

TrunkRules read_trunk(SectionReader& reader) {
  TrunkRules rules;
  rules.foreign_numbers = reader.flag("foreign_numbers", true);
  rules.too_soon_from_invite = reader.flag("too_soon_from_invite", false);
  return rules;
}

template <class Row>
void read_row(SectionReader& reader, std::span<const Field<Row>> fields, Row& row) {
  for (const auto& field : fields) {
    if (!reader.has(field.name)) continue;
    if (const auto wrong = field.set(row, reader.text(field.name, "")); !wrong.empty()) reader.complain(field.name, wrong);
  }
}

std::string place_of(const ConfigSection& section) { return fmt::format("{}:{}: [{}]", section.file, section.line, section.name); }

void read_destination(const ConfigSection& section, const std::string& id, MobileSettings& s, std::vector<std::string>& complaints) {
  SectionReader reader(section, complaints);
  const auto halves = split_id(id);
  if (!halves) {
    complaints.push_back(place_of(section) + " must be named like [destination john.doe/mobile]");
    return;
  }
  Destination row;
  std::tie(row.user, row.name) = *halves;
  row.owner = RowOwner::ini;
  row.order = static_cast<int64_t>(s.declared.size());  // as they stand in the file
  reader.required("number");
  read_row(reader, destination_fields(), row);
  reader.finish();
  s.declared.push_back({std::move(row), place_of(section)});
}

void read_list(const ConfigSection& section, const std::string& name, MobileSettings& s, std::vector<std::string>& complaints) {
  SectionReader reader(section, complaints);
  if (!is_row_name(name)) complaints.push_back(place_of(section) + " a list's name is letters, digits, -, _ and .");
  AccessList row;
  row.name = name;
  row.owner = RowOwner::ini;
  reader.required("kind");
  read_row(reader, list_fields(), row);
  reader.finish();
  s.lists.push_back({std::move(row), place_of(section)});
}

/// "trunk pstn" -> "pstn" for "trunk". Empty: it is another section.
std::string named(const ConfigSection& section, std::string_view kind) {
  const bool is = section.name.starts_with(kind) && section.name.size() > kind.size() + 1 && section.name[kind.size()] == ' ';
  return is ? section.name.substr(kind.size() + 1) : std::string();
}

void read_section(const ConfigSection& section, MobileSettings& s, std::vector<std::string>& complaints) {
  if (const auto id = named(section, "destination"); !id.empty()) return read_destination(section, id, s, complaints);
  if (const auto name = named(section, "list"); !name.empty()) return read_list(section, name, s, complaints);
  SectionReader reader(section, complaints);
  if (const auto name = named(section, "trunk"); !name.empty()) {
    s.trunks[name] = read_trunk(reader);
  } else if (const auto user = named(section, "user"); !user.empty()) {
    PersonSettings person;
    read_row(reader, person_fields(), person);
    s.people.push_back({{user, person}, place_of(section)});
  } else if (section.name == "service") {
    read_service(reader, s);
  } else if (section.name == "numbers") {
    read_numbers(reader, s.dial);
  } else if (section.name == "user_control") {
    read_control(reader, s);
  } else if (section.name == "people") {
    read_people(reader, s);
  } else {
    complaints.push_back(place_of(section) + " unknown section: " + kSections);
    return;
  }
  reader.finish();
}

}  // namespace

Result<MobileSettings> read_mobile_settings(const Config& config) {
  const auto file = config.read("mobileconnect");
  if (!file) return file.error().code == ErrorCode::not_found ? Result<MobileSettings>(MobileSettings{}) : file.error();
  MobileSettings settings;
  std::vector<std::string> complaints;
  for (const auto& section : file->sections) read_section(section, settings, complaints);
  if (!complaints.empty()) return config_error(complaints);
  return settings;
}

}  // namespace tandem
