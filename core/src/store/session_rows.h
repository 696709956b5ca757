// Sessions as rows of directory.db, and the two transactions that change who is where. Writer thread, but for reading a row.
#pragma once

#include <SQLiteCpp/SQLiteCpp.h>

#include "tandem/sessions.h"

namespace tandem {

/// What read_session() wants to see, in its order.
inline constexpr const char* kSessionColumns =
    "device, user, profile, version, since, until, idle, idle_at, door, address, behalf, state, reason";
LoginSession read_session(SQLite::Statement& row);

int64_t to_milliseconds(WallTime time);
WallTime from_milliseconds(int64_t time);

SessionChange begin_session(SQLite::Database& db, const SessionOrder& order);
SessionChange end_session(SQLite::Database& db, const SessionEndOrder& order);
void write_note(SQLite::Database& db, const SessionNote& note);

}  // namespace tandem
