// The changes that MobileService takes: each is looked at, written, and then in force.
#include <fmt/format.h>

#include "rows.h"
#include "service.h"
#include "tandem/log.h"

namespace tandem {
namespace {

constexpr Log kLog("mobile");

Error no_destination(const std::string& id) {
  return {ErrorCode::not_found, fmt::format("there is no destination \"{}\"", id.substr(0, 100))};
}
Error no_list(const std::string& name) {
  return {ErrorCode::not_found, fmt::format("there is no access list \"{}\"", name.substr(0, 100))};
}
Error declared(const std::string& what) {
  return {ErrorCode::forbidden, fmt::format("{} is declared in mobileconnect.ini: change it there", what)};
}

/// Everything but `ring` as it was.
bool only_switched(const Destination& before, Destination after) {
  after.ring = before.ring;
  Json was = Json::object(), is = Json::object();
  show_fields(destination_fields(), before, was);
  show_fields(destination_fields(), after, is);
  return was == is;
}

}  // namespace

void MobileService::create(Destination row, Done done) {
  auto made = std::make_shared<Destination>(std::move(row));
  queue({.look = [this, made]() -> Result<void> {
           if (!is_row_name(made->name)) return Error{ErrorCode::invalid, "a destination's name is 1 to 40 letters, digits, -, _ and ."};
           if (book_->find(made->user, made->name) != nullptr)
             return Error{ErrorCode::exists, fmt::format("there is a destination \"{}\" already", made->id())};
           return checks().destination(*made);
         },
         .write = [made](SQLite::Database& db) -> Result<void> {
           write_row(db, *made);
           return {};
         },
         .apply =
             [this, made] {
               kLog.line(LogLevel::notice, "{} is a new destination", made->id());
               book_->put(*made);
             },
         .done = std::move(done)});
}

void MobileService::edit(std::string id, Edit<Destination> edit, Done done) {
  auto after = std::make_shared<Destination>();
  queue({.look = [this, id, edit = std::move(edit), after]() -> Result<void> {
           const auto* const before = book_->find(id);
           if (before == nullptr) return no_destination(id);
           *after = *before;
           if (auto edited = edit(*after); !edited) return edited;
           if (before->owner == RowOwner::ini) return only_switched(*before, *after) ? Result<void>() : declared(id);
           return checks().destination(*after);
         },
         .write = [after](SQLite::Database& db) -> Result<void> {
           if (after->owner == RowOwner::ini) {
             write_switch(db, after->id(), after->ring);
           } else {
             write_row(db, *after);
           }
           return {};
         },
         .apply = [this, after] { book_->put(*after); },
         .done = std::move(done)});
}

void MobileService::remove(std::string id, Done done) {
  const auto halves = split_id(id).value_or(std::pair<std::string, std::string>());
  queue({.look = [this, id]() -> Result<void> {
           const auto* const row = book_->find(id);
           if (row == nullptr) return no_destination(id);
           return row->owner == RowOwner::ini ? declared(id) : Result<void>();
         },
         .write = [halves](SQLite::Database& db) -> Result<void> {
           erase_destination(db, halves.first, halves.second);
           return {};
         },
         .apply =
             [this, id, halves] {
               kLog.line(LogLevel::notice, "the destination {} is gone", id);
               book_->remove(halves.first, halves.second);
             },
         .done = std::move(done)});
}

void MobileService::create(AccessList row, Done done) {
  auto made = std::make_shared<AccessList>(std::move(row));
  queue({.look = [this, made]() -> Result<void> {
           if (book_->list(made->name) != nullptr)
             return Error{ErrorCode::exists, fmt::format("there is an access list \"{}\" already", made->name)};
           return checks().list(*made);
         },
         .write = [made](SQLite::Database& db) -> Result<void> {
           write_row(db, *made);
           return {};
         },
         .apply = [this, made] { book_->put(*made); },
         .done = std::move(done)});
}

void MobileService::edit_list(std::string name, Edit<AccessList> edit, Done done) {
  auto after = std::make_shared<AccessList>();
  queue({.look = [this, name, edit = std::move(edit), after]() -> Result<void> {
           const auto* const before = book_->list(name);
           if (before == nullptr) return no_list(name);
           if (before->owner == RowOwner::ini) return declared(name);
           *after = *before;
           if (auto edited = edit(*after); !edited) return edited;
           return checks().list(*after);
         },
         .write = [after](SQLite::Database& db) -> Result<void> {
           write_row(db, *after);
           return {};
         },
         .apply = [this, after] { book_->put(*after); },
         .done = std::move(done)});
}

void MobileService::remove_list(std::string name, Done done) {
  queue({.look = [this, name]() -> Result<void> {
           const auto* const row = book_->list(name);
           if (row == nullptr) return no_list(name);
           if (row->owner == RowOwner::ini) return declared(name);
           if (const auto* const uses = book_->user_of_list(name))
             return Error{ErrorCode::busy, fmt::format("{} uses the access list \"{}\"", uses->id(), name)};
           return {};
         },
         .write = [name](SQLite::Database& db) -> Result<void> {
           erase_list(db, name);
           return {};
         },
         .apply = [this, name] { book_->remove_list(name); },
         .done = std::move(done)});
}

void MobileService::edit_person(std::string user, Edit<PersonSettings> edit, Done done) {
  auto after = std::make_shared<PersonSettings>();
  queue({.look = [this, user, edit = std::move(edit), after]() -> Result<void> {
           if (parts_.directory.user(user) == nullptr)
             return Error{ErrorCode::not_found, fmt::format("there is no user \"{}\"", user.substr(0, 100))};
           const auto* const person = book_->person(user);
           if (person != nullptr) *after = person->own;
           return edit(*after);
         },
         .write = [user, after](SQLite::Database& db) -> Result<void> {
           write_row(db, user, *after);
           return {};
         },
         .apply =
             [this, user, after] {
               kLog.line(LogLevel::notice, "settings of {} have changed", user);
               book_->set(user, *after);
             },
         .done = std::move(done)});
}

}  // namespace tandem
