#include "store/database.h"

#include <utility>

namespace tandem {
namespace {

/// WAL readers wait for nobody except while a crashed file is recovered, which happened when the writer opened it.
constexpr std::chrono::milliseconds kSwitchThreadPatience{20};
constexpr std::chrono::milliseconds kReportPatience{2000};

}  // namespace

Result<std::unique_ptr<Database>> DatabaseFile::open(const std::string& path, const Migrations& migrations, Durability durability,
                                                     Loop& loop, std::shared_ptr<void> held) {
  auto writer = open_writer(path, durability);
  if (!writer) return writer.error();
  if (auto migrated = migrate(**writer, path, migrations); !migrated) return migrated.error();
  auto reader = open_reader(path, kSwitchThreadPatience);
  if (!reader) return reader.error();
  return std::unique_ptr<Database>(new DatabaseFile(path, std::move(*writer), std::move(*reader), loop, std::move(held)));
}

DatabaseFile::DatabaseFile(const std::string& path, std::unique_ptr<SQLite::Database> writer, std::unique_ptr<SQLite::Database> reader,
                           Loop& loop, std::shared_ptr<void> held)
    : path_(path),
      held_(std::move(held)),
      delivery_(std::make_shared<Delivery>(loop)),
      writer_(path, std::move(writer), delivery_),
      reader_(std::move(reader)) {}

DatabaseFile::~DatabaseFile() { delivery_->close(); }

Result<void> DatabaseFile::write(Change change, UniqueFunction<void(Result<void>)> done, Share share) {
  return writer_.put(std::move(change), std::move(done), share);
}

Result<void> DatabaseFile::write_now(Change change) { return writer_.put_and_wait(std::move(change)); }

Result<void> DatabaseFile::read(UniqueFunction<Result<void>(SQLite::Database&)> query, UniqueFunction<void(Result<void>)> done) {
  if (!reports_) {
    auto connection = open_reader(path_, kReportPatience);
    if (!connection) return connection.error();
    reports_ = std::make_unique<ReportWorker>(path_, std::move(*connection), delivery_);
  }
  return reports_->put(std::move(query), std::move(done));
}

}  // namespace tandem
