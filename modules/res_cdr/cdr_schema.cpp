#include "cdr_schema.h"

namespace tandem {

const Migrations& cdr_migrations() {
  static const Migrations steps = {R"sql(
CREATE TABLE calls(
  id INTEGER PRIMARY KEY,
  call TEXT NOT NULL, linked TEXT NOT NULL, context TEXT NOT NULL, dialled TEXT NOT NULL,
  caller_number TEXT NOT NULL, caller_name TEXT NOT NULL, caller_restricted INTEGER NOT NULL,
  started INTEGER NOT NULL, answered INTEGER, ended INTEGER,
  disposition TEXT NOT NULL, cause INTEGER NOT NULL, reason TEXT NOT NULL, status INTEGER NOT NULL,
  decisions TEXT NOT NULL);
CREATE INDEX calls_by_start ON calls(started);
CREATE INDEX calls_by_name ON calls(call);
-- Holds the calls of this moment only: what a crash leaves open is found at once, however long the history is.
CREATE INDEX calls_open ON calls(id) WHERE ended IS NULL;
CREATE TABLE legs(
  cdr INTEGER NOT NULL, n INTEGER NOT NULL,
  channel TEXT NOT NULL, outgoing INTEGER NOT NULL, endpoint TEXT NOT NULL, user TEXT NOT NULL, number TEXT NOT NULL,
  protocol_id TEXT NOT NULL, codec TEXT NOT NULL,
  started INTEGER NOT NULL, ringing INTEGER, answered INTEGER, ended INTEGER,
  cause INTEGER NOT NULL, reason TEXT NOT NULL, status INTEGER NOT NULL, hung_up_first INTEGER NOT NULL,
  received_packets INTEGER NOT NULL, received_bytes INTEGER NOT NULL,
  sent_packets INTEGER NOT NULL, sent_bytes INTEGER NOT NULL, dropped_packets INTEGER NOT NULL,
  PRIMARY KEY(cdr, n)) WITHOUT ROWID;
)sql",
                                   R"sql(
ALTER TABLE calls ADD COLUMN route TEXT NOT NULL DEFAULT '';
ALTER TABLE legs ADD COLUMN lost_packets INTEGER NOT NULL DEFAULT 0;
ALTER TABLE legs ADD COLUMN jitter_us INTEGER NOT NULL DEFAULT 0;
ALTER TABLE legs ADD COLUMN transcoded_packets INTEGER NOT NULL DEFAULT 0;
ALTER TABLE legs ADD COLUMN remote_lost_packets INTEGER NOT NULL DEFAULT 0;
ALTER TABLE legs ADD COLUMN remote_jitter_us INTEGER NOT NULL DEFAULT 0;
ALTER TABLE legs ADD COLUMN round_trip_us INTEGER NOT NULL DEFAULT 0;
)sql",
                                   R"sql(
ALTER TABLE legs ADD COLUMN mos INTEGER NOT NULL DEFAULT 0;
ALTER TABLE legs ADD COLUMN remote_mos INTEGER NOT NULL DEFAULT 0;
)sql",
                                   R"sql(
ALTER TABLE legs ADD COLUMN destination TEXT NOT NULL DEFAULT '';
CREATE TABLE moves(
  cdr INTEGER NOT NULL, n INTEGER NOT NULL, at INTEGER NOT NULL, origin TEXT NOT NULL, target TEXT NOT NULL, how TEXT NOT NULL,
  PRIMARY KEY(cdr, n)) WITHOUT ROWID;
-- What a call is in somebody's history. With all that is shown, so that a page of it is read from one place.
CREATE TABLE history(
  cdr INTEGER NOT NULL, user TEXT NOT NULL, at INTEGER NOT NULL, kind INTEGER NOT NULL, answered INTEGER NOT NULL,
  number TEXT NOT NULL, name TEXT NOT NULL, place TEXT NOT NULL, talked INTEGER NOT NULL, call TEXT NOT NULL,
  PRIMARY KEY(cdr, user)) WITHOUT ROWID;
CREATE INDEX history_by_user ON history(user, at);
CREATE INDEX history_by_age ON history(at);
)sql"};
  return steps;
}

}  // namespace tandem
