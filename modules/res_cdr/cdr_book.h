// CdrBook: the calls that are going on and the ones on their way to cdr.db. Switch thread.
#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "cdr_rows.h"
#include "cdr_settings.h"
#include "csv_file.h"
#include "tandem/loop.h"
#include "tandem/store.h"

namespace tandem {

/// A finished call is handed to the writer at once, or with what else ends within the commit interval; one write is under way at a time.
/// A call that goes on gets a row within 200 ms, so that a crash leaves a trace. While the disk refuses, calls wait here and are tried
/// again.
class CdrBook {
 public:
  /// Opens STATE/cdr.db and closes what a crash left open. Errors as Store::open. Blocks: at load only.
  static Result<std::unique_ptr<CdrBook>> open(Store& store, Loop& loop, const CdrSettings& settings);
  /// Writes what waits.
  ~CdrBook();
  CdrBook(const CdrBook&) = delete;
  CdrBook& operator=(const CdrBook&) = delete;

  /// What a finished call is in people's histories; empty: nothing.
  using Histories = std::function<std::vector<HistoryRow>(const CallRecord&)>;
  void tell_histories(Histories histories) { histories_ = std::move(histories); }

  void started(const CallRecord& record);
  /// `settled`: let go when the record is on disk, or cannot be written now.
  void ended(const CallRecord& record, std::shared_ptr<void> settled = nullptr);
  void reconfigure(const CdrSettings& settings);

  /// Runs `task` when all that ended before this moment is on disk, or at once while the disk refuses.
  void when_written(Task task);

  struct Status {
    size_t open = 0;        ///< calls that are going on
    size_t waiting = 0;     ///< rows that are not on disk yet
    uint64_t written = 0;   ///< finished calls on disk, since the module was loaded
    uint64_t failed = 0;    ///< writes that the disk refused; they are tried again
    uint64_t lost = 0;      ///< finished calls that found no room while the disk refused
    int64_t crashed = 0;    ///< calls that were closed as crashed at the start
    std::string error;      ///< why the last write failed; empty when it did not
    std::string csv_error;  ///< the same for the text file
    uint64_t csv_lost = 0;  ///< calls that are not in the text file for want of room
  };
  Status status() const;
  /// Why no new call should be taken: the disk has refused for so long that the next record would be lost. Empty: all is well.
  std::string refusal() const;
  Database& database() { return *database_; }

 private:
  struct OpenCall {
    int64_t row = 0;
    std::optional<CallRecord> opening;  ///< until its row is on the way, if it lasts that long
  };
  /// Belongs to the writer thread while a write is under way, to the switch thread otherwise.
  struct Batch {
    std::unique_ptr<CdrRows> rows;
    std::vector<CdrEntry> entries;
  };

  CdrBook(Loop& loop, std::filesystem::path folder, const CdrSettings& settings);
  Result<void> prepare();
  size_t waiting() const { return backlog_.size() + in_flight_; }
  void add(CdrEntry entry);
  void write_openings();
  void pump();
  void write();
  void written(Result<void> result);
  void complain(const Error& error);
  void tell_waiters();
  void open_csv();
  void add_csv(const CdrEntry& entry);
  void flush_csv(const std::shared_ptr<CsvFile>& csv);

  Loop& loop_;
  const std::filesystem::path folder_;
  CdrSettings settings_;
  std::unique_ptr<Database> database_;
  Histories histories_;
  std::shared_ptr<CsvFile> csv_;  ///< null: none is wanted; shared with the worker that is writing it
  bool csv_flushing_ = false;
  int64_t last_row_ = 0;
  std::unordered_map<std::string, OpenCall> open_;  ///< by call id
  std::vector<std::string> openings_;               ///< ids whose row is due at the next tick of opening_timer_
  std::deque<CdrEntry> backlog_;
  std::shared_ptr<Batch> batch_;
  size_t in_flight_ = 0;  ///< entries of batch_; they stay there until they are on disk
  bool writing_ = false;
  Instant last_write_{};
  std::optional<Instant> last_complaint_;
  std::vector<Task> waiters_;       ///< for the write after the one that is under way
  std::vector<Task> next_waiters_;  ///< for the one that is
  Status status_;
  Timer opening_timer_;
  Timer write_timer_;  ///< for the end of the commit interval, or the next try
};

}  // namespace tandem
