#include "credentials.h"

#include <fmt/format.h>
#include <sodium.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

#include "credential_rows.h"
#include "pin_rules.h"
#include "tandem/log.h"

namespace tandem {
namespace {

constexpr Log kLog{"mobility"};
constexpr int64_t kForever = -1;
constexpr int64_t kDay = int64_t{24} * 3600 * 1000;

int64_t ms(WallTime time) { return std::chrono::duration_cast<std::chrono::milliseconds>(time.time_since_epoch()).count(); }
WallTime moment(int64_t time) { return WallTime(std::chrono::duration_cast<WallTime::duration>(std::chrono::milliseconds(time))); }

/// Equal in a time that says nothing.
bool same(std::string_view one, std::string_view other) {
  return one.size() == other.size() && sodium_memcmp(one.data(), other.data(), one.size()) == 0;
}

std::vector<std::string> previous_of(const std::string& text) {
  const auto list = nlohmann::json::parse(text, nullptr, false);
  std::vector<std::string> hashes;
  if (!list.is_array()) return hashes;
  for (const auto& one : list) {
    if (one.is_string()) hashes.push_back(one.get<std::string>());
  }
  return hashes;
}

}  // namespace

struct LoginCredentials::Row {
  std::string hash;
  int64_t changed = 0;
  bool must_change = false;
  std::vector<std::string> previous;
  int64_t failed = 0, locked_until = 0, used_at = 0;
};

struct LoginCredentials::Queries {
  explicit Queries(SQLite::Database& db)
      : pin(db, "SELECT hash, changed, must_change, previous, failed, locked_until, used_at FROM pins WHERE user = ?"),
        factor(db, "SELECT secret FROM factors WHERE user = ?"),
        guest(db, "SELECT 1 FROM guests WHERE user = ?"),
        guests_due(db, "SELECT user FROM guests WHERE until <= ? ORDER BY until LIMIT 100") {}
  SQLite::Statement pin, factor, guest, guests_due;
};

Result<std::unique_ptr<LoginCredentials>> LoginCredentials::open(Store& store, Loop& loop, const MobilitySettings& settings) {
  const std::string path = settings.hash.pepper.empty() ? store.folder() + "/mobility.pepper" : settings.hash.pepper;
  auto pepper = PinHasher::pepper_of(path);
  if (!pepper) return pepper.error();
  auto database = store.open("mobility.db", mobility_migrations(), Durability::full);
  if (!database) return database.error();
  auto made = std::unique_ptr<LoginCredentials>(new LoginCredentials(loop, std::move(*database), settings, std::move(*pepper)));
  made->configure(settings);
  return made;
}

LoginCredentials::LoginCredentials(Loop& loop, std::unique_ptr<Database> database, const MobilitySettings& settings, std::string pepper)
    : loop_(loop),
      database_(std::move(database)),
      queries_(std::make_unique<Queries>(database_->reader())),
      settings_(settings),
      hasher_(loop, settings.hash, std::move(pepper)) {}

LoginCredentials::~LoginCredentials() { *alive_ = false; }

void LoginCredentials::configure(const MobilitySettings& settings) {
  settings_ = settings;
  first_.clear();
  for (const auto& [user, pin] : settings.first_pins) {
    if (!read(user)) first_.emplace(user, pin);
  }
  hash_next_first();
}

/// One after the other, so that a login in between waits for one hash and not for all.
void LoginCredentials::hash_next_first() {
  if (hashing_first_ || first_.empty()) return;
  const auto [user, pin] = *first_.begin();
  const bool queued = hasher_.hash(pin, [this, user = user](Result<std::string> hash) {
    if (!hash) {
      hashing_first_ = false;
      return kLog.line(LogLevel::error, "the first PIN of {} cannot be kept: {}", user, hash.error().message);
    }
    const auto change = [user, hash = *hash, now = ms(wall())](SQLite::Database& db) -> Result<void> {
      SQLite::Statement row(db, "INSERT INTO pins VALUES (?, ?, ?, 0, '[]', 0, 0, 0, ?3, 'ini', 1) ON CONFLICT DO NOTHING");
      row.bindNoCopy(1, user), row.bindNoCopy(2, hash), row.bind(3, now);
      row.exec();
      return {};
    };
    const auto kept = [this, alive = alive_, user](Result<void> written) {
      if (!*alive) return;
      hashing_first_ = false;
      if (!written) return kLog.line(LogLevel::error, "the first PIN of {} cannot be kept: {}", user, written.error().message);
      first_.erase(user);
      hash_next_first();
    };
    if (!database_->write(change, kept, Share::new_work)) hashing_first_ = false;
  });
  hashing_first_ = queued;
}

std::optional<LoginCredentials::Row> LoginCredentials::read(const std::string& user) {
  auto& query = queries_->pin;
  std::optional<Row> row;
  try {
    query.bind(1, user);
    if (query.executeStep()) {
      const auto at = [&query](int column) { return query.getColumn(column); };
      row = Row{at(0).getString(), at(1).getInt64(), at(2).getInt() != 0, previous_of(at(3).getString()),
                at(4).getInt64(),  at(5).getInt64(), at(6).getInt64()};
    }
  } catch (const std::exception& error) {
    kLog.line(LogLevel::error, "mobility.db cannot be read: {}", error.what());
  }
  query.tryReset();
  return row;
}

bool LoginCredentials::is_locked(const Row& row) const { return row.locked_until == kForever || row.locked_until > ms(wall()); }

bool LoginCredentials::too_old(const Row& row) const {
  return settings_.pin.expires_days > 0 && ms(wall()) - row.changed > settings_.pin.expires_days * kDay;
}

void LoginCredentials::check(const std::string& user, std::string pin, UniqueFunction<void(Result<PinCheck>)> done) {
  auto row = read(user);
  if (!row) {
    const auto first = first_.find(user);
    if (first != first_.end()) return check_first(first->second, user, std::move(pin), std::move(done));
    return pretend(std::move(pin), std::move(done));
  }
  auto answer = std::make_shared<decltype(done)>(std::move(done));
  const bool asleep = settings_.pin.inactive_days > 0 && ms(wall()) - row->used_at > settings_.pin.inactive_days * kDay;
  bool queued = false;
  if (is_locked(*row) || asleep) {
    queued = hasher_.pretend(std::move(pin), [answer](const PinHasher::Verdict&) { (*answer)(PinCheck{.locked = true}); });
  } else {
    queued = hasher_.verify(std::move(pin), {row->hash}, [this, answer, user, row = *row](const PinHasher::Verdict& verdict) {
      verified(user, row, verdict, std::move(*answer));
    });
  }
  if (!queued) (*answer)(Error{ErrorCode::exhausted, "too many PINs are being checked"});
}

void LoginCredentials::pretend(std::string pin, UniqueFunction<void(Result<PinCheck>)> done) {
  auto answer = std::make_shared<decltype(done)>(std::move(done));
  const bool queued = hasher_.pretend(std::move(pin), [answer](const PinHasher::Verdict&) { (*answer)(PinCheck{.known = false}); });
  if (!queued) (*answer)(Error{ErrorCode::exhausted, "too many PINs are being checked"});
}

/// The PIN of the ini file, until it is hashed.
void LoginCredentials::check_first(const std::string& first, const std::string& user, std::string pin,
                                   UniqueFunction<void(Result<PinCheck>)> done) {
  const bool right = same(first, pin);
  auto answer = std::make_shared<decltype(done)>(std::move(done));
  pretend(std::move(pin), [this, right, user, answer](Result<PinCheck> pretended) {
    if (!pretended || right) return (*answer)(pretended ? Result<PinCheck>(PinCheck{.right = true}) : std::move(pretended));
    // Its row is on its way; a failure before that is not counted against it, but it has cost a hash.
    if (read(user)) return count_failure(user, std::move(*answer));
    (*answer)(PinCheck{});
  });
}

void LoginCredentials::verified(const std::string& user, const Row& row, const PinHasher::Verdict& verdict,
                                UniqueFunction<void(Result<PinCheck>)> done) {
  if (verdict.index != 0) return count_failure(user, std::move(done));
  const PinCheck check{.right = true, .must_change = row.must_change || too_old(row)};
  const int64_t now = ms(wall());
  const bool nothing_new = row.failed == 0 && verdict.fresh.empty() && now - row.used_at < kDay;
  if (nothing_new) return done(check);
  const auto change = [user, now, fresh = verdict.fresh, old = row.hash](SQLite::Database& db) -> Result<void> {
    SQLite::Statement good(db,
                           "UPDATE pins SET failed = 0, failed_at = 0, used_at = ?2, hash = iif(?3 <> '' AND hash = ?4, ?3, hash), "
                           "version = version + 1 WHERE user = ?1");
    good.bindNoCopy(1, user), good.bind(2, now), good.bindNoCopy(3, fresh), good.bindNoCopy(4, old);
    good.exec();
    return {};
  };
  auto answer = std::make_shared<decltype(done)>(std::move(done));
  const auto told = [answer, check](Result<void> written) { (*answer)(written ? Result<PinCheck>(check) : written.error()); };
  if (auto queued = database_->write(change, told, Share::existing); !queued) (*answer)(queued.error());
}

void LoginCredentials::count_failure(const std::string& user, UniqueFunction<void(Result<PinCheck>)> done) {
  auto check = std::make_shared<PinCheck>();
  const auto& policy = settings_.pin;
  const int64_t now = ms(wall());
  const auto change = [user, now, check, limit = policy.failed_logins, reset = int64_t{policy.reset_failed.count()},
                       lock = int64_t{policy.lock.count()}](SQLite::Database& db) -> Result<void> {
    SQLite::Statement count(db,
                            "UPDATE pins SET failed = iif(?2 - failed_at >= ?3, 1, failed + 1), failed_at = ?2, version = version + 1 "
                            "WHERE user = ?1 RETURNING failed");
    count.bindNoCopy(1, user), count.bind(2, now), count.bind(3, reset);
    if (!count.executeStep() || limit == 0 || count.getColumn(0).getInt64() < limit) return {};
    count.reset();
    SQLite::Statement shut(db, "UPDATE pins SET failed = 0, failed_at = 0, locked_until = ?2 WHERE user = ?1");
    shut.bindNoCopy(1, user), shut.bind(2, lock == 0 ? kForever : now + lock);
    shut.exec();
    check->now_locked = true;
    return {};
  };
  auto answer = std::make_shared<decltype(done)>(std::move(done));
  const auto told = [answer, check](Result<void> written) { (*answer)(written ? Result<PinCheck>(*check) : written.error()); };
  if (auto queued = database_->write(change, told, Share::existing); !queued) (*answer)(queued.error());
}

void LoginCredentials::set(const User& user, std::string new_pin, std::string old_pin, bool must_change,
                           UniqueFunction<void(Result<void>)> done) {
  if (auto why = refuse_pin(new_pin, old_pin, user, settings_.pin); !why.empty()) return done(Error{ErrorCode::invalid, std::move(why)});
  const auto row = read(user.id);
  if (row && !old_pin.empty() && ms(wall()) - row->changed < int64_t{settings_.pin.min_between_changes.count()})
    return done(Error{ErrorCode::invalid, "the PIN was changed a short while ago"});
  std::vector<std::string> earlier;
  if (row && settings_.pin.history > 0) {
    earlier = row->previous;
    earlier.push_back(row->hash);
  }
  auto answer = std::make_shared<decltype(done)>(std::move(done));
  const auto keep = [this, id = user.id, must_change, answer](Result<std::string> hash) {
    if (!hash) return (*answer)(hash.error());
    store_pin(id, std::move(*hash), must_change, std::move(*answer));
  };
  const auto compared = [this, answer, new_pin, keep, count = earlier.size()](const PinHasher::Verdict& verdict) {
    if (verdict.index < count) return (*answer)(Error{ErrorCode::invalid, "this PIN was used before"});
    if (!hasher_.hash(new_pin, keep)) (*answer)(Error{ErrorCode::exhausted, "too many PINs are being checked"});
  };
  const bool queued = earlier.empty() ? hasher_.hash(new_pin, keep) : hasher_.verify(new_pin, earlier, compared);
  if (!queued) (*answer)(Error{ErrorCode::exhausted, "too many PINs are being checked"});
}

void LoginCredentials::store_pin(const std::string& user, std::string hash, bool must_change, UniqueFunction<void(Result<void>)> done) {
  const auto change = [user, hash = std::move(hash), must_change, now = ms(wall()),
                       most = static_cast<size_t>(settings_.pin.history)](SQLite::Database& db) -> Result<void> {
    SQLite::Statement old(db, "SELECT hash, previous FROM pins WHERE user = ?");
    old.bindNoCopy(1, user);
    std::vector<std::string> previous;
    if (old.executeStep()) {
      previous = previous_of(old.getColumn(1).getString());
      previous.push_back(old.getColumn(0).getString());
    }
    old.reset();
    // The current one is compared with too, so one less is kept.
    const size_t keep = most == 0 ? 0 : most - 1;
    if (previous.size() > keep) previous.erase(previous.begin(), previous.end() - static_cast<std::ptrdiff_t>(keep));
    SQLite::Statement row(
        db,
        "INSERT INTO pins VALUES (?1, ?2, ?3, ?4, ?5, 0, 0, 0, ?3, 'local', 1) ON CONFLICT(user) DO UPDATE SET hash = ?2, "
        "changed = ?3, must_change = ?4, previous = ?5, failed = 0, failed_at = 0, locked_until = 0, used_at = ?3, "
        "owner = 'local', version = version + 1");
    row.bindNoCopy(1, user), row.bindNoCopy(2, hash), row.bind(3, now), row.bind(4, must_change ? 1 : 0);
    row.bind(5, nlohmann::json(previous).dump());
    row.exec();
    return {};
  };
  auto answer = std::make_shared<decltype(done)>(std::move(done));
  const auto told = [this, alive = alive_, user, answer](Result<void> written) {
    if (*alive && written) first_.erase(user);
    (*answer)(std::move(written));
  };
  if (auto queued = database_->write(change, told, Share::existing); !queued) (*answer)(queued.error());
}

void LoginCredentials::unlock(const std::string& user, UniqueFunction<void(Result<void>)> done) {
  const auto change = [user, now = ms(wall())](SQLite::Database& db) -> Result<void> {
    SQLite::Statement row(
        db, "UPDATE pins SET failed = 0, failed_at = 0, locked_until = 0, used_at = ?2, version = version + 1 WHERE user = ?1");
    row.bindNoCopy(1, user), row.bind(2, now);
    if (row.exec() == 0) return Error{ErrorCode::not_found, fmt::format("{} has no PIN", user)};
    return {};
  };
  auto answer = std::make_shared<decltype(done)>(std::move(done));
  if (auto queued = database_->write(
          change, [answer](Result<void> written) { (*answer)(std::move(written)); }, Share::existing);
      !queued)
    (*answer)(queued.error());
}

void LoginCredentials::drop(const std::string& user) {
  const auto change = [user](SQLite::Database& db) -> Result<void> {
    for (const char* sql : {"DELETE FROM pins WHERE user = ?", "DELETE FROM factors WHERE user = ?", "DELETE FROM tokens WHERE user = ?",
                            "DELETE FROM guests WHERE user = ?"}) {
      SQLite::Statement gone(db, sql);
      gone.bindNoCopy(1, user);
      gone.exec();
    }
    return {};
  };
  if (auto queued = database_->write(
          change, [](Result<void>) {}, Share::existing);
      !queued)
    kLog.line(LogLevel::error, "the credentials of {} stay: {}", user, queued.error().message);
}

std::optional<std::string> LoginCredentials::factor(const std::string& user) {
  auto& query = queries_->factor;
  std::optional<std::string> secret;
  try {
    query.bind(1, user);
    if (query.executeStep()) secret = query.getColumn(0).getString();
  } catch (const std::exception& error) {
    kLog.line(LogLevel::error, "mobility.db cannot be read: {}", error.what());
  }
  query.tryReset();
  return secret;
}

void LoginCredentials::keep_guest(Guest guest, UniqueFunction<void(Result<void>)> done) {
  auto change = [guest = std::move(guest)](SQLite::Database& db) -> Result<void> {
    SQLite::Statement row(db, "INSERT INTO guests VALUES (?, ?, ?, 'local')");
    row.bindNoCopy(1, guest.user), row.bind(2, ms(guest.until)), row.bindNoCopy(3, guest.mobile);
    row.exec();
    return {};
  };
  auto answer = std::make_shared<decltype(done)>(std::move(done));
  auto told = [answer](Result<void> written) { (*answer)(std::move(written)); };
  if (auto queued = database_->write(std::move(change), std::move(told), Share::existing); !queued) (*answer)(queued.error());
}

bool LoginCredentials::is_guest(const std::string& user) {
  auto& query = queries_->guest;
  bool found = false;
  try {
    query.bind(1, user);
    found = query.executeStep();
  } catch (const std::exception& error) {
    kLog.line(LogLevel::error, "mobility.db cannot be read: {}", error.what());
  }
  query.tryReset();
  return found;
}

std::vector<std::string> LoginCredentials::guests_due(WallTime now) {
  auto& query = queries_->guests_due;
  std::vector<std::string> users;
  try {
    query.bind(1, ms(now));
    while (query.executeStep()) users.push_back(query.getColumn(0).getString());
  } catch (const std::exception& error) {
    kLog.line(LogLevel::error, "mobility.db cannot be read: {}", error.what());
  }
  query.tryReset();
  return users;
}

LoginCredentials::Standing LoginCredentials::standing(const std::string& user) {
  Standing standing;
  standing.has_factor = factor(user).has_value();
  const auto row = read(user);
  standing.has_pin = row.has_value() || first_.contains(user);
  if (!row) return standing;
  standing.must_change = row->must_change || too_old(*row);
  standing.failed = row->failed;
  standing.changed = moment(row->changed);
  standing.locked = is_locked(*row);
  if (standing.locked && row->locked_until != kForever) standing.locked_until = moment(row->locked_until);
  return standing;
}

}  // namespace tandem
