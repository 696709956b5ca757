#include "store/directory_tables.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "store/number_kind.h"

namespace tandem {

namespace {

std::string text(SQLite::Statement& row, int column) { return row.getColumn(column).getString(); }
bool flag(SQLite::Statement& row, int column) { return row.getColumn(column).getInt() != 0; }

/// Lists are kept as they are written in ini files.
std::vector<std::string> list(SQLite::Statement& row, int column) { return list_from(text(row, column)); }

}  // namespace

std::string list_text(const std::vector<std::string>& items) { return fmt::format("{}", fmt::join(items, ", ")); }

std::vector<std::string> list_from(std::string_view text) {
  std::vector<std::string> items;
  while (!text.empty()) {
    const auto comma = text.find(',');
    auto item = text.substr(0, comma);
    text = comma == std::string_view::npos ? std::string_view() : text.substr(comma + 1);
    const auto first = item.find_first_not_of(' ');
    if (first == std::string_view::npos) continue;
    item = item.substr(first, item.find_last_not_of(' ') - first + 1);
    items.emplace_back(item);
  }
  return items;
}

const Table<User> kUsers{{"user",
                          "users",
                          {{"id", "id"},
                           {"name", "name"},
                           {"extension", "extension"},
                           {"calling_class", "calling_class"},
                           {"did", "did"},
                           {"badge", "badge"},
                           {"home_site", "home_site"},
                           {"max_login_time", "max_login_time"},
                           {"multiple_login", "multiple_login"},
                           {"default_profile", "default_profile"},
                           {"second_factor", "second_factor", true},
                           {"mailbox", "mailbox", true},
                           {"email", "email"}}},
                         [](SQLite::Statement& s, const User& u) {
                           s.bindNoCopy(1, u.id), s.bindNoCopy(2, u.name), s.bindNoCopy(3, u.extension);
                           s.bindNoCopy(4, u.calling_class), s.bindNoCopy(5, u.did), s.bindNoCopy(6, u.badge);
                           s.bindNoCopy(7, u.home_site), s.bindNoCopy(8, u.max_login_time), s.bindNoCopy(9, u.multiple_login);
                           s.bindNoCopy(10, u.default_profile), s.bind(11, u.second_factor ? 1 : 0);
                           s.bind(12, u.mailbox ? 1 : 0), s.bindNoCopy(13, u.email);
                         },
                         [](const User& u) -> const std::string& { return u.id; },
                         [](SQLite::Statement& row) {
                           return User{.id = text(row, 0),
                                       .name = text(row, 1),
                                       .extension = text(row, 2),
                                       .calling_class = text(row, 3),
                                       .did = text(row, 4),
                                       .badge = text(row, 5),
                                       .home_site = text(row, 6),
                                       .max_login_time = text(row, 7),
                                       .multiple_login = text(row, 8),
                                       .default_profile = text(row, 9),
                                       .second_factor = flag(row, 10),
                                       .mailbox = flag(row, 11),
                                       .email = text(row, 12)};
                         }};

const Table<Profile> kProfiles{{"profile",
                                "profiles",
                                {{"id", "id"},
                                 {"user", "user"},
                                 {"model", "model"},
                                 {"lines", "lines"},
                                 {"speed_dials", "speed_dials"},
                                 {"services", "services"},
                                 {"locale", "locale"},
                                 {"ring", "ring"},
                                 {"button_template", "button_template"},
                                 {"softkey_template", "softkey_template"},
                                 {"music", "music"},
                                 {"calling_class", "calling_class"},
                                 {"dnd", "dnd", true}}},
                               [](SQLite::Statement& s, const Profile& p) {
                                 s.bindNoCopy(1, p.id), s.bindNoCopy(2, p.user), s.bindNoCopy(3, p.model);
                                 s.bind(4, list_text(p.lines)), s.bind(5, list_text(p.speed_dials)), s.bind(6, list_text(p.services));
                                 s.bindNoCopy(7, p.locale), s.bindNoCopy(8, p.ring), s.bindNoCopy(9, p.button_template);
                                 s.bindNoCopy(10, p.softkey_template), s.bindNoCopy(11, p.music), s.bindNoCopy(12, p.calling_class);
                                 s.bind(13, p.dnd ? 1 : 0);
                               },
                               [](const Profile& p) -> const std::string& { return p.id; },
                               [](SQLite::Statement& row) {
                                 return Profile{.id = text(row, 0),
                                                .user = text(row, 1),
                                                .model = text(row, 2),
                                                .lines = list(row, 3),
                                                .speed_dials = list(row, 4),
                                                .services = list(row, 5),
                                                .locale = text(row, 6),
                                                .ring = text(row, 7),
                                                .button_template = text(row, 8),
                                                .softkey_template = text(row, 9),
                                                .music = text(row, 10),
                                                .calling_class = text(row, 11),
                                                .dnd = flag(row, 12)};
                               }};

const Table<Site> kSites{
    {"site", "sites", {{"id", "id"}, {"location", "location"}, {"emergency_callback", "emergency_callback"}, {"time_zone", "time_zone"}}},
    [](SQLite::Statement& s, const Site& x) {
      s.bindNoCopy(1, x.id), s.bindNoCopy(2, x.location), s.bindNoCopy(3, x.emergency_callback), s.bindNoCopy(4, x.time_zone);
    },
    [](const Site& x) -> const std::string& { return x.id; }};

const Table<Device> kDevices{{"device",
                              "devices",
                              {{"name", "id"},
                               {"model", "model"},
                               {"vendor", "vendor"},
                               {"site", "site"},
                               {"secret", "secret"},
                               {"user", "owner"},
                               {"extension", "extension"},
                               {"label", "label"},
                               {"extension_mobility", "extension_mobility", true},
                               {"behind_nat", "behind_nat", true},
                               {"logout_profile", "logout_profile"},
                               {"take_over", "take_over", true}}},
                             [](SQLite::Statement& s, const Device& d) {
                               s.bindNoCopy(1, d.name), s.bindNoCopy(2, d.model), s.bindNoCopy(3, d.vendor), s.bindNoCopy(4, d.site);
                               s.bindNoCopy(5, d.secret), s.bindNoCopy(6, d.owner), s.bindNoCopy(7, d.extension), s.bindNoCopy(8, d.label);
                               s.bind(9, d.extension_mobility ? 1 : 0), s.bind(10, d.behind_nat ? 1 : 0);
                               s.bindNoCopy(11, d.logout_profile), s.bind(12, d.take_over ? 1 : 0);
                             },
                             [](const Device& d) -> const std::string& { return d.name; },
                             [](SQLite::Statement& row) {
                               return Device{.name = text(row, 0),
                                             .model = text(row, 1),
                                             .vendor = text(row, 2),
                                             .site = text(row, 3),
                                             .secret = text(row, 4),
                                             .owner = text(row, 5),
                                             .extension = text(row, 6),
                                             .label = text(row, 7),
                                             .extension_mobility = flag(row, 8),
                                             .behind_nat = flag(row, 9),
                                             .logout_profile = text(row, 10),
                                             .take_over = flag(row, 11)};
                             }};

const Table<Service> kServices{{"service", "services", {{"name", "id"}, {"number", "number"}}},
                               [](SQLite::Statement& s, const Service& x) { s.bindNoCopy(1, x.name), s.bindNoCopy(2, x.number); },
                               [](const Service& x) -> const std::string& { return x.name; }};

const Table<Number> kNumbers{
    {"number", "numbers", {{"digits", "id"}, {"kind", "kind"}, {"target", "target"}}},
    [](SQLite::Statement& s, const Number& n) { s.bindNoCopy(1, n.digits), s.bind(2, kind_name(n.kind)), s.bindNoCopy(3, n.owner); },
    [](const Number& n) -> const std::string& { return n.digits; }};

const std::vector<const TableShape*>& directory_tables() {
  static const std::vector<const TableShape*> tables{&kSites, &kUsers, &kProfiles, &kDevices, &kServices};
  return tables;
}

std::string TableShape::column_list() const {
  std::string list;
  for (const auto& column : columns) list += fmt::format("{}{}", list.empty() ? "" : ", ", column.name);
  return list;
}

std::string TableShape::select() const { return fmt::format("SELECT {} FROM {}", column_list(), name); }

std::string TableShape::mark_list() const {
  std::string list;
  for (size_t i = 1; i <= columns.size(); ++i) list += fmt::format("{}?{}", list.empty() ? "" : ", ", i);
  return list;
}

bool TableShape::has(std::string_view key) const {
  return std::any_of(columns.begin(), columns.end(), [key](const Column& column) { return column.key == key; });
}

}  // namespace tandem
