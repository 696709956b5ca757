// Worker: a thread for work that may wait for the disk, and the way back. Built, used and destroyed on the switch thread.
#pragma once

#include <memory>
#include <thread>

#include "store/delivery.h"
#include "store/job_queue.h"
#include "tandem/loop.h"

namespace tandem {

class Worker {
 public:
  explicit Worker(Loop& loop);
  /// Waits for the job that runs; what waits is forgotten, and no `done` is called any more.
  ~Worker();
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;

  /// `job` on the worker's thread, then `done` on the switch thread with what it returned. exhausted when too much waits already.
  Result<void> run(UniqueFunction<Result<void>()> job, UniqueFunction<void(Result<void>)> done);

 private:
  struct Job {
    UniqueFunction<Result<void>()> work;
    UniqueFunction<void(Result<void>)> done;
  };
  void serve();

  std::shared_ptr<Delivery> delivery_;
  JobQueue<Job> queue_;
  std::thread thread_;
};

}  // namespace tandem
