// MobileService: Mobile Connect as the core and every door see it: who can be reached where, and the changes to that. Switch thread.
#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <unordered_map>

#include "book.h"
#include "checks.h"
#include "planner.h"
#include "settings.h"
#include "tandem/events.h"
#include "tandem/line_settings.h"
#include "tandem/loop.h"
#include "tandem/named_event.h"
#include "tandem/policies.h"
#include "tandem/remote_destinations.h"
#include "tandem/store.h"

namespace tandem {

struct StoredRows;

class MobileService final : public RemoteDestinations {
 public:
  /// What it works with; all outlive it.
  struct Parts {
    Loop& loop;
    Events& events;
    Directory& directory;
    Store& store;
    Policies* policies = nullptr;  ///< null: nobody rules
    LineBook* lines = nullptr;     ///< null: nobody minds being disturbed
  };
  using Done = UniqueFunction<void(Result<void>)>;

  /// invalid: rows of the ini file that cannot be, with file and line. Blocks: at start only.
  static Result<std::unique_ptr<MobileService>> open(const Parts& parts, const MobileSettings& settings);
  ~MobileService() override;
  MobileService(const MobileService&) = delete;
  MobileService& operator=(const MobileService&) = delete;

  /// The same book with other settings, for a reload: judged whole, nothing changed. The task takes it into force.
  Result<Task> prepare(const MobileSettings& settings);
  const MobileSettings& settings() const { return settings_; }
  const RemoteBook& book() const { return *book_; }
  Directory& directory() { return parts_.directory; }
  SaveChecks checks() const { return {*book_, parts_.directory, settings_}; }

  // RemoteDestinations.
  ReachPlan plan(const ReachQuestion& question) override;
  std::optional<RemoteMatch> match(std::string_view number) override;
  std::vector<MoveTarget> may_move_to(std::string_view user) override;
  Result<Registration> occupy(std::string_view id) override;
  std::chrono::milliseconds pickup_wait(std::string_view user) override;
  std::string office_number(std::string_view number) override;
  bool voice_access(std::string_view user) override;
  Result<void> set_mobility(std::string_view user, bool on, UniqueFunction<void(Result<void>)> done) override;

  /// For `mobile test`: as plan(), at another time, with the destinations that do not ring.
  std::vector<Planner::Verdict> judge(const ReachQuestion& question, std::optional<WallTime> at) const;
  std::string nothing_rings(const ReachQuestion& question) const;
  struct Matching {
    const Destination* destination = nullptr;
    std::string why;  ///< a sentence
    bool complete = false;
  };
  Matching explain_match(std::string_view number) const;
  bool mobility(std::string_view user) const;
  /// What is in force for that person.
  PersonSettings person(std::string_view user) const;

  // Changes. They are looked at one after the other; `done` runs when it is on disk and in force, or with a sentence why not: invalid,
  // not_found, exists, exhausted, forbidden (the row is the ini file's), busy (something uses it), io.
  template <class Row>
  using Edit = std::function<Result<void>(Row&)>;
  /// A destination that is not there yet.
  void create(Destination row, Done done);
  void edit(std::string id, Edit<Destination> edit, Done done);
  void remove(std::string id, Done done);
  void create(AccessList row, Done done);
  void edit_list(std::string name, Edit<AccessList> edit, Done done);
  void remove_list(std::string name, Done done);
  void edit_person(std::string user, Edit<PersonSettings> edit, Done done);
  size_t waiting() const { return changes_.size(); }

 private:
  MobileService(const Parts& parts, std::unique_ptr<Database> database);

  /// One change: looked at when its turn comes, then written, then in force.
  struct Change {
    std::function<Result<void>()> look;
    std::function<Result<void>(SQLite::Database&)> write;
    std::function<void()> apply;
    Done done;
  };
  void queue(Change change);
  void next();
  void finished(Result<void> result);
  Result<std::unique_ptr<RemoteBook>> make_book(const MobileSettings& settings, StoredRows rows);
  void take(std::unique_ptr<RemoteBook> book, const MobileSettings& settings);
  void listen();
  void guest_came(const Value& data);
  void guest_left(const Value& data);
  void forget_guests();

  Parts parts_;
  std::unique_ptr<Database> database_;
  MobileSettings settings_;
  std::unique_ptr<RemoteBook> book_;
  std::unique_ptr<Planner> planner_;
  std::unordered_map<std::string, size_t> calls_;  ///< by destination
  std::deque<Change> changes_;                     ///< the first one is under way
  std::vector<Registration> heard_;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace tandem
