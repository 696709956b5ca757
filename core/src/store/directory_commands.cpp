#include "store/directory_commands.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <map>
#include <memory>
#include <utility>

#include "store/number_kind.h"

namespace tandem {
namespace {

/// More rows than anybody reads; each costs about a kilobyte until it is printed.
constexpr int kMostRows = 10000;

/// Secrets are in no list.
struct List {
  const char* table;
  const char* key;
  std::vector<const char*> columns;
};
const std::map<std::string_view, List> kLists = {
    {"users", {"users", "id", {"id", "name", "extension", "calling_class", "did", "owner AS declared_in"}}},
    {"devices",
     {"devices",
      "name",
      {"name", "model", "vendor", "site", "user AS owner", "extension", "label", "extension_mobility", "owner AS declared_in"}}},
    {"profiles", {"profiles", "id", {"id", "user", "model", "owner AS declared_in"}}},
    {"numbers", {"numbers", "digits", {"digits", "kind", "target", "owner AS declared_in"}}}};

Result<void> read_rows(SQLite::Database& db, const List& list, const std::string& beginning, Json& rows) {
  SQLite::Statement query(db, fmt::format("SELECT {0} FROM {1} WHERE substr({2}, 1, length(?1)) = ?1 ORDER BY {2} LIMIT {3}",
                                          fmt::join(list.columns, ", "), list.table, list.key, kMostRows + 1));
  query.bind(1, beginning);
  while (query.executeStep()) {
    if (rows.size() == kMostRows) {
      return Error{ErrorCode::exhausted, fmt::format("more than {} {}: add how their names begin", kMostRows, list.table)};
    }
    Json row = Json::object();
    for (int i = 0; i < query.getColumnCount(); ++i) {
      const std::string name = query.getColumnName(i);
      const auto column = query.getColumn(i);
      row[name] = name == "extension_mobility" ? Json(column.getInt() != 0) : Json(column.getString());
    }
    rows.push_back(std::move(row));
  }
  return {};
}

void show_list(DirectoryStore& directory, const List& list, const std::string& beginning, ConsoleReply reply) {
  // Shared by the query on its thread and the answer on ours, one after the other.
  auto rows = std::make_shared<Json>(Json::array());
  auto answer = std::make_shared<ConsoleReply>(std::move(reply));
  auto query = [rows, &list, beginning](SQLite::Database& db) { return read_rows(db, list, beginning, *rows); };
  auto done = [rows, answer](Result<void> result) {
    if (!result) return (*answer)(result.error());
    (*answer)(std::move(*rows));
  };
  if (auto asked = directory.database().read(std::move(query), std::move(done)); !asked) (*answer)(asked.error());
}

void show(DirectoryStore& directory, const std::vector<std::string>& args, ConsoleReply reply) {
  if (args.empty()) {
    const auto counts = directory.counts();
    return reply(Json{{"users", counts.users},
                      {"devices", counts.devices},
                      {"profiles", counts.profiles},
                      {"numbers", counts.numbers},
                      {"sample_secret_in_force", directory.sample_secret_in_force()}});
  }
  const auto list = kLists.find(args[0]);
  if (list == kLists.end() || args.size() > 2) {
    return reply(Error{ErrorCode::invalid, "directory show [users|devices|numbers|profiles [BEGINNING]]"});
  }
  show_list(directory, list->second, args.size() == 2 ? args[1] : std::string(), std::move(reply));
}

Json explain_user(DirectoryStore& directory, const User& user) {
  const auto devices = directory.devices_of(user.id);
  Json steps = Json::array();
  steps.push_back(fmt::format("{} is the user {} with extension {}", user.id, user.name, user.extension));
  if (devices.empty()) {
    steps.push_back(fmt::format("{} is at no device: no phone is owned by {}", user.id, user.id));
  } else {
    steps.push_back(fmt::format("{} rings at {}: owned", user.extension, fmt::join(devices, ", ")));
  }
  return {
      {"user", user.id},    {"name", user.name}, {"extension", user.extension}, {"did", user.did}, {"calling_class", user.calling_class},
      {"devices", devices}, {"why", steps}};
}

Json explain_device(DirectoryStore& directory, const Device& device) {
  const Occupant occupant = directory.occupant(device);
  Json steps = Json::array();
  steps.push_back(fmt::format("{} is a {} ({}) at site {}", device.name, device.model, device.vendor, device.site));
  if (occupant.user) {
    steps.push_back(fmt::format("owned by {}: it carries {}'s lines without any login", occupant.user->id, occupant.user->name));
  } else if (!device.owner.empty()) {
    steps.push_back(fmt::format("its owner {} is no user any more: it is neutral", device.owner));
  } else {
    steps.push_back("nobody owns it and nobody is logged in: it is neutral");
  }
  return {{"device", device.name},
          {"model", device.model},
          {"site", device.site},
          {"user", occupant.user ? Json(occupant.user->id) : Json()},
          {"number", occupant.number},
          {"name", occupant.name},
          {"calling_class", occupant.calling_class},
          {"why", steps}};
}

Json explain_number(DirectoryStore& directory, const Number& number) {
  Json about = Json::object();
  if (number.kind == Number::Kind::user) {
    if (const auto user = directory.user(number.owner)) about = explain_user(directory, *user);
  } else if (number.kind == Number::Kind::device) {
    if (const auto device = directory.device(number.owner)) about = explain_device(directory, *device);
  }
  Json steps = Json::array({fmt::format("{} is the {} {}", number.digits, kind_name(number.kind), number.owner)});
  if (about.contains("why")) {
    for (auto& step : about["why"]) steps.push_back(std::move(step));
  }
  Json answer{{"number", number.digits}, {"kind", kind_name(number.kind)}, {"target", number.owner}};
  if (about.contains("devices")) answer["devices"] = about["devices"];
  answer["why"] = std::move(steps);
  return answer;
}

Result<Json> explain(DirectoryStore& directory, const std::string& word) {
  if (const auto number = directory.number(word)) return explain_number(directory, *number);
  if (const auto device = directory.device(word)) return explain_device(directory, *device);
  if (const auto user = directory.user(word)) return explain_user(directory, *user);
  return Error{ErrorCode::not_found, fmt::format("no number, device or user is called \"{}\"", word)};
}

}  // namespace

std::vector<Registration> register_directory_commands(Console& console, DirectoryStore& directory) {
  std::vector<Registration> kept;
  const auto add = [&](ConsoleCommand command) {
    if (auto added = console.add(std::move(command))) kept.push_back(std::move(*added));
  };
  add({"directory show", "[users|devices|numbers|profiles [BEGINNING]]", "What the directory holds; secrets are never shown.",
       [&directory](const std::vector<std::string>& args, ConsoleReply reply) { show(directory, args, std::move(reply)); }});
  add({"directory explain", "DEVICE|NUMBER|USER", "Who is at a device or where a number leads, and why.",
       [&directory](const std::vector<std::string>& args, ConsoleReply reply) {
         if (args.size() != 1) return reply(Error{ErrorCode::invalid, "directory explain DEVICE|NUMBER|USER"});
         reply(explain(directory, args[0]));
       }});
  add({"directory reload", "", "Reads directory.ini and the secrets anew; on an error everything stays as it was.",
       [&directory](const std::vector<std::string>&, ConsoleReply reply) {
         directory.reload([to = std::move(reply)](Result<std::string> reloaded) mutable {
           if (!reloaded) return to(reloaded.error());
           to(Json(std::move(*reloaded)));
         });
       }});
  return kept;
}

}  // namespace tandem
