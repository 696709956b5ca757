#include "cdr_rows.h"

#include <algorithm>

namespace tandem {
namespace {

int64_t milliseconds(WallTime time) { return std::chrono::duration_cast<std::chrono::milliseconds>(time.time_since_epoch()).count(); }

/// Binds parameters in the order of the columns. Texts are not copied: they must outlive the step.
class Binder {
 public:
  explicit Binder(SQLite::Statement& statement) : statement_(statement) { statement_.tryReset(); }

  Binder& text(const std::string& value) { return statement_.bindNoCopy(next_++, value), *this; }
  Binder& number(int64_t value) { return statement_.bind(next_++, value), *this; }
  Binder& number(uint64_t value) { return number(static_cast<int64_t>(value)); }
  Binder& flag(bool value) { return number(int64_t{value ? 1 : 0}); }
  Binder& time(WallTime value) { return number(milliseconds(value)); }
  Binder& time(const std::optional<WallTime>& value) { return value ? time(*value) : nothing(); }
  Binder& nothing() { return statement_.bind(next_++), *this; }
  Binder& ending(const Ending& ending) {
    return number(int64_t{static_cast<uint8_t>(ending.cause)}).text(ending.text).number(int64_t{ending.protocol_status});
  }
  void run() {
    statement_.exec();
    statement_.reset();
  }

 private:
  SQLite::Statement& statement_;
  int next_ = 1;
};

/// One a line; what somebody dialled may not begin a line of its own.
std::string lines(const std::vector<std::string>& sentences) {
  std::string text;
  for (const auto& sentence : sentences) {
    if (!text.empty()) text += '\n';
    const size_t begin = text.size();
    text += sentence;
    std::replace(text.begin() + static_cast<std::ptrdiff_t>(begin), text.end(), '\n', ' ');
  }
  return text;
}

}  // namespace

CdrRows::CdrRows(SQLite::Database& db)
    : call_(db, "INSERT INTO calls VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"),
      leg_(db, "INSERT INTO legs VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"),
      // A call's name and its start stay what they are, and so do their indexes.
      call_again_(db,
                  "INSERT INTO calls VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT(id) DO UPDATE SET "
                  "linked = excluded.linked, context = excluded.context, dialled = excluded.dialled, "
                  "caller_number = excluded.caller_number, caller_name = excluded.caller_name, "
                  "caller_restricted = excluded.caller_restricted, answered = excluded.answered, ended = excluded.ended, "
                  "disposition = excluded.disposition, cause = excluded.cause, reason = excluded.reason, status = excluded.status, "
                  "decisions = excluded.decisions, route = excluded.route"),
      leg_again_(db,
                 "REPLACE INTO legs VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"),
      no_more_legs_(db, "DELETE FROM legs WHERE cdr = ? AND n >= ?"),
      // Written with the end of a call only, and few calls have any.
      move_(db, "REPLACE INTO moves VALUES (?, ?, ?, ?, ?, ?)"),
      history_(db, "REPLACE INTO history VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)") {}

void CdrRows::write(const std::vector<CdrEntry>& entries) {
  for (const auto& entry : entries) {
    write_call(entry);
    const size_t legs = entry.record.legs.size();
    for (size_t n = 0; n < legs; ++n) write_leg(entry, n);
    write_moves(entry);
    write_history(entry);
    if (entry.again) Binder(no_more_legs_).number(entry.row).number(uint64_t{legs}).run();
  }
}

void CdrRows::write_call(const CdrEntry& entry) {
  const CallRecord& call = entry.record;
  const std::string decisions = lines(call.decisions);
  Binder row(entry.again ? call_again_ : call_);
  row.number(entry.row).text(call.call).text(call.linked_id).text(call.context).text(call.dialled);
  row.text(call.caller.number).text(call.caller.name).flag(call.caller.restricted);
  row.time(call.start).time(call.answer).time(entry.open ? std::nullopt : std::optional(call.end));
  row.text(call.disposition).ending(call.ending).text(decisions).text(call.route).run();
}

void CdrRows::write_leg(const CdrEntry& entry, size_t n) {
  const LegRecord& leg = entry.record.legs[n];
  Binder row(entry.again ? leg_again_ : leg_);
  row.number(entry.row).number(uint64_t{n}).text(leg.channel).flag(leg.outgoing).text(leg.endpoint).text(leg.user).text(leg.number);
  row.text(leg.protocol_id).text(leg.codec);
  row.time(leg.start).time(leg.ringing).time(leg.answer).time(entry.open ? std::nullopt : std::optional(leg.end));
  row.ending(leg.ending).flag(leg.hung_up_first);
  row.number(leg.media.received_packets).number(leg.media.received_bytes).number(leg.media.sent_packets).number(leg.media.sent_bytes);
  row.number(leg.media.dropped_packets).number(leg.media.lost_packets).number(uint64_t{leg.media.jitter_us});
  row.number(leg.media.transcoded_packets).number(leg.media.remote_lost_packets).number(uint64_t{leg.media.remote_jitter_us});
  row.number(uint64_t{leg.media.round_trip_us})
      .number(uint64_t{leg.media.mos})
      .number(uint64_t{leg.media.remote_mos})
      .text(leg.destination)
      .run();
}

void CdrRows::write_moves(const CdrEntry& entry) {
  uint64_t n = 0;
  for (const auto& move : entry.record.moves)
    Binder(move_).number(entry.row).number(n++).time(move.at).text(move.from).text(move.to).text(move.how).run();
}

void CdrRows::write_history(const CdrEntry& entry) {
  for (const auto& [user, part] : entry.history) {
    Binder row(history_);
    row.number(entry.row).text(user).time(part.at).number(int64_t{static_cast<uint8_t>(part.kind)}).flag(part.answered);
    row.text(part.number).text(part.name).text(part.place).number(int64_t{part.talked.count()}).text(part.call).run();
  }
}

int64_t close_crashed_calls(SQLite::Database& db, WallTime now) {
  SQLite::Statement legs(db,
                         "UPDATE legs SET ended = ?, cause = ? WHERE ended IS NULL AND cdr IN (SELECT id FROM calls WHERE ended IS NULL)");
  SQLite::Statement calls(db, "UPDATE calls SET ended = ?, cause = ?, disposition = 'crashed' WHERE ended IS NULL");
  for (auto* statement : {&legs, &calls}) {
    statement->bind(1, milliseconds(now));
    statement->bind(2, static_cast<int>(Cause::temporary_failure));
  }
  legs.exec();
  return calls.exec();
}

}  // namespace tandem
