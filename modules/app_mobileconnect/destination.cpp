#include "destination.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>

#include "tandem/local_time.h"

namespace tandem {
namespace {

using std::chrono::milliseconds;

constexpr size_t kLongestText = 128;

std::string set_text(std::string& into, std::string_view text) {
  if (text.size() > kLongestText) return fmt::format("must be at most {} characters", kLongestText);
  if (std::any_of(text.begin(), text.end(), [](unsigned char c) { return c < ' ' || c == 127; }))
    return "has characters that cannot be shown";
  into = text;
  return {};
}

std::string set_number(int64_t& into, std::string_view text, int64_t least, int64_t most) {
  int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size() || number < least || number > most)
    return fmt::format("must be a number from {} to {}", least, most);
  into = number;
  return {};
}

std::string set_time(milliseconds& into, std::string_view text, milliseconds least, milliseconds most) {
  const auto time = read_time(text);
  if (!time || *time < least || *time > most) return fmt::format("must be a time from {} to {}", say_time(least), say_time(most));
  into = *time;
  return {};
}

std::optional<bool> flag_from(std::string_view text) {
  for (const auto* word : {"yes", "true", "on", "1"}) {
    if (text == word) return true;
  }
  for (const auto* word : {"no", "false", "off", "0"}) {
    if (text == word) return false;
  }
  return std::nullopt;
}

std::string set_flag(bool& into, std::string_view text) {
  const auto flag = flag_from(text);
  if (!flag) return "must be yes or no";
  into = *flag;
  return {};
}

std::string flag(bool value) { return value ? "yes" : "no"; }
std::string time(milliseconds value) { return fmt::format("{}ms", value.count()); }

std::string set_destination_number(Destination& d, std::string_view text) {
  auto bare = bare_number(text);
  if (bare.size() < 5) return "must be a number as one dials it here, 5 to 20 digits with or without a + in front";
  d.number = std::move(bare);
  return {};
}

std::string set_too_late(Destination& d, std::string_view text) {
  if (read_time(text) == milliseconds(0)) {
    d.too_late = {};
    return {};
  }
  auto wrong = set_time(d.too_late, text, Destination::kLeastTooLate, Destination::kMostTooLate);
  return wrong.empty() ? wrong : wrong + ", or 0";
}

std::string set_schedule(Destination& d, std::string_view text) {
  if (text.empty()) {
    d.schedule.clear();
    d.hours.reset();
    return {};
  }
  auto parsed = Schedule::parse(text);
  if (!parsed) return parsed.error().message;
  d.schedule = text;
  d.hours = std::make_shared<const Schedule>(std::move(*parsed));
  return {};
}

std::string set_zone(Destination& d, std::string_view text) {
  if (!is_time_zone(text)) return fmt::format("there is no time zone \"{}\" (write it as in America/Los_Angeles)", text.substr(0, 64));
  d.time_zone = text;
  return {};
}

std::string set_control(Destination& d, std::string_view text) {
  if (text == "system") {
    d.control = ControlPolicy::system;
  } else if (const auto on = flag_from(text)) {
    d.control = *on ? ControlPolicy::on : ControlPolicy::off;
  } else {
    return "must be system, on or off";
  }
  return {};
}

std::string get_control(const Destination& d) {
  return d.control == ControlPolicy::system ? "system" : d.control == ControlPolicy::on ? "on" : "off";
}

template <bool Destination::*Flag>
std::string set_flag_of(Destination& d, std::string_view text) {
  return set_flag(d.*Flag, text);
}
template <bool Destination::*Flag>
std::string get_flag_of(const Destination& d) {
  return flag(d.*Flag);
}
template <std::string Destination::*Text>
std::string set_text_of(Destination& d, std::string_view text) {
  return set_text(d.*Text, text);
}
template <std::string Destination::*Text>
std::string get_text_of(const Destination& d) {
  return d.*Text;
}
template <milliseconds Destination::*Time>
std::string set_delay(Destination& d, std::string_view text) {
  return set_time(d.*Time, text, {}, Destination::kLongestDelay);
}
template <milliseconds Destination::*Time>
std::string get_time_of(const Destination& d) {
  return time(d.*Time);
}

using Of = Field<Destination>;
constexpr Of kDestination[] = {
    {"number", "as one dials it here", Of::Kind::text, set_destination_number, get_text_of<&Destination::number>},
    {"label", "what people are shown; empty: the name", Of::Kind::text, set_text_of<&Destination::label>, get_text_of<&Destination::label>},
    {"order", "place among the person's destinations", Of::Kind::number,
     [](Destination& d, std::string_view text) { return set_number(d.order, text, 0, 1000); },
     [](const Destination& d) { return std::to_string(d.order); }},
    {"delay", "both of the following", Of::Kind::time,
     [](Destination& d, std::string_view text) {
       auto wrong = set_delay<&Destination::delay_inside>(d, text);
       if (wrong.empty()) d.delay_outside = d.delay_inside;
       return wrong;
     },
     nullptr},
    {"delay_inside", "wait before it rings, calls from inside", Of::Kind::time, set_delay<&Destination::delay_inside>,
     get_time_of<&Destination::delay_inside>},
    {"delay_outside", "wait before it rings, calls from outside", Of::Kind::time, set_delay<&Destination::delay_outside>,
     get_time_of<&Destination::delay_outside>},
    {"too_soon", "answered earlier: a machine, dropped; 0: never", Of::Kind::time,
     [](Destination& d, std::string_view text) { return set_time(d.too_soon, text, {}, Destination::kLongestTooSoon); },
     get_time_of<&Destination::too_soon>},
    {"too_late", "not answered so long: dropped; 0: as long as the line rings", Of::Kind::time, set_too_late,
     get_time_of<&Destination::too_late>},
    {"schedule", "when it rings, \"Mon-Fri 08:00-18:00; Sat 09:00-12:00\"; empty: always", Of::Kind::text, set_schedule,
     get_text_of<&Destination::schedule>},
    {"time_zone", "of the schedule; empty: that of the office", Of::Kind::text, set_zone, get_text_of<&Destination::time_zone>},
    {"list", "the access list; empty: none", Of::Kind::text, set_text_of<&Destination::list>, get_text_of<&Destination::list>},
    {"ring", "rings with the line", Of::Kind::flag, set_flag_of<&Destination::ring>, get_flag_of<&Destination::ring>},
    {"may_move", "calls may be moved there", Of::Kind::flag, set_flag_of<&Destination::may_move>, get_flag_of<&Destination::may_move>},
    {"may_call_in", "calls from there are the person's", Of::Kind::flag, set_flag_of<&Destination::may_call_in>,
     get_flag_of<&Destination::may_call_in>},
    {"user_control", "system, on or off: who answers says so with a key", Of::Kind::text, set_control, get_control},
    {"trunk", "over which it is reached, for [trunk NAME]; empty: the office's", Of::Kind::text, set_text_of<&Destination::trunk>,
     get_text_of<&Destination::trunk>},
};

std::string join(const std::vector<std::string>& words) { return fmt::format("{}", fmt::join(words, ", ")); }

std::vector<std::string> split(std::string_view text) {
  std::vector<std::string> words;
  while (!text.empty()) {
    auto one = text.substr(0, text.find(','));
    text.remove_prefix(std::min(text.size(), one.size() + 1));
    while (!one.empty() && one.front() == ' ') one.remove_prefix(1);
    while (!one.empty() && one.back() == ' ') one.remove_suffix(1);
    if (!one.empty()) words.emplace_back(one);
  }
  return words;
}

std::string set_members(AccessList& list, std::string_view text) {
  list.members = split(text);
  const auto read = list.read_members();
  return read ? std::string() : read.error().message;
}

using OfList = Field<AccessList>;
constexpr OfList kList[] = {
    {"kind", "allowed: only these are let through; blocked: all but these", OfList::Kind::text,
     [](AccessList& list, std::string_view text) -> std::string {
       if (text != "allowed" && text != "blocked") return "must be allowed or blocked";
       list.allows = text == "allowed";
       return {};
     },
     [](const AccessList& list) -> std::string { return list.allows ? "allowed" : "blocked"; }},
    {"members", "numbers with X and !, \"private\", \"not available\"", OfList::Kind::list, set_members,
     [](const AccessList& list) { return join(list.members); }},
    {"user", "whose it is; empty: everybody's", OfList::Kind::text,
     [](AccessList& list, std::string_view text) { return set_text(list.user, text); }, [](const AccessList& list) { return list.user; }},
    {"description", "for people", OfList::Kind::text,
     [](AccessList& list, std::string_view text) { return set_text(list.description, text); },
     [](const AccessList& list) { return list.description; }},
};

std::string set_optional(std::optional<bool>& into, std::string_view text) {
  if (text.empty()) {
    into.reset();
    return {};
  }
  bool value = false;
  auto wrong = set_flag(value, text);
  if (wrong.empty()) into = value;
  return wrong;
}

using OfPerson = Field<PersonSettings>;
constexpr OfPerson kPerson[] = {
    {"mobility", "destinations ring, calls move; empty: as the office", OfPerson::Kind::flag,
     [](PersonSettings& p, std::string_view text) { return set_optional(p.mobility, text); },
     [](const PersonSettings& p) { return p.mobility ? flag(*p.mobility) : std::string(); }},
    {"voice_access", "may call through the office by voice; empty: as the office", OfPerson::Kind::flag,
     [](PersonSettings& p, std::string_view text) { return set_optional(p.voice_access, text); },
     [](const PersonSettings& p) { return p.voice_access ? flag(*p.voice_access) : std::string(); }},
    {"pickup_wait", "how long a call waits for the desk after the mobile has hung up; empty: as the office", OfPerson::Kind::time,
     [](PersonSettings& p, std::string_view text) -> std::string {
       milliseconds wait{};
       if (text.empty()) return p.pickup_wait.reset(), std::string();
       auto wrong = set_time(wait, text, {}, milliseconds(120'000));
       if (wrong.empty()) p.pickup_wait = wait;
       return wrong;
     },
     [](const PersonSettings& p) { return p.pickup_wait ? time(*p.pickup_wait) : std::string(); }},
    {"limit", "how many destinations, 1 to 10; empty: as the office", OfPerson::Kind::number,
     [](PersonSettings& p, std::string_view text) -> std::string {
       int64_t most = 0;
       if (text.empty()) return p.limit.reset(), std::string();
       auto wrong = set_number(most, text, 1, 10);
       if (wrong.empty()) p.limit = most;
       return wrong;
     },
     [](const PersonSettings& p) { return p.limit ? std::to_string(*p.limit) : std::string(); }},
};

/// A JSON value as set() of such a field reads it.
template <class Row>
std::optional<std::string> text_of(const Field<Row>& field, const Json& value) {
  using Kind = typename Field<Row>::Kind;
  if (value.is_null()) return std::string();
  if (value.is_string() && field.kind == Kind::text) return value.template get<std::string>();
  if (value.is_boolean() && field.kind == Kind::flag) return flag(value.template get<bool>());
  if (value.is_number_integer() && field.kind == Kind::number) return std::to_string(value.template get<int64_t>());
  if (value.is_number_integer() && value >= 0 && field.kind == Kind::time) return fmt::format("{}ms", value.template get<int64_t>());
  if (!value.is_array() || field.kind != Kind::list) return std::nullopt;
  std::string list;
  for (const auto& one : value) {
    if (!one.is_string() || one.template get_ref<const std::string&>().find(',') != std::string::npos) return std::nullopt;
    list += (list.empty() ? "" : ",") + one.template get<std::string>();
  }
  return list;
}

template <class Row>
const char* kind_text(const Field<Row>& field) {
  switch (field.kind) {
    case Field<Row>::Kind::number:
      return "a number";
    case Field<Row>::Kind::time:
      return "milliseconds, a whole number";
    case Field<Row>::Kind::flag:
      return "true or false";
    case Field<Row>::Kind::list:
      return "a list of texts";
    case Field<Row>::Kind::text:
      break;
  }
  return "text";
}

/// The value of a field in JSON, out of its text.
template <class Row>
Json value_of(const Field<Row>& field, std::string text) {
  using Kind = typename Field<Row>::Kind;
  if (field.kind == Kind::list) return split(text);
  if (field.kind != Kind::text && text.empty()) return {};
  switch (field.kind) {
    case Kind::list:
    case Kind::number:
      return std::stoll(text);
    case Kind::time:
      return read_time(text)->count();
    case Kind::flag:
      return text == "yes";
    case Kind::text:
      break;
  }
  return text;
}

std::string lower(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return out;
}

}  // namespace

std::string_view to_string(RowOwner owner) { return owner == RowOwner::ini ? "ini" : owner == RowOwner::guest ? "guest" : "local"; }

Result<void> AccessList::read_members() {
  withheld = not_available = false;
  patterns.clear();
  if (members.size() > kMostMembers) return Error{ErrorCode::invalid, fmt::format("a list has at most {} members", kMostMembers)};
  for (const auto& one : members) {
    const auto word = lower(one);
    if (word == "private") {
      withheld = true;
    } else if (word == "not available" || word == "not-available" || word == "unavailable") {
      not_available = true;
    } else if (auto pattern = NumberPattern::parse(one)) {
      patterns.push_back(std::move(*pattern));
    } else {
      return Error{ErrorCode::invalid, pattern.error().message + "; or \"private\" or \"not available\""};
    }
  }
  return {};
}

std::span<const Field<Destination>> destination_fields() { return kDestination; }
std::span<const Field<AccessList>> list_fields() { return kList; }
std::span<const Field<PersonSettings>> person_fields() { return kPerson; }

template <class Row>
Result<void> set_field(std::span<const Field<Row>> fields, Row& row, std::string_view name, std::string_view text) {
  std::string names;
  for (const auto& field : fields) {
    if (field.name == name) {
      const auto wrong = field.set(row, text);
      return wrong.empty() ? Result<void>() : Error{ErrorCode::invalid, fmt::format("{}: {}", name, wrong)};
    }
    names += (names.empty() ? "" : ", ") + std::string(field.name);
  }
  return Error{ErrorCode::invalid, fmt::format("there is no \"{}\" to be set: {}", name.substr(0, 40), names)};
}

template <class Row>
Result<void> set_fields(std::span<const Field<Row>> fields, Row& row, const Json& object, std::initializer_list<std::string_view> ignored) {
  for (const auto& item : object.items()) {
    if (std::find(ignored.begin(), ignored.end(), item.key()) != ignored.end()) continue;
    const auto field = std::find_if(fields.begin(), fields.end(), [&](const auto& one) { return one.json_name() == item.key(); });
    if (field == fields.end()) return Error{ErrorCode::invalid, fmt::format("\"{}\" is unknown", item.key().substr(0, 40))};
    const auto text = text_of(*field, item.value());
    if (!text) return Error{ErrorCode::invalid, fmt::format("\"{}\" must be {}", item.key(), kind_text(*field))};
    if (const auto wrong = field->set(row, *text); !wrong.empty())
      return Error{ErrorCode::invalid, fmt::format("\"{}\": {}", item.key(), wrong)};
  }
  return {};
}

template <class Row>
void show_fields(std::span<const Field<Row>> fields, const Row& row, Json& into) {
  for (const auto& field : fields) {
    if (field.get != nullptr) into[field.json_name()] = value_of(field, field.get(row));
  }
}

template Result<void> set_field(std::span<const Field<Destination>>, Destination&, std::string_view, std::string_view);
template Result<void> set_field(std::span<const Field<AccessList>>, AccessList&, std::string_view, std::string_view);
template Result<void> set_field(std::span<const Field<PersonSettings>>, PersonSettings&, std::string_view, std::string_view);
template Result<void> set_fields(std::span<const Field<Destination>>, Destination&, const Json&, std::initializer_list<std::string_view>);
template Result<void> set_fields(std::span<const Field<AccessList>>, AccessList&, const Json&, std::initializer_list<std::string_view>);
template Result<void> set_fields(std::span<const Field<PersonSettings>>, PersonSettings&, const Json&,
                                 std::initializer_list<std::string_view>);
template void show_fields(std::span<const Field<Destination>>, const Destination&, Json&);
template void show_fields(std::span<const Field<AccessList>>, const AccessList&, Json&);
template void show_fields(std::span<const Field<PersonSettings>>, const PersonSettings&, Json&);

std::optional<milliseconds> read_time(std::string_view text) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, std::chars_format::fixed);
  const auto unit = text.substr(static_cast<size_t>(end - text.data()));
  if (error != std::errc() || !(value >= 0) || value > 1e9) return std::nullopt;
  const double factor = unit == "ms" ? 1 : unit.empty() || unit == "s" ? 1000 : unit == "m" ? 60'000 : -1;
  if (factor < 0) return std::nullopt;
  return milliseconds(std::llround(value * factor));
}

std::string say_time(milliseconds time) { return fmt::format("{:g} s", static_cast<double>(time.count()) / 1000); }

std::optional<std::pair<std::string, std::string>> split_id(std::string_view id) {
  const size_t slash = id.find('/');
  if (slash == std::string_view::npos || slash == 0 || slash > 128 || !is_row_name(id.substr(slash + 1))) return std::nullopt;
  return std::pair(std::string(id.substr(0, slash)), std::string(id.substr(slash + 1)));
}

bool is_row_name(std::string_view name) {
  return !name.empty() && name.size() <= 40 &&
         std::all_of(name.begin(), name.end(), [](unsigned char c) { return std::isalnum(c) != 0 || c == '-' || c == '_' || c == '.'; });
}

}  // namespace tandem
