#include "store/line_store.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "tandem/log.h"

namespace tandem {
namespace {

constexpr Log kLog{"lines"};
constexpr size_t kCacheSize = 16384;
constexpr size_t kLongestName = 256;
constexpr size_t kLongestNumber = 64;

std::string line_of(std::string_view kind, std::string_view name) { return fmt::format("{}/{}", kind, name); }

LineSettings read(SQLite::Statement& row) {
  const auto text = [&row](int column) { return row.getColumn(column).getString(); };
  const int dnd = std::clamp(row.getColumn(4).getInt(), 0, static_cast<int>(DoNotDisturb::reject));
  return {text(0), text(1), text(2), text(3), static_cast<DoNotDisturb>(dnd)};
}

constexpr const char* kSelect =
    "SELECT forward_all, forward_busy, forward_no_answer, forward_unregistered, dnd FROM line_settings WHERE line = ?";

void apply(const LineChange& change, LineSettings& settings) {
  const auto take = [](const auto& from, auto& to) {
    if (from) to = *from;
  };
  take(change.forward_all, settings.forward_all);
  take(change.forward_busy, settings.forward_busy);
  take(change.forward_no_answer, settings.forward_no_answer);
  take(change.forward_unregistered, settings.forward_unregistered);
  take(change.dnd, settings.dnd);
}

/// Writer thread: what is there is read there too, so that two changes of one line never lose one another.
void put(SQLite::Database& db, const std::string& line, const LineChange& change) {
  LineSettings settings;
  SQLite::Statement before(db, kSelect);
  before.bindNoCopy(1, line);
  if (before.executeStep()) settings = read(before);
  before.reset();
  apply(change, settings);
  SQLite::Statement row(
      db,
      "INSERT INTO line_settings VALUES (?1, ?2, ?3, ?4, ?5, ?6, 'local', 1) ON CONFLICT(line) DO UPDATE SET "
      "forward_all = ?2, forward_busy = ?3, forward_no_answer = ?4, forward_unregistered = ?5, dnd = ?6, version = version + 1");
  row.bindNoCopy(1, line), row.bindNoCopy(2, settings.forward_all), row.bindNoCopy(3, settings.forward_busy);
  row.bindNoCopy(4, settings.forward_no_answer), row.bindNoCopy(5, settings.forward_unregistered);
  row.bind(6, static_cast<int>(settings.dnd));
  row.exec();
}

bool is_number(const std::string& text) {
  return text.size() <= kLongestNumber && text.find_first_not_of("0123456789+*#") == std::string::npos;
}

}  // namespace

LineStore::LineStore(Database& database, Directory& directory)
    : database_(database), directory_(directory), query_(database.reader(), kSelect), rows_(kCacheSize) {}

LineStore::~LineStore() { *alive_ = false; }

std::shared_ptr<const LineSettings> LineStore::row(const std::string& line) {
  if (const auto* known = rows_.find(line)) return *known;
  if (line.size() > kLongestName) return nullptr;
  std::shared_ptr<const LineSettings> found;
  try {
    query_.bind(1, line);
    if (query_.executeStep()) found = std::make_shared<const LineSettings>(read(query_));
  } catch (const std::exception& error) {
    kLog.line(LogLevel::error, "directory.db cannot be read: {}", error.what());
  }
  query_.tryReset();  // else it holds its snapshot
  return rows_.put(line, std::move(found));
}

std::shared_ptr<const LineSettings> LineStore::of(std::string_view user) {
  static const auto kNothing = std::make_shared<const LineSettings>();
  auto settings = row(line_of("user", user));
  return settings ? settings : kNothing;
}

DoNotDisturb LineStore::dnd_at(const Device& device) {
  const Occupant who = directory_.occupant(device);
  if (!who.user) return DoNotDisturb::off;
  const DoNotDisturb person = of(who.user->id)->dnd;
  if (!who.logged_in || !who.profile) return person;
  const auto profile = row(line_of("profile", who.profile->id));
  const DoNotDisturb here = profile ? profile->dnd : who.profile->dnd ? DoNotDisturb::reject : DoNotDisturb::off;
  return std::max(person, here);
}

void LineStore::change(std::string user, LineChange change, Done done) {
  if (!directory_.user(user)) return done(Error{ErrorCode::not_found, fmt::format("there is no user \"{}\"", user)});
  for (const auto* number : {&change.forward_all, &change.forward_busy, &change.forward_no_answer, &change.forward_unregistered}) {
    if (*number && !is_number(**number)) return done(Error{ErrorCode::invalid, fmt::format("\"{}\" is no number to dial", **number)});
  }
  write(line_of("user", user), std::move(change), [this, user, done = std::move(done)](Result<void> written) mutable {
    if (written) {
      const auto settings = of(user);
      kLog.line(LogLevel::info, "{}: forward all {}, busy {}, no answer {}, unregistered {}, do not disturb {}", user,
                settings->forward_all, settings->forward_busy, settings->forward_no_answer, settings->forward_unregistered,
                to_string(settings->dnd));
      if (events_ != nullptr) events_->publish(LineChanged{user, *settings});
    }
    done(std::move(written));
  });
}

void LineStore::set_dnd_at(std::string device, DoNotDisturb dnd, Done done) {
  const auto phone = directory_.device(device);
  const Occupant who = phone ? directory_.occupant(*phone) : Occupant{};
  if (!who.user) return done(Error{ErrorCode::not_found, fmt::format("nobody is at {}", device)});
  const std::string user = who.user->id;
  if (!who.logged_in || !who.profile) return change(user, {.dnd = dnd}, std::move(done));
  write(line_of("profile", who.profile->id), {.dnd = dnd}, [this, user, dnd, done = std::move(done)](Result<void> written) mutable {
    if (written && dnd == DoNotDisturb::off && of(user)->dnd != dnd) return change(user, {.dnd = dnd}, std::move(done));
    if (written && events_ != nullptr) events_->publish(LineChanged{user, *of(user)});
    done(std::move(written));
  });
}

void LineStore::write(std::string line, LineChange change, Done done) {
  const uint64_t answer = answers_.keep(std::move(done));
  auto run = [line, change = std::move(change)](SQLite::Database& db) -> Result<void> {
    put(db, line, change);
    return {};
  };
  auto written = [this, alive = alive_, line, answer](Result<void> result) {
    if (!*alive) return;
    rows_.erase(line);
    answers_.tell(answer, std::move(result));
  };
  if (auto queued = database_.write(std::move(run), std::move(written), Share::existing); !queued) answers_.tell(answer, queued.error());
}

}  // namespace tandem
