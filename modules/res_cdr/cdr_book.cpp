#include "cdr_book.h"

#include <SQLiteCpp/SQLiteCpp.h>
#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <utility>

#include "cdr_schema.h"
#include "tandem/log.h"

namespace tandem {
namespace {

constexpr Log kLog{"cdr"};

/// Calls that wait for a disk that refuses: at 25 calls a second, more than an hour. About 2 KB each.
constexpr size_t kMostWaiting = 100000;
/// Keeps one transaction short when a long backlog goes out.
constexpr size_t kMostInOneWrite = 5000;
/// With the commit that follows it, well within the 200 ms that a start may take to reach the disk.
constexpr std::chrono::milliseconds kOpeningDelay{100};
constexpr std::chrono::seconds kRetry{1};
constexpr std::chrono::minutes kComplaintInterval{1};

/// What comes from outside can be long; a record has bounds, whatever the protocol let through.
constexpr size_t kLongestText = 1024;
constexpr size_t kMostDecisions = 256;
constexpr size_t kMostLegs = 256;
constexpr size_t kMostMoves = 256;

void clamp(std::string& text) {
  if (text.size() > kLongestText) text = text.substr(0, kLongestText);
}

void clamp(CallRecord& record) {
  for (auto* text : {&record.call, &record.linked_id, &record.context, &record.dialled, &record.route, &record.caller.number,
                     &record.caller.name, &record.disposition, &record.ending.text}) {
    clamp(*text);
  }
  if (record.decisions.size() > kMostDecisions) record.decisions.resize(kMostDecisions);
  for (auto& decision : record.decisions) clamp(decision);
  if (record.legs.size() > kMostLegs) record.legs.resize(kMostLegs);
  for (auto& leg : record.legs) {
    for (auto* text :
         {&leg.channel, &leg.endpoint, &leg.user, &leg.number, &leg.destination, &leg.protocol_id, &leg.codec, &leg.ending.text})
      clamp(*text);
  }
  if (record.moves.size() > kMostMoves) record.moves.resize(kMostMoves);
  for (auto& move : record.moves) {
    for (auto* text : {&move.from, &move.to, &move.how}) clamp(*text);
  }
}

}  // namespace

Result<std::unique_ptr<CdrBook>> CdrBook::open(Store& store, Loop& loop, const CdrSettings& settings) {
  std::unique_ptr<CdrBook> book(new CdrBook(loop, store.folder(), settings));
  auto database = store.open("cdr.db", cdr_migrations(), Durability::normal);
  if (!database) return database.error();
  book->database_ = std::move(*database);
  if (auto prepared = book->prepare(); !prepared) return prepared.error();
  if (book->status_.crashed > 0) {
    kLog.line(LogLevel::warning, "{} calls were open when Tandem last ended; their records are closed as crashed", book->status_.crashed);
  }
  return book;
}

CdrBook::CdrBook(Loop& loop, std::filesystem::path folder, const CdrSettings& settings)
    : loop_(loop),
      folder_(std::move(folder)),
      settings_(settings),
      batch_(std::make_shared<Batch>()),
      opening_timer_(loop),
      write_timer_(loop) {
  open_csv();
}

void CdrBook::open_csv() { csv_ = settings_.csv.empty() ? nullptr : std::make_shared<CsvFile>(folder_ / settings_.csv); }

void CdrBook::reconfigure(const CdrSettings& settings) {
  const bool other_file = settings.csv != settings_.csv;
  settings_ = settings;
  if (!other_file) return;
  flush_csv(csv_);  // what waits for the old file
  open_csv();
}

Result<void> CdrBook::prepare() {
  return database_->write_now([this](SQLite::Database& db) -> Result<void> {
    status_.crashed = close_crashed_calls(db, loop_.clock().wall());
    last_row_ = db.execAndGet("SELECT coalesce(max(id), 0) FROM calls").getInt64();
    batch_->rows = std::make_unique<CdrRows>(db);
    return {};
  });
}

CdrBook::~CdrBook() {
  if (!database_) return;
  for (auto& [id, call] : open_) {
    if (call.opening) backlog_.push_back({call.row, true, false, std::move(*call.opening), nullptr});
  }
  auto last = database_->write_now([this](SQLite::Database&) -> Result<void> {
    const auto rows = std::move(batch_->rows);  // prepared statements end on the thread that used them, before the database
    if (!rows) return {};
    // Only the writer knows whether what is under way has reached the disk: it is written once more.
    for (auto& entry : batch_->entries) entry.again = true;
    batch_->entries.insert(batch_->entries.end(), std::make_move_iterator(backlog_.begin()), std::make_move_iterator(backlog_.end()));
    rows->write(batch_->entries);
    return {};
  });
  if (!last) kLog.line(LogLevel::error, "{} call records are lost at the end: {}", waiting(), last.error().message);
  if (!last || !csv_) return;
  for (const auto& entry : batch_->entries) add_csv(entry);
  if (auto flushed = csv_->flush(loop_.clock().wall()); !flushed) kLog.line(LogLevel::error, "{}", flushed.error().message);
}

void CdrBook::started(const CallRecord& record) {
  OpenCall call{++last_row_, record};
  clamp(*call.opening);
  const auto [it, fresh] = open_.insert_or_assign(record.call, std::move(call));
  openings_.push_back(it->first);
  if (!opening_timer_.running()) opening_timer_.start(kOpeningDelay, [this] { write_openings(); });
}

/// A call that is over by now needs no row for its start.
void CdrBook::write_openings() {
  for (const auto& id : openings_) {
    const auto it = open_.find(id);
    if (it == open_.end() || !it->second.opening) continue;
    if (waiting() < kMostWaiting) backlog_.push_back({it->second.row, true, false, std::move(*it->second.opening), nullptr});
    it->second.opening.reset();
  }
  openings_.clear();
  pump();
}

void CdrBook::ended(const CallRecord& record, std::shared_ptr<void> settled) {
  const auto it = open_.find(record.call);
  // One that began before this module was loaded has no row yet.
  const int64_t row = it == open_.end() ? ++last_row_ : it->second.row;
  const bool again = it != open_.end() && !it->second.opening;
  if (it != open_.end()) open_.erase(it);
  if (waiting() >= kMostWaiting) {
    ++status_.lost;
    return complain({ErrorCode::exhausted, "the backlog is full, finished calls are lost"});
  }
  // Nobody waits for a disk that refuses.
  if (!status_.error.empty()) settled.reset();
  auto& entry = backlog_.emplace_back(CdrEntry{row, false, again, record, std::move(settled)});
  clamp(entry.record);
  if (histories_) entry.history = histories_(entry.record);
  pump();
}

/// Writes now, or arms the timer that does. After a refusal the timer is running already.
void CdrBook::pump() {
  if (writing_ || write_timer_.running() || waiting() == 0) return;
  const Duration rest = last_write_ + settings_.commit_interval - loop_.clock().now();
  if (rest <= Duration::zero() || last_write_ == Instant{}) return write();
  write_timer_.start(rest, [this] { write(); });
}

void CdrBook::write() {
  last_write_ = loop_.clock().now();
  if (in_flight_ == 0) {
    const size_t count = std::min(backlog_.size(), kMostInOneWrite);
    const auto end = backlog_.begin() + static_cast<std::ptrdiff_t>(count);
    batch_->entries.assign(std::make_move_iterator(backlog_.begin()), std::make_move_iterator(end));
    backlog_.erase(backlog_.begin(), end);
    in_flight_ = count;
  }
  if (backlog_.empty()) {
    std::move(waiters_.begin(), waiters_.end(), std::back_inserter(next_waiters_));
    waiters_.clear();
  }
  auto change = [batch = batch_](SQLite::Database&) -> Result<void> {
    batch->rows->write(batch->entries);
    return {};
  };
  auto queued = database_->write(
      std::move(change), [this](Result<void> result) { written(std::move(result)); }, Share::existing);
  writing_ = static_cast<bool>(queued);
  if (!queued) written(std::move(queued));
}

void CdrBook::written(Result<void> result) {
  writing_ = false;
  if (!result) {
    ++status_.failed;
    status_.error = result.error().message;
    complain(result.error());
    // Whatever the disk has really kept, the next try stands on its own.
    for (auto& entry : batch_->entries) entry.again = true;
    for (auto& entry : batch_->entries) entry.settled.reset();
    for (auto& entry : backlog_) entry.settled.reset();
    write_timer_.start(kRetry, [this] { write(); });
    std::move(waiters_.begin(), waiters_.end(), std::back_inserter(next_waiters_));
    waiters_.clear();
    return tell_waiters();
  }
  if (!status_.error.empty()) {
    kLog.line(LogLevel::notice, "the disk takes call records again, {} are waiting", backlog_.size());
    status_.error.clear();
    last_complaint_.reset();
  }
  for (const auto& entry : batch_->entries) {
    status_.written += entry.open ? 0 : 1;
    add_csv(entry);
  }
  flush_csv(csv_);
  batch_->entries.clear();
  in_flight_ = 0;
  tell_waiters();
  pump();
}

void CdrBook::add_csv(const CdrEntry& entry) {
  if (csv_ && !entry.open && !csv_->add(entry.record)) ++status_.csv_lost;
}

/// On the database's worker, which reads for the console otherwise: a file may take its time.
void CdrBook::flush_csv(const std::shared_ptr<CsvFile>& csv) {
  if (!csv || csv_flushing_ || csv->empty()) return;
  const WallTime now = loop_.clock().wall();
  auto flush = [csv, now](SQLite::Database&) { return csv->flush(now); };
  auto done = [this, csv](Result<void> result) {
    csv_flushing_ = false;
    if (!result && status_.csv_error.empty()) kLog.line(LogLevel::error, "{}; it is tried again with each call", result.error().message);
    status_.csv_error = result ? "" : result.error().message;
    if (result) flush_csv(csv->empty() ? csv_ : csv);  // what ended meanwhile
  };
  csv_flushing_ = static_cast<bool>(database_->read(std::move(flush), std::move(done)));
}

std::string CdrBook::refusal() const {
  if (waiting() < kMostWaiting) return {};
  return fmt::format("{} call records wait for a disk that refuses them", waiting());
}

void CdrBook::complain(const Error& error) {
  const Instant now = loop_.clock().now();
  if (last_complaint_ && now - *last_complaint_ < kComplaintInterval) return;
  last_complaint_ = now;
  kLog.line(LogLevel::error, "call records cannot be written, {} are waiting in memory, {} are lost: {}", waiting(), status_.lost,
            error.message);
}

void CdrBook::when_written(Task task) {
  if (waiting() == 0 || !status_.error.empty()) return task();
  // What is under way may not hold the latest call; the write after it does.
  (backlog_.empty() ? next_waiters_ : waiters_).push_back(std::move(task));
}

void CdrBook::tell_waiters() {
  auto now = std::exchange(next_waiters_, {});
  for (auto& task : now) task();
}

CdrBook::Status CdrBook::status() const {
  Status status = status_;
  status.open = open_.size();
  status.waiting = waiting();
  return status;
}

}  // namespace tandem
