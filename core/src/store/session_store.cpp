#include "store/session_store.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "store/session_rows.h"
#include "tandem/directory.h"
#include "tandem/log.h"

namespace tandem {
namespace {

constexpr Log kLog{"sessions"};
constexpr size_t kCacheSize = 16384;
constexpr size_t kLongestName = 256;
constexpr size_t kLongestPage = 10'000;
constexpr size_t kMostHistory = 10'000;

void cannot_read(const std::exception& error) { kLog.line(LogLevel::error, "directory.db cannot be read: {}", error.what()); }

std::string select(std::string_view rest) { return fmt::format("SELECT {} FROM sessions {}", kSessionColumns, rest); }

/// A statement that is not reset holds its snapshot.
class Asked {
 public:
  explicit Asked(SQLite::Statement& query) : query_(query) {}
  Asked(const Asked&) = delete;
  Asked& operator=(const Asked&) = delete;
  ~Asked() {
    query_.tryReset();
    query_.clearBindings();
  }

 private:
  SQLite::Statement& query_;
};

SessionNote read_note(SQLite::Statement& row) {
  const auto text = [&row](int column) { return row.getColumn(column).getString(); };
  return {.at = from_milliseconds(row.getColumn(0).getInt64()),
          .what = text(1),
          .code = row.getColumn(2).getInt(),
          .why = text(3),
          .device = text(4),
          .user = text(5),
          .profile = text(6),
          .site = text(7),
          .door = text(8),
          .address = text(9),
          .by = text(10)};
}

}  // namespace

struct SessionStore::Queries {
  explicit Queries(SQLite::Database& db)
      : at(db, select("WHERE device = ?")),
        of(db, select("WHERE user = ? ORDER BY since, device")),
        page(db, select("WHERE device > ? ORDER BY device LIMIT ?")),
        due(db, select("WHERE due > 0 AND due <= ? ORDER BY due LIMIT ?")),
        next_due(db, "SELECT min(due) FROM sessions WHERE due > 0"),
        count(db, "SELECT count(*) FROM sessions"),
        carried(db, "SELECT version, last_user FROM carried WHERE device = ?") {}
  SQLite::Statement at, of, page, due, next_due, count, carried;
};

SessionStore::SessionStore(Database& database, Directory& directory, UniqueFunction<void(std::string_view)> forget)
    : database_(database),
      directory_(directory),
      forget_(std::move(forget)),
      queries_(std::make_unique<Queries>(database.reader())),
      at_(kCacheSize) {}

SessionStore::~SessionStore() { *alive_ = false; }

void SessionStore::forget_all() { at_.clear(); }

template <class Bind>
std::vector<std::shared_ptr<const LoginSession>> SessionStore::rows(SQLite::Statement& query, Bind bind) {
  std::vector<std::shared_ptr<const LoginSession>> found;
  try {
    const Asked asked(query);
    bind(query);
    while (query.executeStep()) found.push_back(std::make_shared<const LoginSession>(read_session(query)));
  } catch (const std::exception& error) {
    cannot_read(error);
  }
  return found;
}

std::shared_ptr<const LoginSession> SessionStore::at(std::string_view device) {
  if (const auto* known = at_.find(device)) return *known;
  if (device.size() > kLongestName) return nullptr;
  auto found = rows(queries_->at, [&](SQLite::Statement& query) { query.bind(1, std::string(device)); });
  return at_.put(device, found.empty() ? nullptr : std::move(found.front()));
}

std::vector<std::shared_ptr<const LoginSession>> SessionStore::of(std::string_view user) {
  if (user.empty() || user.size() > kLongestName) return {};
  return rows(queries_->of, [&](SQLite::Statement& query) { query.bind(1, std::string(user)); });
}

std::vector<std::shared_ptr<const LoginSession>> SessionStore::page(std::string_view after, size_t most) {
  return rows(queries_->page, [&](SQLite::Statement& query) {
    query.bind(1, std::string(after.substr(0, kLongestName)));
    query.bind(2, static_cast<int64_t>(std::min(most, kLongestPage)));
  });
}

std::vector<std::shared_ptr<const LoginSession>> SessionStore::due(WallTime now, size_t most) {
  return rows(queries_->due, [&](SQLite::Statement& query) {
    query.bind(1, to_milliseconds(now));
    query.bind(2, static_cast<int64_t>(std::min(most, kLongestPage)));
  });
}

std::optional<WallTime> SessionStore::next_due() {
  try {
    const Asked asked(queries_->next_due);
    if (queries_->next_due.executeStep() && !queries_->next_due.getColumn(0).isNull())
      return from_milliseconds(queries_->next_due.getColumn(0).getInt64());
  } catch (const std::exception& error) {
    cannot_read(error);
  }
  return std::nullopt;
}

int64_t SessionStore::count() {
  try {
    const Asked asked(queries_->count);
    if (queries_->count.executeStep()) return queries_->count.getColumn(0).getInt64();
  } catch (const std::exception& error) {
    cannot_read(error);
  }
  return 0;
}

int64_t SessionStore::version(std::string_view device) {
  try {
    const Asked asked(queries_->carried);
    queries_->carried.bind(1, std::string(device.substr(0, kLongestName)));
    if (queries_->carried.executeStep()) return queries_->carried.getColumn(0).getInt64();
  } catch (const std::exception& error) {
    cannot_read(error);
  }
  return 0;
}

std::string SessionStore::last_user(std::string_view device) {
  try {
    const Asked asked(queries_->carried);
    queries_->carried.bind(1, std::string(device.substr(0, kLongestName)));
    if (queries_->carried.executeStep()) return queries_->carried.getColumn(1).getString();
  } catch (const std::exception& error) {
    cannot_read(error);
  }
  return {};
}

void SessionStore::begin(SessionOrder order, Done done) {
  change(
      [order = std::move(order)](SQLite::Database& db, Outcome& outcome) -> Result<void> {
        outcome.change = begin_session(db, order);
        outcome.by_hand = true;
        return {};
      },
      std::move(done));
}

void SessionStore::end(SessionEndOrder order, Done done) {
  change(
      [order = std::move(order)](SQLite::Database& db, Outcome& outcome) -> Result<void> {
        outcome.change = end_session(db, order);
        outcome.why = order.why;
        outcome.by_hand = order.by_hand;
        return {};
      },
      std::move(done));
}

void SessionStore::change(Decide decide, Done done) {
  auto outcome = std::make_shared<Outcome>();
  const uint64_t answer = answers_.keep(std::move(done));
  auto run = [outcome, decide = std::move(decide)](SQLite::Database& db) mutable { return decide(db, *outcome); };
  auto written = [this, alive = alive_, outcome, answer](Result<void> result) {
    if (!*alive) return;
    if (!result) return answers_.tell(answer, result.error());
    told(*outcome);
    answers_.tell(answer, std::move(outcome->change));
  };
  if (auto queued = database_.write(std::move(run), std::move(written), Share::existing); !queued) answers_.tell(answer, queued.error());
}

void SessionStore::forget_answers() {
  answers_.clear();
  history_answers_.clear();
}

/// Where the user is has changed, and where the phone's owner is.
void SessionStore::forget(const LoginSession& session) {
  at_.erase(session.device);
  forget_(session.user);
  if (const auto phone = directory_.device(session.device); phone && !phone->owner.empty()) forget_(phone->owner);
}

/// First everybody's answers change, then it is told: whoever hears of it may ask at once.
void SessionStore::told(const Outcome& outcome) {
  const auto& change = outcome.change;
  for (const auto& session : change.ended) forget(*session);
  if (change.began) forget(*change.began);
  if (events_ == nullptr) return;
  for (const auto& session : change.ended) {
    const bool replaced = change.began && session->device == change.began->device;
    const std::string why = !change.began                         ? outcome.why
                            : !replaced                           ? "elsewhere"
                            : session->user == change.began->user ? "profile"
                                                                  : "next-user";
    kLog.line(LogLevel::info, "{} is logged out of {} ({})", session->user, session->device, why);
    // Who logs in elsewhere has not touched this phone.
    events_->publish(SessionEnded{*session, why, outcome.by_hand && why != "elsewhere"});
    if (!replaced) tell_carried(session->device, session->user);
  }
  if (!change.began) return;
  const auto& began = *change.began;
  kLog.line(LogLevel::info, "{} is logged in at {}, profile {}, version {} (by {}{}{})", began.user, began.device,
            began.profile.empty() ? "none" : began.profile, began.version, began.door, began.by.empty() ? "" : " for ", began.by);
  events_->publish(SessionBegan{began});
  std::string previous;
  for (const auto& session : change.ended) {
    if (session->device == began.device) previous = session->user;
  }
  tell_carried(began.device, previous);
}

void SessionStore::tell_carried(const std::string& device, const std::string& previous) {
  const auto phone = directory_.device(device);
  const Occupant who = phone ? directory_.occupant(*phone) : Occupant{};
  const std::string before = previous.empty() && phone ? phone->owner : previous;
  const std::string profile = who.profile ? who.profile->id : std::string();
  events_->publish(
      DeviceProfileChanged{device, profile, who.user ? std::string_view(who.user->id) : std::string_view(), before, version(device)});
}

/// A change that nobody waits for.
void SessionStore::write_aside(UniqueFunction<Result<void>(SQLite::Database&)> change, std::string device, const char* what) {
  auto written = [this, alive = alive_, device = std::move(device), what](Result<void> result) {
    if (!result) return kLog.line(LogLevel::error, "{} is lost: {}", what, result.error().message);
    if (*alive && !device.empty()) at_.erase(device);
  };
  if (auto queued = database_.write(std::move(change), std::move(written), Share::existing); !queued)
    kLog.line(LogLevel::error, "{} is lost: {}", what, queued.error().message);
}

void SessionStore::put_off(const LoginSession& session, WallTime idle_at) {
  write_aside(
      [device = session.device, version = session.version, at = to_milliseconds(idle_at)](SQLite::Database& db) -> Result<void> {
        SQLite::Statement move(
            db, "UPDATE sessions SET idle_at = ?1, due = iif(until = 0, ?1, min(until, ?1)) WHERE device = ?2 AND version = ?3");
        move.bind(1, at), move.bindNoCopy(2, device), move.bind(3, version);
        move.exec();
        return {};
      },
      session.device, "the deadline of an idle session");
}

void SessionStore::put_off_all(WallTime now) {
  const auto written = database_.write_now([now = to_milliseconds(now)](SQLite::Database& db) -> Result<void> {
    SQLite::Statement move(db,
                           "UPDATE sessions SET idle_at = ?1 + idle, due = iif(until = 0, ?1 + idle, min(until, ?1 + idle)) "
                           "WHERE idle > 0 AND idle_at < ?1 + idle");
    move.bind(1, now);
    move.exec();
    return {};
  });
  if (!written) kLog.line(LogLevel::error, "the deadlines of idle sessions stay as they were: {}", written.error().message);
  at_.clear();
}

void SessionStore::mark(std::string_view device, int64_t version, LoginState state, std::string reason) {
  const std::string name(device);
  change(
      [name, version, state, reason = std::move(reason)](SQLite::Database& db, Outcome&) -> Result<void> {
        SQLite::Statement row(db, "UPDATE sessions SET state = ?, reason = ? WHERE device = ? AND version = ?");
        row.bind(1, static_cast<int>(state)), row.bindNoCopy(2, reason), row.bindNoCopy(3, name), row.bind(4, version);
        row.exec();
        return {};
      },
      [this, name, version](Result<SessionChange> result) {
        if (!result) return kLog.line(LogLevel::error, "the state of a session is lost: {}", result.error().message);
        at_.erase(name);
        const auto session = at(name);
        if (session && session->version == version && events_ != nullptr) events_->publish(SessionApplied{*session});
      });
}

void SessionStore::note(SessionNote note) {
  write_aside(
      [note = std::move(note)](SQLite::Database& db) -> Result<void> {
        write_note(db, note);
        return {};
      },
      {}, "a line of the history");
}

void SessionStore::history(HistoryQuestion question, UniqueFunction<void(Result<std::vector<SessionNote>>)> done) {
  auto found = std::make_shared<std::vector<SessionNote>>();
  const uint64_t answer = history_answers_.keep(std::move(done));
  auto query = [question = std::move(question), found](SQLite::Database& db) -> Result<void> {
    std::string where = "at >= ?1";
    if (!question.device.empty()) where += " AND device = ?2";
    if (!question.user.empty()) where += " AND user = ?3";
    SQLite::Statement rows(db, fmt::format("SELECT at, what, code, why, device, user, profile, site, door, address, behalf "
                                           "FROM session_history WHERE {} ORDER BY at DESC, id DESC LIMIT {}",
                                           where, std::min(question.most, kMostHistory)));
    rows.bind(1, to_milliseconds(question.since));
    if (!question.device.empty()) rows.bindNoCopy(2, question.device);
    if (!question.user.empty()) rows.bindNoCopy(3, question.user);
    while (rows.executeStep()) found->push_back(read_note(rows));
    return {};
  };
  auto read = [this, alive = alive_, found, answer](Result<void> result) {
    if (!*alive) return;
    history_answers_.tell(answer,
                          result ? Result<std::vector<SessionNote>>(std::move(*found)) : Result<std::vector<SessionNote>>(result.error()));
  };
  if (auto asked = database_.read(std::move(query), std::move(read)); !asked) history_answers_.tell(answer, asked.error());
}

void SessionStore::forget_history(WallTime before) {
  write_aside(
      [before = to_milliseconds(before)](SQLite::Database& db) -> Result<void> {
        SQLite::Statement gone(
            db, "DELETE FROM session_history WHERE id IN (SELECT id FROM session_history WHERE at < ? ORDER BY at LIMIT 5000)");
        gone.bind(1, before);
        gone.exec();
        return {};
      },
      {}, "the end of old history");
}

}  // namespace tandem
