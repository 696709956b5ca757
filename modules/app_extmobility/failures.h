// Failures: how often attempts from a device or an address went wrong lately. In memory, bounded; users have theirs in the database. Switch
// thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "settings.h"
#include "tandem/clock.h"

namespace tandem {

class Failures {
 public:
  static constexpr size_t kMost = 65536;

  /// True when nothing from there is looked at for now.
  bool locked(std::string_view device, std::string_view address, Instant now, const MobilitySettings& settings);
  /// Counts one; the number of those in the last while from the device, or the address, whichever has more.
  int64_t failed(std::string_view device, std::string_view address, Instant now, const MobilitySettings& settings);
  void succeeded(std::string_view device) { counts_.erase("d:" + std::string(device)); }
  size_t size() const { return counts_.size(); }

 private:
  struct Count {
    int64_t failures = 0;
    Instant last;
  };
  bool beyond(const std::string& key, int64_t limit, Instant now, const MobilitySettings& settings);
  int64_t count(const std::string& key, Instant now, const MobilitySettings& settings);
  void make_room(Instant now, Duration old);

  std::unordered_map<std::string, Count> counts_;  ///< "d:SEP...", "a:192.0.2.7"
};

}  // namespace tandem
