#include "message_schema.h"

namespace tandem {

const Migrations& voicemail_migrations() {
  // Times and lengths in milliseconds. A message has its row before its file, and its file is gone after its row.
  static const Migrations steps = {R"sql(
CREATE TABLE messages(
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  user TEXT NOT NULL, state INTEGER NOT NULL, urgent INTEGER NOT NULL, file TEXT NOT NULL,
  number TEXT NOT NULL, name TEXT NOT NULL, call TEXT NOT NULL, forwarded_by TEXT NOT NULL,
  at INTEGER NOT NULL, length INTEGER NOT NULL, changed INTEGER NOT NULL);
CREATE INDEX messages_by_user ON messages(user, state, urgent, length);
CREATE INDEX messages_by_age ON messages(state, changed);
CREATE INDEX messages_by_file ON messages(file);
CREATE TABLE greetings(
  user TEXT NOT NULL, kind TEXT NOT NULL, file TEXT NOT NULL, length INTEGER NOT NULL, at INTEGER NOT NULL,
  PRIMARY KEY(user, kind)) WITHOUT ROWID;
-- Mail that is still to be sent, or could not be.
CREATE TABLE mail(
  message INTEGER PRIMARY KEY, tries INTEGER NOT NULL, due INTEGER NOT NULL, given_up INTEGER NOT NULL, error TEXT NOT NULL);
CREATE INDEX mail_due ON mail(given_up, due);
)sql"};
  return steps;
}

}  // namespace tandem
