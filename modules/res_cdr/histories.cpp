#include "histories.h"

#include <algorithm>

namespace tandem {
namespace {

using std::chrono::milliseconds;

/// Whose leg it is: of who was at the device, or whose remote destination it went to or came from.
std::string person_of(const LegRecord& leg) {
  if (!leg.user.empty() || leg.destination.empty()) return leg.user;
  return leg.destination.substr(0, leg.destination.find('/'));
}

/// Whether this party has talked. A leg that a machine answered, or that another one beat, was answered too, and dropped.
bool took_it(const LegRecord& leg) {
  if (!leg.answer) return false;
  switch (leg.ending.cause) {
    case Cause::no_answer:
    case Cause::rejected:
    case Cause::busy:
    case Cause::answered_elsewhere:
      return false;
    default:
      return true;
  }
}

std::string place_of(const LegRecord& leg) { return leg.destination.empty() ? leg.endpoint : leg.destination; }

/// What somebody's legs say together.
struct Part {
  bool placed = false, took = false, declined = false;
  std::string place;
  WallTime latest{};
  void add(const LegRecord& leg, bool first) {
    placed = placed || first;
    took = took || (!first && took_it(leg));
    declined = declined || leg.ending.cause == Cause::rejected;
    const WallTime since = leg.answer.value_or(leg.start);
    if ((took_it(leg) || first) && (place.empty() || since >= latest)) place = place_of(leg), latest = since;
  }
};

/// The number as the directory has it: a trunk may leave out the "+".
std::optional<Number> called(const CallRecord& record, Directory& directory) {
  auto number = directory.number(record.dialled);
  if (!number && !record.dialled.empty() && record.dialled[0] != '+') number = directory.number("+" + record.dialled);
  return number;
}

class Teller {
 public:
  Teller(const CallRecord& record, Directory& directory) : record_(record), directory_(directory) {}

  std::vector<HistoryRow> tell() {
    for (size_t i = 0; i < record_.legs.size(); ++i) {
      const auto& leg = record_.legs[i];
      const bool first = i == 0 && !leg.outgoing;
      if (!first && took_it(leg)) taken_ = true;
      if (auto user = person_of(leg); !user.empty()) part(user).add(leg, first);
    }
    // Somebody whose phones are all away has no leg, and yet the call was for that person.
    const auto number = called(record_, directory_);
    if (number && number->kind == Number::Kind::user) {
      called_ = directory_.user(number->owner);
      part(number->owner);
    }
    std::vector<HistoryRow> rows;
    for (const auto& [user, facts] : parts_) rows.push_back({user, entry_of(facts)});
    return rows;
  }

 private:
  Part& part(const std::string& user) {
    const auto it = std::find_if(parts_.begin(), parts_.end(), [&](const auto& one) { return one.first == user; });
    return it != parts_.end() ? it->second : parts_.emplace_back(user, Part{}).second;
  }

  HistoryEntry entry_of(const Part& part) const {
    HistoryEntry entry{.call = record_.call, .place = part.place, .at = record_.start};
    entry.kind = part.placed     ? HistoryKind::placed
                 : part.took     ? HistoryKind::received
                 : taken_        ? HistoryKind::elsewhere
                 : part.declined ? HistoryKind::declined
                                 : HistoryKind::missed;
    entry.answered = part.placed ? record_.answer.has_value() : part.took;
    if (entry.answered && record_.answer) entry.talked = std::chrono::duration_cast<milliseconds>(record_.end - *record_.answer);
    if (part.placed) {
      entry.number = record_.dialled;
      if (called_) entry.name = called_->name;
    } else if (!record_.caller.restricted) {
      entry.number = record_.caller.number;
      entry.name = record_.caller.name;
    }
    return entry;
  }

  const CallRecord& record_;
  Directory& directory_;
  std::vector<std::pair<std::string, Part>> parts_;  ///< in the order of their legs: few
  std::shared_ptr<const User> called_;
  bool taken_ = false;
};

}  // namespace

std::vector<HistoryRow> histories_of(const CallRecord& record, Directory& directory) { return Teller(record, directory).tell(); }

}  // namespace tandem
