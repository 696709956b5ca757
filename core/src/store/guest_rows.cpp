// Guests: users with rows of their own in directory.db, which the ini file and imports do not touch. The rest of DirectoryStore.
#include <fmt/format.h>

#include "store/directory_facts.h"
#include "store/directory_store.h"
#include "store/directory_tables.h"

namespace tandem {
namespace {

constexpr const char* kGuest = "guest";

Result<void> claim(SQLite::Database& db, const std::string& digits, const std::string& user) {
  if (digits.empty()) return {};
  SQLite::Statement row(db, "INSERT INTO numbers VALUES (?, 'user', ?, ?, 1) ON CONFLICT DO NOTHING");
  row.bindNoCopy(1, digits), row.bindNoCopy(2, user), row.bind(3, kGuest);
  if (row.exec() == 1) return {};
  return Error{ErrorCode::exists, fmt::format("the number {} is taken", digits)};
}

}  // namespace

void DirectoryStore::add(User user, Done done) {
  change_guests(
      [user = std::move(user)](SQLite::Database& db) -> Result<void> {
        SQLite::Statement row(db, fmt::format("INSERT INTO users({}, owner, version) VALUES ({}, '{}', 1) ON CONFLICT DO NOTHING",
                                              kUsers.column_list(), kUsers.mark_list(), kGuest));
        kUsers.bind(row, user);
        if (row.exec() == 0) return Error{ErrorCode::exists, fmt::format("there is a user {} already", user.id)};
        if (auto claimed = claim(db, user.extension, user.id); !claimed) return claimed;
        return claim(db, user.did, user.id);
      },
      std::move(done));
}

void DirectoryStore::remove(std::string user, Done done) {
  change_guests(
      [user = std::move(user)](SQLite::Database& db) -> Result<void> {
        SQLite::Statement row(db, "DELETE FROM users WHERE id = ? AND owner = ?");
        row.bindNoCopy(1, user), row.bind(2, kGuest);
        if (row.exec() == 0) return Error{ErrorCode::not_found, fmt::format("there is no guest {}", user)};
        SQLite::Statement numbers(db, "DELETE FROM numbers WHERE kind = 'user' AND target = ? AND owner = ?");
        numbers.bindNoCopy(1, user), numbers.bind(2, kGuest);
        numbers.exec();
        return {};
      },
      std::move(done));
}

void DirectoryStore::change_guests(UniqueFunction<Result<void>(SQLite::Database&)> change, Done done) {
  auto now = std::make_shared<Counts>();
  const uint64_t answer = guest_answers_.keep(std::move(done));
  auto run = [change = std::move(change), now](SQLite::Database& db) mutable -> Result<void> {
    if (auto changed = change(db); !changed) return changed;
    *now = count_rows(db);
    return {};
  };
  auto told = [this, now, answer](Result<void> written) {
    if (written) changed(*now);
    guest_answers_.tell(answer, std::move(written));
  };
  if (auto queued = database_->write(std::move(run), std::move(told), Share::new_work); !queued)
    guest_answers_.tell(answer, queued.error());
}

}  // namespace tandem
