// ReportWorker: a thread with a read connection of its own, for queries that may take long. Built at the first report, used and destroyed
// on the switch thread; the connection belongs to the worker's own thread in between.
#pragma once

#include <atomic>
#include <memory>
#include <string>
#include <thread>

#include "store/connection.h"
#include "store/delivery.h"
#include "store/job_queue.h"

namespace tandem {

class ReportWorker {
 public:
  ReportWorker(std::string path, std::unique_ptr<SQLite::Database> db, std::shared_ptr<Delivery> delivery);
  /// Interrupts the query that runs and forgets the ones that wait.
  ~ReportWorker();
  ReportWorker(const ReportWorker&) = delete;
  ReportWorker& operator=(const ReportWorker&) = delete;

  Result<void> put(UniqueFunction<Result<void>(SQLite::Database&)> query, UniqueFunction<void(Result<void>)> done);

 private:
  struct Job {
    UniqueFunction<Result<void>(SQLite::Database&)> query;
    UniqueFunction<void(Result<void>)> done;
  };
  void run();
  Completion answer(Job job);

  const std::string path_;
  std::unique_ptr<SQLite::Database> db_;
  std::shared_ptr<Delivery> delivery_;
  JobQueue<Job> queue_;
  std::atomic<bool> closing_{false};
  std::thread thread_;
};

}  // namespace tandem
