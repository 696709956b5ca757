// ScheduleCache: schedules that scripts have used, parsed once. Switch thread.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "tandem/schedule.h"

namespace tandem {

class ScheduleCache {
 public:
  /// Beyond it the cache starts anew: a script that makes schedules up gets parsing, not memory.
  static constexpr size_t kMost = 256;

  /// As Schedule::parse(). The pointer is valid until the next call.
  Result<const Schedule*> get(std::string_view text) {
    if (const auto known = schedules_.find(text); known != schedules_.end()) return &known->second;
    auto parsed = Schedule::parse(text);
    if (!parsed) return parsed.error();
    if (schedules_.size() == kMost) schedules_.clear();
    return &schedules_.emplace(std::string(text), std::move(*parsed)).first->second;
  }

 private:
  std::map<std::string, Schedule, std::less<>> schedules_;
};

}  // namespace tandem
