// What configs/cdr.ini says. Switch thread.
#pragma once

#include <chrono>
#include <string>

#include "tandem/config.h"
#include "tandem/result.h"

namespace tandem {

struct CdrSettings {
  bool enabled = true;
  /// A busy switch commits at most once in this time; the first call after a pause is written at once.
  std::chrono::milliseconds commit_interval{20};
  /// The text file beside cdr.db, a name for strftime, relative to the state folder; empty: none.
  std::string csv;
  /// Of one person: so many calls, so many days.
  int64_t history_calls = 200, history_days = 30;
};

/// The defaults when there is no cdr.ini; invalid with every complaint, one a line.
Result<CdrSettings> read_cdr_settings(const Config& config);

}  // namespace tandem
