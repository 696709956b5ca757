// DatabaseFile: one SQLite file with its writer thread, its report worker and the switch thread's reader. Switch thread.
#pragma once

#include <memory>
#include <string>

#include "store/report_worker.h"
#include "store/writer.h"
#include "tandem/store.h"

namespace tandem {

class DatabaseFile final : public Database {
 public:
  /// Opens, migrates, starts the writer. Errors as Store::open. `held` lives as long as the database: the store's mark that it is open.
  static Result<std::unique_ptr<Database>> open(const std::string& path, const Migrations& migrations, Durability durability, Loop& loop,
                                                std::shared_ptr<void> held);
  ~DatabaseFile() override;

  Result<void> write(Change change, UniqueFunction<void(Result<void>)> done, Share share) override;
  Result<void> write_now(Change change) override;
  Result<void> read(UniqueFunction<Result<void>(SQLite::Database&)> query, UniqueFunction<void(Result<void>)> done) override;
  SQLite::Database& reader() override { return *reader_; }
  size_t backlog() const override { return writer_.backlog(); }

 private:
  DatabaseFile(const std::string& path, std::unique_ptr<SQLite::Database> writer, std::unique_ptr<SQLite::Database> reader, Loop& loop,
               std::shared_ptr<void> held);

  const std::string path_;
  std::shared_ptr<void> held_;
  std::shared_ptr<Delivery> delivery_;
  Writer writer_;  ///< destroyed after the readers, so that the last connection to close is the one that may tidy the WAL away
  std::unique_ptr<SQLite::Database> reader_;
  std::unique_ptr<ReportWorker> reports_;  ///< null until the first report
};

}  // namespace tandem
