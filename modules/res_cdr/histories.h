// Histories: what one call is in the histories of the people who were in it. Switch thread.
#pragma once

#include <string>
#include <vector>

#include "tandem/call_history.h"
#include "tandem/directory.h"
#include "tandem/records.h"

namespace tandem {

struct HistoryRow {
  std::string user;
  HistoryEntry entry;
};

/// One row for each person at most: who placed it, who took it, and for whom it was that did not.
std::vector<HistoryRow> histories_of(const CallRecord& record, Directory& directory);

}  // namespace tandem
