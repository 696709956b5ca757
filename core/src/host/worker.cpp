#include "host/worker.h"

#include <fmt/format.h>

#include <exception>

namespace tandem {
namespace {

constexpr size_t kMostJobs = 64;
constexpr std::chrono::milliseconds kTryAgain{20};  // when the switch thread's mailbox was full

Result<void> guarded(UniqueFunction<Result<void>()>& work) {
  try {
    return work();
  } catch (const std::exception& error) {
    return Error{ErrorCode::internal, fmt::format("the work failed: {}", error.what())};
  }
}

}  // namespace

Worker::Worker(Loop& loop) : delivery_(std::make_shared<Delivery>(loop)), queue_(kMostJobs), thread_([this] { serve(); }) {}

Worker::~Worker() {
  delivery_->close();
  (void)queue_.abandon();
  queue_.close();
  thread_.join();
}

Result<void> Worker::run(UniqueFunction<Result<void>()> job, UniqueFunction<void(Result<void>)> done) {
  if (queue_.put({std::move(job), std::move(done)}, Share::existing)) return {};
  return Error{ErrorCode::exhausted, "too much is being worked on already; try again"};
}

void Worker::serve() {
  std::vector<Job> jobs;
  bool delivered = true;
  while (queue_.take(jobs, delivered ? std::nullopt : std::optional(kTryAgain))) {
    std::vector<Completion> completions;
    for (auto& job : jobs) {
      auto result = guarded(job.work);
      job.work = nullptr;  // what it holds goes away on the thread that used it
      completions.push_back({std::move(job.done), std::move(result)});
    }
    delivery_->add(std::move(completions));
    delivered = delivery_->flush();
  }
}

}  // namespace tandem
