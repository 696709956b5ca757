#include "store/connection.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sqlite3.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace tandem {
namespace {

/// Another process (an admin's sqlite3, a backup) may hold the write lock for so long before a change fails.
constexpr int kWriterPatienceMs = 5000;

/// SQLite would make it readable for everybody, and it holds SIP passwords. The -wal and -shm files take over the mode.
Result<void> make_private_file(const std::string& path) {
  const int fd = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (fd < 0) return Error{ErrorCode::io, fmt::format("{}: {}", path, std::strerror(errno))};
  ::close(fd);
  return {};
}

Result<void> set_up_writer(SQLite::Database& db, const std::string& path, Durability durability) {
  const std::string mode = db.execAndGet("PRAGMA journal_mode = WAL").getString();
  if (mode != "wal") return Error{ErrorCode::io, fmt::format("{}: no WAL on this file system (journal mode stays '{}')", path, mode)};
  db.exec(durability == Durability::full ? "PRAGMA synchronous = FULL" : "PRAGMA synchronous = NORMAL");
  db.exec("PRAGMA foreign_keys = ON");
  // Savepoints keep their undo pages in memory, never in a file in /tmp.
  db.exec("PRAGMA temp_store = MEMORY");
  db.exec("PRAGMA journal_size_limit = 67108864");
  return {};
}

void apply(SQLite::Database& db, const std::string& step, size_t version) {
  SQLite::Transaction transaction(db, SQLite::TransactionBehavior::IMMEDIATE);
  db.exec(step);
  db.exec(fmt::format("PRAGMA user_version = {}", version));
  transaction.commit();
}

}  // namespace

Error database_error(const std::string& path, const std::exception& error) {
  std::string_view advice;
  if (const auto* sqlite = dynamic_cast<const SQLite::Exception*>(&error)) {
    const int code = sqlite->getErrorCode() & 0xff;
    if (code == SQLITE_NOTADB || code == SQLITE_CORRUPT) advice = ": the file is damaged, move it away or bring back a copy";
    if (code == SQLITE_BUSY) advice = ": another program holds it";
  }
  return {ErrorCode::io, fmt::format("{}: {}{}", path, error.what(), advice)};
}

Result<std::unique_ptr<SQLite::Database>> open_writer(const std::string& path, Durability durability) {
  if (auto made = make_private_file(path); !made) return made.error();
  try {
    auto db = std::make_unique<SQLite::Database>(path, SQLite::OPEN_READWRITE | SQLite::OPEN_NOMUTEX, kWriterPatienceMs);
    // SQLite falls back to reading alone in silence.
    if (sqlite3_db_readonly(db->getHandle(), "main") != 0) return Error{ErrorCode::io, fmt::format("{}: cannot be written", path)};
    if (auto ready = set_up_writer(*db, path, durability); !ready) return ready.error();
    return db;
  } catch (const std::exception& error) {
    return database_error(path, error);
  }
}

Result<std::unique_ptr<SQLite::Database>> open_reader(const std::string& path, std::chrono::milliseconds patience) {
  try {
    // Opened for writing all the same: a WAL reader takes part in the shared index file.
    auto db = std::make_unique<SQLite::Database>(path, SQLite::OPEN_READWRITE | SQLite::OPEN_NOMUTEX, static_cast<int>(patience.count()));
    db->exec("PRAGMA query_only = ON");
    return db;
  } catch (const std::exception& error) {
    return database_error(path, error);
  }
}

Result<void> migrate(SQLite::Database& db, const std::string& path, const Migrations& migrations) {
  size_t version = 0;
  try {
    version = static_cast<size_t>(db.execAndGet("PRAGMA user_version").getInt64());
    if (version > migrations.size()) {
      return Error{ErrorCode::unavailable, fmt::format("{}: schema {} was made by a newer Tandem, this one knows {}: run the newer one or "
                                                       "bring back the copy from before it",
                                                       path, version, migrations.size())};
    }
    for (; version < migrations.size(); ++version) apply(db, migrations[version], version + 1);
    return {};
  } catch (const std::exception& error) {
    Error failed = database_error(path, error);
    if (version < migrations.size()) failed.message += fmt::format(" (while the schema went from {} to {})", version, version + 1);
    return failed;
  }
}

}  // namespace tandem
