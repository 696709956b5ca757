#include "store/directory_store.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "store/directory_facts.h"
#include "store/directory_ini.h"
#include "store/directory_schema.h"
#include "store/directory_sync.h"
#include "store/directory_tables.h"
#include "store/number_kind.h"
#include "tandem/log.h"

namespace tandem {
namespace {

constexpr Log kLog{"directory"};

/// Everybody who is active in a busy hour of a large site; a few hundred bytes each.
constexpr size_t kCacheSize = 16384;
/// No name in the directory is longer; what is asked for may be anything.
constexpr size_t kLongestName = 256;
constexpr size_t kLongestPage = 10'000;  // the switch thread waits for it
constexpr size_t kMostOfOne = 100;       // profiles of a user

std::string column(SQLite::Statement& row, int index) { return row.getColumn(index).getString(); }

/// A statement that is not reset holds its snapshot, and the WAL could never be tidied.
class Asking {
 public:
  Asking(SQLite::Statement& query, std::string_view key) : query_(query), key_(key) { query_.bindNoCopy(1, key_); }
  Asking(const Asking&) = delete;
  Asking& operator=(const Asking&) = delete;
  ~Asking() { query_.tryReset(); }
  bool next() { return query_.executeStep(); }

 private:
  SQLite::Statement& query_;
  const std::string key_;
};

}  // namespace

struct DirectoryStore::Queries {
  explicit Queries(SQLite::Database& db)
      : user(db, kUsers.select() + " WHERE id = ?"),
        badge(db, "SELECT id FROM users WHERE badge = ? AND badge <> ''"),
        device(db, kDevices.select() + " WHERE name = ?"),
        page(db, "SELECT name FROM devices WHERE name > ? ORDER BY name LIMIT ?"),
        profile(db, kProfiles.select() + " WHERE id = ?"),
        profiles_of(db, "SELECT id FROM profiles WHERE user = ? AND user <> '' ORDER BY id"),
        default_profile(db, "SELECT id FROM profiles WHERE model = ? AND user = ''"),
        site(db, "SELECT id, location, emergency_callback, time_zone FROM sites WHERE id = ?"),
        number(db, "SELECT digits, kind, target FROM numbers WHERE digits = ?"),
        devices_of(db, "SELECT name FROM devices WHERE user = ? AND user <> '' ORDER BY name"),
        sample_secret(db, "SELECT EXISTS(SELECT 1 FROM devices WHERE secret = 'office-demo')") {}
  SQLite::Statement user, badge, device, page, profile, profiles_of, default_profile, site, number, devices_of, sample_secret;
};

/// Filled on the writer thread, read on the switch thread afterwards.
struct DirectoryStore::Outcome {
  bool unchanged = false;
  SyncCounts counts;
  Counts now{};
};

Result<std::unique_ptr<DirectoryStore>> DirectoryStore::open(Store& store, const ConfigFolder& config) {
  auto database = store.open("directory.db", directory_migrations(), Durability::full);
  if (!database) return database.error();
  try {
    auto directory = std::unique_ptr<DirectoryStore>(new DirectoryStore(std::move(*database), config));
    Outcome outcome;
    auto synchronised = directory->database_->write_now([&](SQLite::Database& db) { return bring_in(db, config, outcome); });
    if (!synchronised) return synchronised.error();
    directory->counts_ = outcome.now;
    kLog.line(LogLevel::info, "{}", tell(outcome));
    return directory;
  } catch (const std::exception& error) {
    return Error{ErrorCode::io, fmt::format("directory.db: {}", error.what())};
  }
}

DirectoryStore::DirectoryStore(std::unique_ptr<Database> database, const ConfigFolder& config)
    : config_(config),
      database_(std::move(database)),
      queries_(std::make_unique<Queries>(database_->reader())),
      users_(kCacheSize),
      devices_(kCacheSize),
      profiles_(kCacheSize),
      sites_(kCacheSize),
      numbers_(kCacheSize),
      devices_of_(kCacheSize),
      sessions_(std::make_unique<SessionStore>(*database_, *this, [this](std::string_view user) { devices_of_.erase(user); })),
      lines_(std::make_unique<LineStore>(*database_, *this)) {}

DirectoryStore::~DirectoryStore() = default;

void DirectoryStore::reload(UniqueFunction<void(Result<std::string>)> done) {
  auto outcome = std::make_shared<Outcome>();
  auto answer = std::make_shared<UniqueFunction<void(Result<std::string>)>>(std::move(done));
  auto change = [outcome, &config = config_](SQLite::Database& db) { return bring_in(db, config, *outcome); };
  auto told = [this, outcome, answer](Result<void> written) {
    if (!written) return (*answer)(written.error());
    if (!outcome->unchanged) changed(outcome->now);
    (*answer)(tell(*outcome));
  };
  if (auto queued = database_->write(std::move(change), std::move(told), Share::existing); !queued) (*answer)(queued.error());
}

Result<void> DirectoryStore::bring_in(SQLite::Database& db, const ConfigFolder& config, Outcome& outcome) {
  outcome.unchanged = as_declared(db, config);
  if (!outcome.unchanged) {
    const auto files = read_directory_files(config);
    if (!files) return files.error();
    const std::string fingerprint = files->fingerprint();
    outcome.unchanged = fact(db, kDeclaredFact) == fingerprint;
    if (!outcome.unchanged) {
      const auto rows = parse_directory(*files);
      if (!rows) return rows.error();
      auto counted = synchronise_directory(db, *rows);
      if (!counted) return counted.error();
      outcome.counts = *counted;
      keep_fact(db, kDeclaredFact, fingerprint);
      count_rows(db);
    }
    keep_fact(db, kSourcesFact, files->sources);
  }
  outcome.now = kept_counts(db);
  return {};
}

/// Told by the bytes of the files alone, so that a start with a hundred thousand phones does not read what it knows.
bool DirectoryStore::as_declared(SQLite::Database& db, const ConfigFolder& config) {
  const auto sources = fact(db, kSourcesFact);
  return sources && directory_files_unchanged(config, *sources);
}

std::string DirectoryStore::tell(const Outcome& outcome) {
  const auto& now = outcome.now;
  const auto& c = outcome.counts;
  return fmt::format("{} users, {} devices, {} profiles, {} numbers; {}", now.users, now.devices, now.profiles, now.numbers,
                     outcome.unchanged ? "directory.ini has not changed"
                                       : fmt::format("{} rows new, {} changed, {} removed", c.added, c.changed, c.removed));
}

void DirectoryStore::changed(const Counts& now) {
  counts_ = now;
  forget();
}

/// Everybody asks again; who holds a snapshot keeps it.
void DirectoryStore::forget() {
  users_.clear();
  devices_.clear();
  profiles_.clear();
  sites_.clear();
  numbers_.clear();
  devices_of_.clear();
  sessions_->forget_all();
  sample_secret_.reset();
}

Result<void> DirectoryStore::judge(const ConfigFolder& config) {
  const auto files = read_directory_files(config);
  if (!files) return files.error();
  const auto rows = parse_directory(*files);
  return rows ? Result<void>() : rows.error();
}

Result<void> DirectoryStore::check(const ConfigFolder& config) {
  const auto files = read_directory_files(config);
  if (!files) return files.error();
  const auto rows = parse_directory(*files);
  if (!rows) return rows.error();
  if (rows->open.empty()) return {};
  std::vector<std::string> complaints;
  for (const auto& reference : rows->open) complaints.push_back(reference.complaint);
  return directory_error(std::move(complaints));
}

/// What is not there is not remembered: whoever sends made-up names must not be able to empty the cache.
template <class Value, class Read>
Value DirectoryStore::look_up(LruCache<Value>& cache, SQLite::Statement& query, std::string_view key, Read read) {
  if (const Value* known = cache.find(key)) return *known;
  if (key.size() > kLongestName) return {};
  try {
    Asking asking(query, key);
    if (!asking.next()) return {};
    return cache.put(key, read(query));
  } catch (const std::exception& error) {
    kLog.line(LogLevel::error, "directory.db cannot be read: {}", error.what());
    return {};
  }
}

std::shared_ptr<const User> DirectoryStore::user(std::string_view id) {
  return look_up(users_, queries_->user, id, [](SQLite::Statement& row) { return std::make_shared<const User>(kUsers.read(row)); });
}

std::shared_ptr<const Device> DirectoryStore::device(std::string_view name) {
  return look_up(devices_, queries_->device, name,
                 [](SQLite::Statement& row) { return std::make_shared<const Device>(kDevices.read(row)); });
}

std::vector<std::shared_ptr<const Device>> DirectoryStore::devices(std::string_view after, size_t most) {
  std::vector<std::string> names;
  try {
    queries_->page.bind(2, static_cast<int64_t>(std::min(most, kLongestPage)));
    Asking asking(queries_->page, after);
    while (asking.next()) names.push_back(column(queries_->page, 0));
  } catch (const std::exception& error) {
    kLog.line(LogLevel::error, "directory.db cannot be read: {}", error.what());
  }
  std::vector<std::shared_ptr<const Device>> found;
  for (const auto& name : names) {
    if (auto one = device(name)) found.push_back(std::move(one));
  }
  return found;
}

std::shared_ptr<const Profile> DirectoryStore::profile(std::string_view id) {
  return look_up(profiles_, queries_->profile, id,
                 [](SQLite::Statement& row) { return std::make_shared<const Profile>(kProfiles.read(row)); });
}

/// Short lists that are asked for at a login: no cache.
std::vector<std::string> DirectoryStore::first_column(SQLite::Statement& query, std::string_view key) {
  std::vector<std::string> values;
  if (key.empty() || key.size() > kLongestName) return values;
  try {
    Asking asking(query, key);
    while (values.size() < kMostOfOne && asking.next()) values.push_back(column(query, 0));
  } catch (const std::exception& error) {
    kLog.line(LogLevel::error, "directory.db cannot be read: {}", error.what());
  }
  return values;
}

std::vector<std::shared_ptr<const Profile>> DirectoryStore::profiles_of(std::string_view user) {
  std::vector<std::shared_ptr<const Profile>> found;
  for (const auto& id : first_column(queries_->profiles_of, user)) {
    if (auto one = profile(id)) found.push_back(std::move(one));
  }
  return found;
}

std::shared_ptr<const Profile> DirectoryStore::default_profile(std::string_view model) {
  const auto ids = first_column(queries_->default_profile, model);
  return ids.empty() ? nullptr : profile(ids.front());
}

std::shared_ptr<const User> DirectoryStore::user_by_badge(std::string_view badge) {
  const auto ids = first_column(queries_->badge, badge);
  return ids.empty() ? nullptr : user(ids.front());
}

std::shared_ptr<const Site> DirectoryStore::site(std::string_view id) {
  return look_up(sites_, queries_->site, id, [](SQLite::Statement& row) {
    return std::make_shared<const Site>(Site{column(row, 0), column(row, 1), column(row, 2), column(row, 3)});
  });
}

std::optional<Number> DirectoryStore::number(std::string_view digits) {
  return look_up(numbers_, queries_->number, digits, [](SQLite::Statement& row) {
    return std::optional(Number{column(row, 0), kind_from(column(row, 1)), column(row, 2)});
  });
}

/// A person's own phone speaks for that person; any other is neutral. The answer is always worked out anew from cached parts, so that who
/// is at a device can never be stale.
Occupant DirectoryStore::occupant(const Device& device) {
  if (const auto session = sessions_->at(device.name)) {
    // Of a user who has been removed since, only the row is left, until the next sweep.
    if (auto here = at_login(device, *session); here.user != nullptr) return here;
  }
  const auto resting = device.logout_profile.empty() ? nullptr : profile(device.logout_profile);
  if (auto owner = device.owner.empty() ? nullptr : user(device.owner)) {
    const std::string number = owner->extension, name = owner->name, calling_class = owner->calling_class;
    return {std::move(owner), number, name, calling_class, resting};
  }
  return {nullptr, device.extension, device.label, "neutral", resting};
}

Occupant DirectoryStore::at_login(const Device& device, const LoginSession& session) {
  auto who = user(session.user);
  if (who == nullptr) return {};
  auto brought = session.profile.empty() ? default_profile(device.model) : profile(session.profile);
  const std::string number = who->extension, name = who->name;
  const std::string calling_class = brought && !brought->calling_class.empty() ? brought->calling_class : who->calling_class;
  return {std::move(who), number, name, calling_class, std::move(brought), true};
}

std::vector<std::string> DirectoryStore::devices_of(std::string_view user) {
  if (const auto* known = devices_of_.find(user)) return **known;
  std::vector<std::string> names;
  for (auto& own : first_column(queries_->devices_of, user)) {
    const auto session = sessions_->at(own);
    if (session == nullptr || session->user == user) names.push_back(std::move(own));
  }
  for (const auto& session : sessions_->of(user)) {
    if (std::find(names.begin(), names.end(), session->device) == names.end()) names.push_back(session->device);
  }
  if (names.empty()) return names;  // whoever asks for made-up names must not be able to empty the cache
  return *devices_of_.put(user, std::make_shared<const std::vector<std::string>>(std::move(names)));
}

bool DirectoryStore::sample_secret_in_force() {
  if (!sample_secret_) {
    try {
      queries_->sample_secret.executeStep();
      sample_secret_ = queries_->sample_secret.getColumn(0).getInt() != 0;
    } catch (const std::exception& error) {
      kLog.line(LogLevel::error, "directory.db cannot be read: {}", error.what());
    }
    queries_->sample_secret.tryReset();
  }
  return sample_secret_.value_or(true);  // unknown: better bind loopback alone
}

Directory::Counts DirectoryStore::counts() { return counts_; }

}  // namespace tandem
