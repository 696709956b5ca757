#include "credential_rows.h"

namespace tandem {

const Migrations& mobility_migrations() {
  // Times in milliseconds since 1970; locked_until -1: until somebody unlocks.
  static const Migrations steps = {R"sql(
CREATE TABLE pins(
  user TEXT PRIMARY KEY, hash TEXT NOT NULL, changed INTEGER NOT NULL, must_change INTEGER NOT NULL, previous TEXT NOT NULL,
  failed INTEGER NOT NULL, failed_at INTEGER NOT NULL, locked_until INTEGER NOT NULL, used_at INTEGER NOT NULL,
  owner TEXT NOT NULL, version INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE factors(
  user TEXT PRIMARY KEY, secret BLOB NOT NULL, last_step INTEGER NOT NULL, owner TEXT NOT NULL, version INTEGER NOT NULL) WITHOUT ROWID;
-- The word itself is not kept, only what it sums up to.
CREATE TABLE tokens(
  sum TEXT PRIMARY KEY, user TEXT NOT NULL, device TEXT NOT NULL, site TEXT NOT NULL, profile TEXT NOT NULL,
  until INTEGER NOT NULL, owner TEXT NOT NULL) WITHOUT ROWID;
CREATE INDEX tokens_by_time ON tokens(until);
CREATE TABLE guests(user TEXT PRIMARY KEY, until INTEGER NOT NULL, mobile TEXT NOT NULL, owner TEXT NOT NULL) WITHOUT ROWID;
CREATE INDEX guests_by_time ON guests(until);
)sql"};
  return steps;
}

}  // namespace tandem
