#include "store/directory_tables.h"

#include <fmt/format.h>

#include <algorithm>

#include "store/number_kind.h"

namespace tandem {

const Table<User> kUsers{
    {"user", "users", {{"id", "id"}, {"name", "name"}, {"extension", "extension"}, {"calling_class", "calling_class"}, {"did", "did"}}},
    [](SQLite::Statement& s, const User& u) {
      s.bindNoCopy(1, u.id), s.bindNoCopy(2, u.name), s.bindNoCopy(3, u.extension);
      s.bindNoCopy(4, u.calling_class), s.bindNoCopy(5, u.did);
    },
    [](const User& u) -> const std::string& { return u.id; }};

const Table<Profile> kProfiles{
    {"profile", "profiles", {{"id", "id"}, {"user", "user"}, {"model", "model"}}},
    [](SQLite::Statement& s, const Profile& p) { s.bindNoCopy(1, p.id), s.bindNoCopy(2, p.user), s.bindNoCopy(3, p.model); },
    [](const Profile& p) -> const std::string& { return p.id; }};

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
                               {"behind_nat", "behind_nat", true}}},
                             [](SQLite::Statement& s, const Device& d) {
                               s.bindNoCopy(1, d.name), s.bindNoCopy(2, d.model), s.bindNoCopy(3, d.vendor), s.bindNoCopy(4, d.site);
                               s.bindNoCopy(5, d.secret), s.bindNoCopy(6, d.owner), s.bindNoCopy(7, d.extension), s.bindNoCopy(8, d.label);
                               s.bind(9, d.extension_mobility ? 1 : 0), s.bind(10, d.behind_nat ? 1 : 0);
                             },
                             [](const Device& d) -> const std::string& { return d.name; }};

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

std::string TableShape::mark_list() const {
  std::string list;
  for (size_t i = 1; i <= columns.size(); ++i) list += fmt::format("{}?{}", list.empty() ? "" : ", ", i);
  return list;
}

bool TableShape::has(std::string_view key) const {
  return std::any_of(columns.begin(), columns.end(), [key](const Column& column) { return column.key == key; });
}

}  // namespace tandem
