#include "store/directory_schema.h"

namespace tandem {

const Migrations& directory_migrations() {
  static const Migrations steps = {R"sql(
CREATE TABLE users(
  id TEXT PRIMARY KEY, name TEXT NOT NULL, extension TEXT NOT NULL, calling_class TEXT NOT NULL, did TEXT NOT NULL,
  owner TEXT NOT NULL, version INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE profiles(
  id TEXT PRIMARY KEY, user TEXT NOT NULL, model TEXT NOT NULL,
  owner TEXT NOT NULL, version INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE sites(
  id TEXT PRIMARY KEY, location TEXT NOT NULL, emergency_callback TEXT NOT NULL,
  owner TEXT NOT NULL, version INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE devices(
  name TEXT PRIMARY KEY, model TEXT NOT NULL, vendor TEXT NOT NULL, site TEXT NOT NULL, secret TEXT NOT NULL,
  user TEXT NOT NULL, extension TEXT NOT NULL, label TEXT NOT NULL,
  extension_mobility INTEGER NOT NULL, behind_nat INTEGER NOT NULL,
  owner TEXT NOT NULL, version INTEGER NOT NULL) WITHOUT ROWID;
CREATE INDEX devices_by_user ON devices(user) WHERE user <> '';
-- Empty wherever the sample's secret has been replaced, so that asking costs nothing however many devices there are.
CREATE INDEX devices_with_sample_secret ON devices(name) WHERE secret = 'office-demo';
CREATE TABLE services(
  name TEXT PRIMARY KEY, number TEXT NOT NULL,
  owner TEXT NOT NULL, version INTEGER NOT NULL) WITHOUT ROWID;
-- Follows from the tables above; one row a number is what makes it unique across all kinds.
CREATE TABLE numbers(
  digits TEXT PRIMARY KEY, kind TEXT NOT NULL, target TEXT NOT NULL,
  owner TEXT NOT NULL, version INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE facts(name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
)sql",
                                   R"sql(ALTER TABLE sites ADD COLUMN time_zone TEXT NOT NULL DEFAULT '')sql"};
  return steps;
}

}  // namespace tandem
