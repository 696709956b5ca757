#include "store/session_rows.h"

#include <fmt/format.h>

#include <algorithm>

namespace tandem {
namespace {

using Milliseconds = std::chrono::milliseconds;

std::shared_ptr<const LoginSession> session_at(SQLite::Database& db, const std::string& device) {
  SQLite::Statement query(db, fmt::format("SELECT {} FROM sessions WHERE device = ?", kSessionColumns));
  query.bindNoCopy(1, device);
  return query.executeStep() ? std::make_shared<const LoginSession>(read_session(query)) : nullptr;
}

std::vector<std::shared_ptr<const LoginSession>> sessions_of(SQLite::Database& db, const std::string& user) {
  SQLite::Statement query(db, fmt::format("SELECT {} FROM sessions WHERE user = ? ORDER BY since, device", kSessionColumns));
  query.bindNoCopy(1, user);
  std::vector<std::shared_ptr<const LoginSession>> found;
  while (query.executeStep()) found.push_back(std::make_shared<const LoginSession>(read_session(query)));
  return found;
}

bool exists(SQLite::Database& db, const char* sql, const std::string& key) {
  SQLite::Statement query(db, sql);
  query.bindNoCopy(1, key);
  return query.executeStep();
}

int64_t next_version(SQLite::Database& db, const std::string& device, const std::string& user) {
  SQLite::Statement raise(db,
                          "INSERT INTO carried VALUES (?1, 1, ?2) ON CONFLICT(device) DO UPDATE SET version = version + 1, "
                          "last_user = iif(?2 = '', last_user, ?2) RETURNING version");
  raise.bindNoCopy(1, device), raise.bindNoCopy(2, user);
  raise.executeStep();
  return raise.getColumn(0).getInt64();
}

/// The earlier of two moments of which either may be none.
int64_t earlier(int64_t a, int64_t b) { return a == 0 ? b : b == 0 ? a : std::min(a, b); }

void insert(SQLite::Database& db, const LoginSession& session) {
  SQLite::Statement row(db, "INSERT INTO sessions VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 'local')");
  const int64_t until = session.until ? to_milliseconds(*session.until) : 0;
  const int64_t idle_at = session.idle_at ? to_milliseconds(*session.idle_at) : 0;
  row.bindNoCopy(1, session.device), row.bindNoCopy(2, session.user), row.bindNoCopy(3, session.profile);
  row.bind(4, session.version), row.bind(5, to_milliseconds(session.since)), row.bind(6, until);
  row.bind(7, static_cast<int64_t>(session.idle.count())), row.bind(8, idle_at), row.bind(9, earlier(until, idle_at));
  row.bindNoCopy(10, session.door), row.bindNoCopy(11, session.address), row.bindNoCopy(12, session.by);
  row.bind(13, static_cast<int>(session.state)), row.bindNoCopy(14, session.reason);
  row.exec();
}

struct Asked {
  WallTime now;
  const std::string &site, &door, &address, &by;
};

void remove(SQLite::Database& db, const LoginSession& session, const std::string& why, const Asked& asked) {
  SQLite::Statement gone(db, "DELETE FROM sessions WHERE device = ?");
  gone.bindNoCopy(1, session.device);
  gone.exec();
  write_note(db, {.at = asked.now,
                  .what = "logout",
                  .why = why,
                  .device = session.device,
                  .user = session.user,
                  .profile = session.profile,
                  .site = asked.site,
                  .door = asked.door,
                  .address = asked.address,
                  .by = asked.by});
}

SessionChange no(SessionChange::Verdict verdict, std::shared_ptr<const LoginSession> other = nullptr) {
  SessionChange change;
  change.verdict = verdict;
  change.other = std::move(other);
  return change;
}

LoginSession session_from(const SessionOrder& order, int64_t version) {
  LoginSession session{.device = order.device, .user = order.user, .profile = order.profile, .version = version, .since = order.now};
  session.until = order.until;
  session.idle = order.idle;
  if (order.idle > Milliseconds::zero()) session.idle_at = order.now + order.idle;
  session.door = order.door, session.address = order.address, session.by = order.by;
  session.state = order.state, session.reason = order.reason;
  return session;
}

}  // namespace

int64_t to_milliseconds(WallTime time) { return std::chrono::duration_cast<Milliseconds>(time.time_since_epoch()).count(); }
WallTime from_milliseconds(int64_t time) { return WallTime(std::chrono::duration_cast<WallTime::duration>(Milliseconds(time))); }

LoginSession read_session(SQLite::Statement& row) {
  const auto text = [&row](int column) { return row.getColumn(column).getString(); };
  const auto moment = [&row](int column) -> std::optional<WallTime> {
    const int64_t time = row.getColumn(column).getInt64();
    return time == 0 ? std::nullopt : std::optional(from_milliseconds(time));
  };
  LoginSession session{.device = text(0), .user = text(1), .profile = text(2), .version = row.getColumn(3).getInt64()};
  session.since = from_milliseconds(row.getColumn(4).getInt64());
  session.until = moment(5);
  session.idle = Milliseconds(row.getColumn(6).getInt64());
  session.idle_at = moment(7);
  session.door = text(8), session.address = text(9), session.by = text(10);
  session.state = static_cast<LoginState>(std::clamp(row.getColumn(11).getInt(), 0, static_cast<int>(LoginState::applied)));
  session.reason = text(12);
  return session;
}

SessionChange begin_session(SQLite::Database& db, const SessionOrder& order) {
  using Verdict = SessionChange::Verdict;
  if (!exists(db, "SELECT 1 FROM devices WHERE name = ? AND extension_mobility = 1", order.device)) return no(Verdict::no_device);
  if (!exists(db, "SELECT 1 FROM users WHERE id = ?", order.user)) return no(Verdict::no_user);
  const auto holder = session_at(db, order.device);
  if (holder && holder->user == order.user && holder->profile == order.profile) return no(Verdict::unchanged, holder);
  if (holder && holder->user != order.user && !order.take_over) return no(Verdict::taken, holder);
  auto others = sessions_of(db, order.user);
  std::erase_if(others, [&](const auto& other) { return other->device == order.device; });
  if (!others.empty() && order.elsewhere == SessionOrder::Elsewhere::refuse) return no(Verdict::elsewhere, others.front());

  const Asked asked{order.now, order.site, order.door, order.address, order.by};
  SessionChange change;
  if (holder) {
    remove(db, *holder, holder->user == order.user ? "profile" : "next-user", asked);
    change.ended.push_back(holder);
  }
  if (order.elsewhere == SessionOrder::Elsewhere::end) {
    for (auto& other : others) {
      remove(db, *other, "elsewhere", asked);
      next_version(db, other->device, {});
      change.ended.push_back(std::move(other));
    }
  }
  auto session = std::make_shared<LoginSession>(session_from(order, next_version(db, order.device, order.user)));
  insert(db, *session);
  write_note(db, {.at = order.now,
                  .what = "login",
                  .device = order.device,
                  .user = order.user,
                  .profile = order.profile,
                  .site = order.site,
                  .door = order.door,
                  .address = order.address,
                  .by = order.by});
  change.began = std::move(session);
  return change;
}

SessionChange end_session(SQLite::Database& db, const SessionEndOrder& order) {
  const auto holder = session_at(db, order.device);
  if (!holder) return no(SessionChange::Verdict::no_session);
  if (!order.user.empty() && holder->user != order.user) return no(SessionChange::Verdict::taken, holder);
  if (order.version && holder->version != *order.version) return no(SessionChange::Verdict::no_session);
  remove(db, *holder, order.why, {order.now, order.site, order.door, order.address, order.by});
  next_version(db, order.device, {});
  SessionChange change;
  change.ended.push_back(holder);
  return change;
}

void write_note(SQLite::Database& db, const SessionNote& note) {
  SQLite::Statement row(db, "INSERT INTO session_history VALUES (NULL, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
  row.bind(1, to_milliseconds(note.at)), row.bindNoCopy(2, note.what), row.bind(3, note.code), row.bindNoCopy(4, note.why);
  row.bindNoCopy(5, note.device), row.bindNoCopy(6, note.user), row.bindNoCopy(7, note.profile), row.bindNoCopy(8, note.site);
  row.bindNoCopy(9, note.door), row.bindNoCopy(10, note.address), row.bindNoCopy(11, note.by);
  row.exec();
}

}  // namespace tandem
