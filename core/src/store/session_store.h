// SessionStore: the sessions in directory.db. Local reads of microseconds; each change is decided and written by the writer thread in one
// transaction, and told on the switch thread once it is durable. Switch thread.
#pragma once

#include <SQLiteCpp/SQLiteCpp.h>

#include <memory>
#include <string>
#include <vector>

#include "store/answers.h"
#include "store/lru_cache.h"
#include "tandem/events.h"
#include "tandem/sessions.h"
#include "tandem/store.h"

namespace tandem {

class Directory;

class SessionStore final : public Sessions {
 public:
  /// `forget`: where somebody is may have changed, before the events about it are told.
  SessionStore(Database& database, Directory& directory, UniqueFunction<void(std::string_view user)> forget);
  ~SessionStore() override;
  SessionStore(const SessionStore&) = delete;
  SessionStore& operator=(const SessionStore&) = delete;

  /// Who is told of changes from now on; null: nobody.
  void tell(Events* events) { events_ = events; }
  /// The tables have been changed by others.
  void forget_all();

  std::shared_ptr<const LoginSession> at(std::string_view device) override;
  std::vector<std::shared_ptr<const LoginSession>> of(std::string_view user) override;
  std::vector<std::shared_ptr<const LoginSession>> page(std::string_view after, size_t most) override;
  std::vector<std::shared_ptr<const LoginSession>> due(WallTime now, size_t most) override;
  std::optional<WallTime> next_due() override;
  int64_t count() override;
  int64_t version(std::string_view device) override;
  std::string last_user(std::string_view device) override;

  void begin(SessionOrder order, Done done) override;
  void end(SessionEndOrder order, Done done) override;
  void put_off(const LoginSession& session, WallTime idle_at) override;
  void put_off_all(WallTime now) override;
  void mark(std::string_view device, int64_t version, LoginState state, std::string reason) override;
  void note(SessionNote note) override;
  void history(HistoryQuestion question, UniqueFunction<void(Result<std::vector<SessionNote>>)> done) override;
  void forget_history(WallTime before) override;
  void forget_answers() override;

 private:
  struct Queries;
  /// Filled on the writer thread, read on the switch thread afterwards.
  struct Outcome {
    SessionChange change;
    std::string why;
    bool by_hand = false;
  };
  using Decide = UniqueFunction<Result<void>(SQLite::Database&, Outcome&)>;

  void change(Decide decide, Done done);
  void told(const Outcome& outcome);
  void forget(const LoginSession& session);
  void tell_carried(const std::string& device, const std::string& previous);
  void write_aside(UniqueFunction<Result<void>(SQLite::Database&)> change, std::string device, const char* what);
  template <class Bind>
  std::vector<std::shared_ptr<const LoginSession>> rows(SQLite::Statement& query, Bind bind);

  Database& database_;
  Directory& directory_;
  UniqueFunction<void(std::string_view)> forget_;
  Events* events_ = nullptr;
  std::unique_ptr<Queries> queries_;
  LruCache<std::shared_ptr<const LoginSession>> at_;  ///< also that nobody is there
  Answers<SessionChange> answers_;
  Answers<std::vector<SessionNote>> history_answers_;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace tandem
