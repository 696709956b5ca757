// DirectoryStore: the directory in directory.db, kept in step with configs/directory.ini. Switch thread; local reads of microseconds.
#pragma once

#include <SQLiteCpp/SQLiteCpp.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/config_folder.h"
#include "store/answers.h"
#include "store/line_store.h"
#include "store/lru_cache.h"
#include "store/session_store.h"
#include "tandem/directory.h"
#include "tandem/store.h"

namespace tandem {

class DirectoryStore final : public Directory, public GuestBook {
 public:
  /// Opens STATE/directory.db and brings in what directory.ini declares, unless that has not changed since. Blocks: at start only.
  /// Errors: as Store::open, and invalid with every complaint about the files, one a line.
  static Result<std::unique_ptr<DirectoryStore>> open(Store& store, const ConfigFolder& config);
  ~DirectoryStore() override;

  /// Reads directory.ini anew on the writer thread, however long it is; on an error everything stays as it was. `done` gets one sentence of
  /// what has changed.
  void reload(UniqueFunction<void(Result<std::string>)> done);
  /// Validates the files alone, for `tandem check`: what they refer to must be declared in them.
  static Result<void> check(const ConfigFolder& config);
  /// Validates what can be without the database, where what they refer to may be. Any thread.
  static Result<void> judge(const ConfigFolder& config);

  std::shared_ptr<const User> user(std::string_view id) override;
  std::shared_ptr<const Device> device(std::string_view name) override;
  std::vector<std::shared_ptr<const Device>> devices(std::string_view after, size_t most) override;
  std::shared_ptr<const Profile> profile(std::string_view id) override;
  std::vector<std::shared_ptr<const Profile>> profiles_of(std::string_view user) override;
  std::shared_ptr<const Profile> default_profile(std::string_view model) override;
  std::shared_ptr<const User> user_by_badge(std::string_view badge) override;
  std::shared_ptr<const Site> site(std::string_view id) override;
  std::optional<Number> number(std::string_view digits) override;
  Occupant occupant(const Device& device) override;
  std::vector<std::string> devices_of(std::string_view user) override;
  bool sample_secret_in_force() override;
  Counts counts() override;

  void add(User user, Done done) override;
  void remove(std::string user, Done done) override;
  void forget_answers() override { guest_answers_.clear(); }

  /// Who is logged in where; it answers occupant() and devices_of().
  SessionStore& sessions() { return *sessions_; }
  /// What people have set for their lines.
  LineStore& lines() { return *lines_; }
  /// For reports, and for changes that are followed by changed().
  Database& database() { return *database_; }
  /// Rows were changed through database(), and there are so many now: nobody gets an old answer from here on.
  void changed(const Counts& now);

 private:
  struct Queries;
  DirectoryStore(std::unique_ptr<Database> database, const ConfigFolder& config);

  struct Outcome;
  static Result<void> bring_in(SQLite::Database& db, const ConfigFolder& config, Outcome& outcome);
  static std::string tell(const Outcome& outcome);
  static bool as_declared(SQLite::Database& db, const ConfigFolder& config);
  void forget();
  void change_guests(UniqueFunction<Result<void>(SQLite::Database&)> change, Done done);
  std::vector<std::string> first_column(SQLite::Statement& query, std::string_view key);
  Occupant at_login(const Device& device, const LoginSession& session);
  template <class Value, class Read>
  Value look_up(LruCache<Value>& cache, SQLite::Statement& query, std::string_view key, Read read);

  const ConfigFolder& config_;
  std::unique_ptr<Database> database_;
  std::unique_ptr<Queries> queries_;  ///< prepared on the database's reader, so destroyed before it
  LruCache<std::shared_ptr<const User>> users_;
  LruCache<std::shared_ptr<const Device>> devices_;
  LruCache<std::shared_ptr<const Profile>> profiles_;
  LruCache<std::shared_ptr<const Site>> sites_;
  LruCache<std::optional<Number>> numbers_;
  LruCache<std::shared_ptr<const std::vector<std::string>>> devices_of_;
  Answers<void> guest_answers_;
  std::unique_ptr<SessionStore> sessions_;  ///< asks and reads what is above
  std::unique_ptr<LineStore> lines_;        ///< the same
  std::optional<bool> sample_secret_;
  Counts counts_{};  ///< as the last transaction left them
};

}  // namespace tandem
