#include "store/writer.h"

#include <fmt/format.h>
#include <pthread.h>
#include <sqlite3.h>

#include <utility>

namespace tandem {
namespace {

/// Some seconds of the highest rate at which a switch could ask for changes; a job holds a few hundred bytes.
constexpr size_t kQueueCapacity = 32768;
/// How soon a full mailbox is tried again.
constexpr std::chrono::milliseconds kDeliveryRetry{2};

void step(SQLite::Statement& statement) {
  statement.exec();
  statement.reset();
}

}  // namespace

Writer::Statements::Statements(SQLite::Database& db)
    : begin(db, "BEGIN IMMEDIATE"),
      commit(db, "COMMIT"),
      savepoint(db, "SAVEPOINT change"),
      release(db, "RELEASE change"),
      undo_one(db, "ROLLBACK TO change") {}

Writer::Writer(std::string path, std::unique_ptr<SQLite::Database> db, std::shared_ptr<Delivery> delivery)
    : path_(std::move(path)),
      db_(std::move(db)),
      statements_(std::make_unique<Statements>(*db_)),
      delivery_(std::move(delivery)),
      queue_(kQueueCapacity),
      thread_([this] { run(); }) {}

Writer::~Writer() {
  queue_.close();
  thread_.join();
}

Result<void> Writer::put(Change change, UniqueFunction<void(Result<void>)> done, Share share) {
  backlog_.fetch_add(1, std::memory_order_relaxed);
  if (queue_.put({std::move(change), std::move(done)}, share)) return {};
  backlog_.fetch_sub(1, std::memory_order_relaxed);
  return Error{ErrorCode::exhausted, fmt::format("{}: too many changes wait for the disk", path_)};
}

Result<void> Writer::put_and_wait(Change change) {
  std::promise<Result<void>> promise;
  auto committed = promise.get_future();
  backlog_.fetch_add(1, std::memory_order_relaxed);
  if (!queue_.put_always({std::move(change), nullptr, &promise})) return Error{ErrorCode::unavailable, path_ + ": is being closed"};
  return committed.get();
}

void Writer::run() {
  pthread_setname_np(pthread_self(), "store-writer");
  std::vector<Job> batch;
  bool delivered = true;
  while (queue_.take(batch, delivered ? std::nullopt : std::optional(kDeliveryRetry))) {
    if (!batch.empty()) {
      commit(batch);
      report(batch);
    }
    delivered = delivery_->flush();
  }
}

void Writer::commit(std::vector<Job>& batch) {
  for (size_t first = 0; first < batch.size();) first = transaction(batch, first);
}

/// Runs the jobs from `first` on in one transaction and says where the next one has to begin: at the end, or behind a job whose error took
/// the whole transaction with it (SQLite does that when the disk fails).
size_t Writer::transaction(std::vector<Job>& batch, size_t first) {
  size_t next = first;
  const auto fail_since_first = [&](const Error& error) {
    for (size_t i = first; i < next; ++i) {
      if (batch[i].result) batch[i].result = error;
    }
  };
  try {
    step(statements_->begin);
    while (next < batch.size()) {
      change_one(batch[next++]);
      if (lost_transaction()) {
        const Result<void>& broken = batch[next - 1].result;
        fail_since_first(broken ? Error{ErrorCode::internal, path_ + ": a change ended the transaction"} : broken.error());
        return next;
      }
    }
    step(statements_->commit);
  } catch (const std::exception& error) {
    // BEGIN or COMMIT itself failed: the disk is full or gone, or another program holds the file. The next batch tries again.
    next = batch.size();
    fail_since_first(database_error(path_, error));
    for (auto* statement : {&statements_->begin, &statements_->commit}) statement->tryReset();
    if (!lost_transaction()) sqlite3_exec(db_->getHandle(), "ROLLBACK", nullptr, nullptr, nullptr);
  }
  return next;
}

void Writer::change_one(Job& job) {
  try {
    step(statements_->savepoint);
    job.result = job.change(*db_);
  } catch (const std::exception& error) {
    job.result = database_error(path_, error);
  }
  // What the change holds goes away here, on the thread that used it.
  job.change = nullptr;
  if (lost_transaction()) return;
  try {
    if (!job.result) step(statements_->undo_one);
    step(statements_->release);
  } catch (const std::exception& error) {
    if (job.result) job.result = database_error(path_, error);
  }
}

bool Writer::lost_transaction() const { return sqlite3_get_autocommit(db_->getHandle()) != 0; }

void Writer::report(std::vector<Job>& batch) {
  backlog_.fetch_sub(batch.size(), std::memory_order_relaxed);
  std::vector<Completion> completions;
  completions.reserve(batch.size());
  for (auto& job : batch) {
    if (job.waiting != nullptr) job.waiting->set_value(std::move(job.result));
    if (job.done) completions.push_back({std::move(job.done), std::move(job.result)});
  }
  batch.clear();
  delivery_->add(std::move(completions));
}

}  // namespace tandem
