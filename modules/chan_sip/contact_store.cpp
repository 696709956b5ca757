#include "contact_store.h"

#include <SQLiteCpp/SQLiteCpp.h>
#include <SQLiteCpp/VariadicBind.h>
#include <fmt/format.h>

#include <utility>

#include "tandem/log.h"

namespace tandem {
namespace {

constexpr Log kLog("sip");
constexpr auto kGather = std::chrono::milliseconds(300);  // registrations are due on disk within a second
constexpr auto kRetry = std::chrono::seconds(5);

const Migrations& migrations() {
  static const Migrations steps{
      "CREATE TABLE contact("
      "device TEXT NOT NULL, uri TEXT NOT NULL, received TEXT NOT NULL, expires INTEGER NOT NULL, user_agent TEXT NOT NULL,"
      "call_id TEXT NOT NULL, cseq INTEGER NOT NULL, q REAL NOT NULL, version INTEGER NOT NULL,"
      "PRIMARY KEY(device, uri)) WITHOUT ROWID;",
      "ALTER TABLE contact ADD COLUMN bound INTEGER NOT NULL DEFAULT 0;",
      // Two flows of one phone may have the same URI.
      "CREATE TABLE contact_of_flow("
      "device TEXT NOT NULL, uri TEXT NOT NULL, instance TEXT NOT NULL DEFAULT '', reg_id INTEGER NOT NULL DEFAULT 0,"
      "received TEXT NOT NULL, expires INTEGER NOT NULL, user_agent TEXT NOT NULL, call_id TEXT NOT NULL, cseq INTEGER NOT NULL,"
      "q REAL NOT NULL, version INTEGER NOT NULL, bound INTEGER NOT NULL DEFAULT 0, nat INTEGER NOT NULL DEFAULT 0,"
      "lines INTEGER NOT NULL DEFAULT 0, path TEXT NOT NULL DEFAULT '', gruu TEXT NOT NULL DEFAULT '',"
      "PRIMARY KEY(device, uri, instance, reg_id)) WITHOUT ROWID;"
      "INSERT INTO contact_of_flow(device, uri, received, expires, user_agent, call_id, cseq, q, version, bound)"
      " SELECT device, uri, received, expires, user_agent, call_id, cseq, q, version, bound FROM contact;"
      "DROP TABLE contact;"
      "ALTER TABLE contact_of_flow RENAME TO contact;"};
  return steps;
}

int64_t unix_seconds(WallTime time) { return std::chrono::duration_cast<std::chrono::seconds>(time.time_since_epoch()).count(); }

}  // namespace

/// A contact as it is stored: its expiry by wall clock.
struct ContactStore::Row {
  Contact contact;
  int64_t expires = 0;
};

Result<std::unique_ptr<ContactStore>> ContactStore::open(Store& store, Loop& loop) {
  // A power cut may take the last registrations: phones bring them again.
  auto database = store.open("state.db", migrations(), Durability::normal);
  if (!database) return database.error();
  return std::unique_ptr<ContactStore>(new ContactStore(std::move(*database), loop));
}

ContactStore::ContactStore(std::unique_ptr<Database> database, Loop& loop)
    : loop_(loop),
      database_(std::move(database)),
      waiting_(std::make_unique<Rows>()),
      timer_(loop),
      self_(std::make_shared<ContactStore*>(this)) {}

ContactStore::~ContactStore() {
  flush();
  *self_ = nullptr;
}

Result<std::vector<ContactStore::Kept>> ContactStore::load() {
  std::vector<Kept> kept;
  try {
    const WallTime wall = loop_.clock().wall();
    const Instant now = loop_.clock().now();
    SQLite::Statement query(
        database_->reader(),
        "SELECT device, uri, received, expires, user_agent, call_id, cseq, q, bound, instance, reg_id, nat, lines, path, gruu"
        " FROM contact WHERE expires > ? ORDER BY device, uri");
    query.bind(1, unix_seconds(wall));
    while (query.executeStep()) {
      auto received = SocketAddress::parse(query.getColumn(2).getString());
      if (!received) continue;
      Kept k;
      k.device = query.getColumn(0).getString();
      k.contact.uri = query.getColumn(1).getString();
      k.contact.received = *received;
      k.contact.expires = now + std::chrono::seconds(query.getColumn(3).getInt64() - unix_seconds(wall));
      k.contact.user_agent = query.getColumn(4).getString();
      k.contact.call_id = query.getColumn(5).getString();
      k.contact.cseq = query.getColumn(6).getUInt();
      k.contact.q = static_cast<float>(query.getColumn(7).getDouble());
      k.contact.bound = query.getColumn(8).getInt() != 0;
      k.contact.instance = query.getColumn(9).getString();
      k.contact.reg_id = query.getColumn(10).getUInt();
      k.contact.nat = query.getColumn(11).getInt() != 0;
      k.contact.lines = query.getColumn(12).getInt() != 0;
      k.contact.path = query.getColumn(13).getString();
      k.contact.gruu = GruuSeed::from_text(query.getColumn(14).getString());
      kept.push_back(std::move(k));
    }
  } catch (const std::exception& e) {
    return Error{ErrorCode::io, fmt::format("the kept contacts cannot be read from state.db: {}", e.what())};
  }
  return kept;
}

void ContactStore::save(const std::string& device, const std::vector<Contact>& contacts) {
  const WallTime wall = loop_.clock().wall();
  const Instant now = loop_.clock().now();
  std::vector<Row>& rows = (*waiting_)[device];
  rows.clear();
  for (const auto& contact : contacts) {
    rows.push_back({contact, unix_seconds(wall + std::chrono::duration_cast<WallTime::duration>(contact.expires - now))});
  }
  if (!timer_.running()) timer_.start(kGather, [this] { flush(); });
}

void ContactStore::flush() {
  timer_.stop();
  if (waiting_->empty()) return;
  const std::shared_ptr<Rows> rows = std::exchange(waiting_, std::make_unique<Rows>());
  const int64_t version = std::chrono::duration_cast<std::chrono::milliseconds>(loop_.clock().wall().time_since_epoch()).count();
  auto change = [rows, version](SQLite::Database& db) -> Result<void> {
    SQLite::Statement remove(db, "DELETE FROM contact WHERE device = ?");
    SQLite::Statement insert(db, "INSERT OR REPLACE INTO contact VALUES(?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)");
    for (const auto& [device, contacts] : *rows) {
      remove.bind(1, device);
      remove.exec();
      remove.reset();
      for (const auto& row : contacts) {
        const Contact& c = row.contact;
        SQLite::bind(insert, device, c.uri, c.instance, c.reg_id, c.received.to_string(), row.expires, c.user_agent, c.call_id, c.cseq,
                     static_cast<double>(c.q), version, c.bound ? 1 : 0, c.nat ? 1 : 0, c.lines ? 1 : 0, c.path, c.gruu.to_text());
        insert.exec();
        insert.reset();
      }
    }
    return {};
  };
  auto done = [self = self_, rows](const Result<void>& result) {
    if (*self != nullptr) (*self)->written(result, rows);
  };
  const auto queued = database_->write(std::move(change), std::move(done), Share::existing);
  if (!queued) written(queued, rows);
}

void ContactStore::written(const Result<void>& result, std::shared_ptr<Rows> rows) {
  if (result) return;
  kLog.line(LogLevel::error, "registrations of {} devices are not on disk yet: {}", rows->size(), result.error().message);
  // What has been saved since then is newer.
  for (auto& [device, contacts] : *rows) waiting_->try_emplace(device, std::move(contacts));
  if (!timer_.running()) timer_.start(kRetry, [this] { flush(); });
}

}  // namespace tandem
