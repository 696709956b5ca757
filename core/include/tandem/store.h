// Store: the SQLite files of the state folder. Each has one writer thread that commits what gathered while it last committed.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "tandem/function.h"
#include "tandem/loop.h"
#include "tandem/result.h"

namespace SQLite {
class Database;
}

namespace tandem {

/// How much a power cut may take. A killed process loses nothing that was acknowledged, in either mode.
enum class Durability { full, normal };

/// Step N of a schema (1, 2, ...), applied once, in order, each in a transaction with the new user_version. Never edited after a release.
using Migrations = std::vector<std::string>;

/// One database file. Destroying it writes what is queued, then closes; a `done` that has not run by then never will. Functions on the
/// switch thread.
class Database {
 public:
  virtual ~Database() = default;

  /// Queue `change` for the writer thread; `done` runs on the switch thread after the commit that made it durable (or with the error; the
  /// change is then undone alone, its neighbours stand; when the disk itself fails, each that was lost with it is told). `change` may throw
  /// SQLite::Exception, which becomes an io error. exhausted when the queue's share is full.
  virtual Result<void> write(UniqueFunction<Result<void>(SQLite::Database&)> change, UniqueFunction<void(Result<void>)> done,
                             Share share) = 0;
  /// The same, but returns when it is committed. Blocks: at start, load, reload and unload only.
  virtual Result<void> write_now(UniqueFunction<Result<void>(SQLite::Database&)> change) = 0;
  /// Run `query` on a worker with a read connection of its own, `done` on the switch thread: for reports. Same bounds as write.
  virtual Result<void> read(UniqueFunction<Result<void>(SQLite::Database&)> query, UniqueFunction<void(Result<void>)> done) = 0;
  /// The switch thread's own read connection, for prepared point look-ups of a few microseconds. Never for scans.
  virtual SQLite::Database& reader() = 0;
  /// Jobs that are waiting for their commit.
  virtual size_t backlog() const = 0;
};

class Store {
 public:
  virtual ~Store() = default;
  /// Opens (or makes, mode 0600) STATE/NAME ("cdr.db") in WAL mode and migrates it. io with SQLite's sentence; unavailable when the file is
  /// of a newer schema than `migrations` knows; busy when it is open already. Blocks: at start and load only.
  virtual Result<std::unique_ptr<Database>> open(std::string_view name, const Migrations& migrations, Durability durability) = 0;
  virtual std::string folder() const = 0;
};

}  // namespace tandem
