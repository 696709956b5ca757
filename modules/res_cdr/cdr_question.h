// What somebody wants to know of the call records, as "cdr show" is told it. Any thread.
#pragma once

#include <string>
#include <vector>

#include "tandem/clock.h"
#include "tandem/result.h"

namespace tandem {

/// What a record must fit to be shown; empty fields fit everything.
struct CdrQuestion {
  std::string call;      ///< one call with its legs and decisions; empty: a list
  WallTime since{};      ///< calls that began then or later
  WallTime until{};      ///< and before this; the epoch: no end
  std::string user;      ///< who was at one of its phones
  std::string endpoint;  ///< a device or trunk of one of its legs
  std::string number;    ///< the caller's or the dialled number, as it was sent
  std::string disposition;
  int64_t limit = 20;  ///< the last so many, oldest first
};

/// Words in pairs, in any order: "last N", "since TIME", "until TIME", "user NAME", "endpoint NAME", "number NUMBER", "disposition WORD";
/// "today" (since midnight of this machine); or "call ID" alone. TIME is 2026-11-21 or 2026-11-21T08:30, of this machine's zone, or UTC
/// with a Z. invalid with the usage.
Result<CdrQuestion> parse_cdr_question(const std::vector<std::string>& args, WallTime now);

}  // namespace tandem
