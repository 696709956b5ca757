// Writer: the one thread that changes a database file. It commits at once what gathered while it last committed, so that it adapts to the
// disk by itself. Built and destroyed on the switch thread; the connection belongs to the writer's own thread in between.
#pragma once

#include <atomic>
#include <future>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "store/connection.h"
#include "store/delivery.h"
#include "store/job_queue.h"

namespace tandem {

using Change = UniqueFunction<Result<void>(SQLite::Database&)>;

class Writer {
 public:
  /// `db` is migrated already. `delivery` takes the outcomes.
  Writer(std::string path, std::unique_ptr<SQLite::Database> db, std::shared_ptr<Delivery> delivery);
  /// Commits what is queued, then ends the thread and closes the file.
  ~Writer();
  Writer(const Writer&) = delete;
  Writer& operator=(const Writer&) = delete;

  Result<void> put(Change change, UniqueFunction<void(Result<void>)> done, Share share);
  /// Blocks the caller until the commit.
  Result<void> put_and_wait(Change change);
  /// Accepted and not yet committed.
  size_t backlog() const { return backlog_.load(std::memory_order_relaxed); }

 private:
  struct Job {
    Change change;
    UniqueFunction<void(Result<void>)> done;        ///< told on the switch thread, or
    std::promise<Result<void>>* waiting = nullptr;  ///< who sleeps until the commit
    Result<void> result;
  };
  struct Statements {
    explicit Statements(SQLite::Database& db);
    SQLite::Statement begin, commit, savepoint, release, undo_one;
  };

  void run();
  void commit(std::vector<Job>& batch);
  size_t transaction(std::vector<Job>& batch, size_t first);
  void change_one(Job& job);
  bool lost_transaction() const;
  void report(std::vector<Job>& batch);

  const std::string path_;
  std::unique_ptr<SQLite::Database> db_;
  std::unique_ptr<Statements> statements_;
  std::shared_ptr<Delivery> delivery_;
  JobQueue<Job> queue_;
  std::atomic<size_t> backlog_{0};
  std::thread thread_;
};

}  // namespace tandem
