#include "rows.h"

#include <SQLiteCpp/SQLiteCpp.h>
#include <fmt/format.h>

namespace tandem {
namespace {

/// What differs from a fresh row.
template <class Row>
std::string settings_of(std::span<const Field<Row>> fields, const Row& row) {
  Json all = Json::object(), fresh = Json::object();
  show_fields(fields, row, all);
  show_fields(fields, Row{}, fresh);
  Json differs = Json::object();
  for (const auto& item : all.items()) {
    if (item.value() != fresh[item.key()]) differs[item.key()] = item.value();
  }
  return differs.dump(-1, ' ', false, Json::error_handler_t::replace);  // what an administrator types need not be UTF-8
}

template <class Row>
Result<void> take_settings(std::span<const Field<Row>> fields, Row& row, const std::string& text) {
  const auto json = Json::parse(text, nullptr, false);
  if (!json.is_object()) return Error{ErrorCode::invalid, "its settings are no JSON object"};
  return set_fields(fields, row, json, {});
}

void read_destinations(SQLite::Database& db, StoredRows& rows) {
  SQLite::Statement query(db, "SELECT user, name, settings, owner FROM destinations");
  while (query.executeStep()) {
    Destination row;
    row.user = query.getColumn(0).getString();
    row.name = query.getColumn(1).getString();
    row.owner = query.getColumn(3).getString() == "guest" ? RowOwner::guest : RowOwner::local;
    if (auto taken = take_settings(destination_fields(), row, query.getColumn(2).getString())) {
      rows.destinations.push_back(std::move(row));
    } else {
      rows.unreadable.push_back(fmt::format("destination {}: {}", row.id(), taken.error().message));
    }
  }
}

void read_lists(SQLite::Database& db, StoredRows& rows) {
  SQLite::Statement query(db, "SELECT name, settings FROM lists");
  while (query.executeStep()) {
    AccessList row;
    row.name = query.getColumn(0).getString();
    if (auto taken = take_settings(list_fields(), row, query.getColumn(1).getString())) {
      rows.lists.push_back(std::move(row));
    } else {
      rows.unreadable.push_back(fmt::format("list {}: {}", row.name, taken.error().message));
    }
  }
}

void read_people(SQLite::Database& db, StoredRows& rows) {
  SQLite::Statement query(db, "SELECT user, settings FROM people");
  while (query.executeStep()) {
    PersonSettings row;
    const auto user = query.getColumn(0).getString();
    if (auto taken = take_settings(person_fields(), row, query.getColumn(1).getString())) {
      rows.people.emplace(user, row);
    } else {
      rows.unreadable.push_back(fmt::format("settings of {}: {}", user, taken.error().message));
    }
  }
}

void erase(SQLite::Database& db, const char* sql, const std::string& one, const std::string& two = {}) {
  SQLite::Statement gone(db, sql);
  gone.bindNoCopy(1, one);
  if (!two.empty()) gone.bindNoCopy(2, two);
  gone.exec();
}

}  // namespace

const Migrations& mobile_migrations() {
  // `settings`: a JSON object of what differs from a fresh row, so that a further setting needs no further column.
  static const Migrations steps = {R"sql(
CREATE TABLE destinations(
  user TEXT NOT NULL, name TEXT NOT NULL, settings TEXT NOT NULL, owner TEXT NOT NULL, version INTEGER NOT NULL,
  PRIMARY KEY(user, name)) WITHOUT ROWID;
CREATE TABLE lists(
  name TEXT PRIMARY KEY, settings TEXT NOT NULL, owner TEXT NOT NULL, version INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE people(
  user TEXT PRIMARY KEY, settings TEXT NOT NULL, owner TEXT NOT NULL, version INTEGER NOT NULL) WITHOUT ROWID;
-- Destinations of the ini file that their owners have switched.
CREATE TABLE switches(
  id TEXT PRIMARY KEY, ring INTEGER NOT NULL, owner TEXT NOT NULL, version INTEGER NOT NULL) WITHOUT ROWID;
)sql"};
  return steps;
}

Result<StoredRows> read_rows(SQLite::Database& db) {
  StoredRows rows;
  try {
    read_destinations(db, rows);
    read_lists(db, rows);
    read_people(db, rows);
    SQLite::Statement switches(db, "SELECT id, ring FROM switches");
    while (switches.executeStep()) rows.switches.emplace(switches.getColumn(0).getString(), switches.getColumn(1).getInt() != 0);
  } catch (const std::exception& error) {
    return Error{ErrorCode::io, fmt::format("mobileconnect.db cannot be read: {}", error.what())};
  }
  return rows;
}

void write_row(SQLite::Database& db, const Destination& row) {
  SQLite::Statement put(db,
                        "INSERT INTO destinations VALUES (?, ?, ?3, ?4, 1) "
                        "ON CONFLICT(user, name) DO UPDATE SET settings = ?3, owner = ?4, version = version + 1");
  put.bindNoCopy(1, row.user), put.bindNoCopy(2, row.name);
  put.bind(3, settings_of(destination_fields(), row)), put.bind(4, std::string(to_string(row.owner)));
  put.exec();
}

void write_row(SQLite::Database& db, const AccessList& row) {
  SQLite::Statement put(
      db, "INSERT INTO lists VALUES (?, ?2, 'local', 1) ON CONFLICT(name) DO UPDATE SET settings = ?2, version = version + 1");
  put.bindNoCopy(1, row.name), put.bind(2, settings_of(list_fields(), row));
  put.exec();
}

void write_row(SQLite::Database& db, const std::string& user, const PersonSettings& row) {
  if (row.empty()) return erase(db, "DELETE FROM people WHERE user = ?", user);
  SQLite::Statement put(
      db, "INSERT INTO people VALUES (?, ?2, 'local', 1) ON CONFLICT(user) DO UPDATE SET settings = ?2, version = version + 1");
  put.bindNoCopy(1, user), put.bind(2, settings_of(person_fields(), row));
  put.exec();
}

void write_switch(SQLite::Database& db, const std::string& id, bool ring) {
  SQLite::Statement put(db,
                        "INSERT INTO switches VALUES (?, ?2, 'local', 1) ON CONFLICT(id) DO UPDATE SET ring = ?2, version = version + 1");
  put.bindNoCopy(1, id), put.bind(2, ring ? 1 : 0);
  put.exec();
}

void erase_destination(SQLite::Database& db, const std::string& user, const std::string& name) {
  erase(db, "DELETE FROM destinations WHERE user = ? AND name = ?", user, name);
}

void erase_list(SQLite::Database& db, const std::string& name) { erase(db, "DELETE FROM lists WHERE name = ?", name); }

}  // namespace tandem
