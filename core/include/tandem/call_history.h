// CallHistory: a person's calls of the last weeks, whichever phone they were made at or taken with. Provided by the module that keeps
// records; found at the Host, null while there is none. Switch thread.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tandem/clock.h"
#include "tandem/function.h"
#include "tandem/result.h"

namespace tandem {

/// In databases as numbers: never renumbered.
enum class HistoryKind : uint8_t {
  placed = 1,
  received = 2,
  missed = 3,     ///< nobody took it, but perhaps the mailbox
  declined = 4,   ///< the person did not want it
  elsewhere = 5,  ///< somebody else took it: a colleague by pickup, another member of a group
};
constexpr std::string_view to_string(HistoryKind kind) {
  constexpr std::string_view kWords[] = {"", "placed", "received", "missed", "declined", "answered-elsewhere"};
  return kWords[static_cast<size_t>(kind)];
}

struct HistoryEntry {
  std::string call;  ///< "C-00a1f3c2b8"
  HistoryKind kind = HistoryKind::missed;
  bool answered = false;
  std::string number, name;  ///< of the other side; empty: withheld
  std::string place;         ///< device, or remote destination ("john.doe/mobile"), that had the call last; empty: none
  WallTime at;
  std::chrono::milliseconds talked{0};
};

class CallHistory {
 public:
  static constexpr std::string_view kInterface = "tandem.call_history";
  virtual ~CallHistory() = default;
  struct Question {
    std::string user;
    std::optional<HistoryKind> kind;  ///< empty: all
    std::optional<WallTime> before;   ///< only older ones; empty: the latest
    int64_t most = 200;               ///< never more than what is kept for one person
  };
  /// The latest first. Read on a worker; whatever ended before the question is in it.
  virtual void ask(Question question, UniqueFunction<void(Result<std::vector<HistoryEntry>>)> done) = 0;
};

}  // namespace tandem
