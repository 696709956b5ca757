#include "store/report_worker.h"

#include <fmt/format.h>
#include <pthread.h>
#include <sqlite3.h>

#include <utility>

namespace tandem {
namespace {

/// Reports are asked for by people; more than these waiting is an attack or a broken script.
constexpr size_t kQueueCapacity = 1024;
constexpr std::chrono::milliseconds kDeliveryRetry{2};
/// Every so many steps of SQLite's machine a query looks whether it is still wanted: well under a millisecond.
constexpr int kStepsBetweenLooks = 10000;

}  // namespace

ReportWorker::ReportWorker(std::string path, std::unique_ptr<SQLite::Database> db, std::shared_ptr<Delivery> delivery)
    : path_(std::move(path)), db_(std::move(db)), delivery_(std::move(delivery)), queue_(kQueueCapacity) {
  const auto unwanted = [](void* closing) { return static_cast<std::atomic<bool>*>(closing)->load() ? 1 : 0; };
  sqlite3_progress_handler(db_->getHandle(), kStepsBetweenLooks, unwanted, &closing_);
  thread_ = std::thread([this] { run(); });
}

ReportWorker::~ReportWorker() {
  closing_ = true;
  queue_.close();
  thread_.join();
}

Result<void> ReportWorker::put(UniqueFunction<Result<void>(SQLite::Database&)> query, UniqueFunction<void(Result<void>)> done) {
  if (queue_.put({std::move(query), std::move(done)}, Share::new_work)) return {};
  return Error{ErrorCode::exhausted, fmt::format("{}: too many reports are waiting", path_)};
}

void ReportWorker::run() {
  pthread_setname_np(pthread_self(), "store-reports");
  std::vector<Job> batch;
  bool delivered = true;
  while (queue_.take(batch, delivered ? std::nullopt : std::optional(kDeliveryRetry))) {
    for (auto& job : batch) {
      if (closing_) return;
      std::vector<Completion> one;
      one.push_back(answer(std::move(job)));
      delivery_->add(std::move(one));
      delivered = delivery_->flush();
    }
    if (batch.empty()) delivered = delivery_->flush();
  }
}

Completion ReportWorker::answer(Job job) {
  try {
    auto result = job.query(*db_);
    return {std::move(job.done), std::move(result)};
  } catch (const std::exception& error) {
    return {std::move(job.done), database_error(path_, error)};
  }
}

}  // namespace tandem
