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
                                   R"sql(ALTER TABLE sites ADD COLUMN time_zone TEXT NOT NULL DEFAULT '')sql",
                                   R"sql(
-- That a badge is one person's, and a default profile the only one of its model, is seen to after a change as a whole (ambiguous_rows).
ALTER TABLE users ADD COLUMN badge TEXT NOT NULL DEFAULT '';
ALTER TABLE users ADD COLUMN home_site TEXT NOT NULL DEFAULT '';
ALTER TABLE users ADD COLUMN max_login_time TEXT NOT NULL DEFAULT '';
ALTER TABLE users ADD COLUMN multiple_login TEXT NOT NULL DEFAULT '';
ALTER TABLE users ADD COLUMN default_profile TEXT NOT NULL DEFAULT '';
ALTER TABLE users ADD COLUMN second_factor INTEGER NOT NULL DEFAULT 0;
CREATE INDEX users_by_badge ON users(badge) WHERE badge <> '';
-- Lists are as in directory.ini, one text with commas.
ALTER TABLE profiles ADD COLUMN lines TEXT NOT NULL DEFAULT '';
ALTER TABLE profiles ADD COLUMN speed_dials TEXT NOT NULL DEFAULT '';
ALTER TABLE profiles ADD COLUMN services TEXT NOT NULL DEFAULT '';
ALTER TABLE profiles ADD COLUMN locale TEXT NOT NULL DEFAULT '';
ALTER TABLE profiles ADD COLUMN ring TEXT NOT NULL DEFAULT '';
ALTER TABLE profiles ADD COLUMN button_template TEXT NOT NULL DEFAULT '';
ALTER TABLE profiles ADD COLUMN softkey_template TEXT NOT NULL DEFAULT '';
ALTER TABLE profiles ADD COLUMN music TEXT NOT NULL DEFAULT '';
ALTER TABLE profiles ADD COLUMN calling_class TEXT NOT NULL DEFAULT '';
ALTER TABLE profiles ADD COLUMN dnd INTEGER NOT NULL DEFAULT 0;
CREATE INDEX profiles_by_user ON profiles(user) WHERE user <> '';
CREATE INDEX default_profiles ON profiles(model) WHERE user = '';
ALTER TABLE devices ADD COLUMN logout_profile TEXT NOT NULL DEFAULT '';
ALTER TABLE devices ADD COLUMN take_over INTEGER NOT NULL DEFAULT 0;
-- Who is logged in where: one row a device, so that no device ever has two users. Times in milliseconds since 1970, 0: none.
CREATE TABLE sessions(
  device TEXT PRIMARY KEY, user TEXT NOT NULL, profile TEXT NOT NULL, version INTEGER NOT NULL,
  since INTEGER NOT NULL, until INTEGER NOT NULL, idle INTEGER NOT NULL, idle_at INTEGER NOT NULL, due INTEGER NOT NULL,
  door TEXT NOT NULL, address TEXT NOT NULL, behalf TEXT NOT NULL, state INTEGER NOT NULL, reason TEXT NOT NULL,
  owner TEXT NOT NULL) WITHOUT ROWID;
CREATE INDEX sessions_by_user ON sessions(user, since);
CREATE INDEX sessions_due ON sessions(due) WHERE due > 0;
-- Outlives the sessions: versions never come twice, and a phone may remember who was there last.
CREATE TABLE carried(device TEXT PRIMARY KEY, version INTEGER NOT NULL, last_user TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE session_history(
  id INTEGER PRIMARY KEY, at INTEGER NOT NULL, what TEXT NOT NULL, code INTEGER NOT NULL, why TEXT NOT NULL,
  device TEXT NOT NULL, user TEXT NOT NULL, profile TEXT NOT NULL, site TEXT NOT NULL,
  door TEXT NOT NULL, address TEXT NOT NULL, behalf TEXT NOT NULL);
CREATE INDEX session_history_by_time ON session_history(at);
CREATE INDEX session_history_by_device ON session_history(device, at);
CREATE INDEX session_history_by_user ON session_history(user, at);
)sql",
                                   R"sql(
ALTER TABLE users ADD COLUMN mailbox INTEGER NOT NULL DEFAULT 1;
ALTER TABLE users ADD COLUMN email TEXT NOT NULL DEFAULT '';
)sql",
                                   R"sql(
-- What people set for their lines themselves. A line is "user/ID", or "profile/ID" for what is set where that profile is logged in.
CREATE TABLE line_settings(
  line TEXT PRIMARY KEY, forward_all TEXT NOT NULL, forward_busy TEXT NOT NULL, forward_no_answer TEXT NOT NULL,
  forward_unregistered TEXT NOT NULL, dnd INTEGER NOT NULL, owner TEXT NOT NULL, version INTEGER NOT NULL) WITHOUT ROWID;
)sql"};
  return steps;
}

}  // namespace tandem
