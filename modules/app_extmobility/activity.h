// Activity: when somebody last did something at a phone where a session may end for idleness. Switch thread.
#pragma once

#include <string>
#include <string_view>
#include <unordered_map>

#include "tandem/clock.h"

namespace tandem {

class Activity {
 public:
  void touched(std::string_view device, WallTime now) { last_[std::string(device)] = now; }
  void call_began(std::string_view device) { ++calls_[std::string(device)]; }
  void call_ended(std::string_view device, WallTime now) {
    touched(device, now);
    const auto it = calls_.find(std::string(device));
    if (it != calls_.end() && --it->second <= 0) calls_.erase(it);
  }
  bool in_call(const std::string& device) const { return calls_.contains(device); }
  /// Empty moment: nothing has been seen of it.
  WallTime last(const std::string& device) const {
    const auto it = last_.find(device);
    return it == last_.end() ? WallTime() : it->second;
  }
  void forget(const std::string& device) { last_.erase(device); }

 private:
  std::unordered_map<std::string, WallTime> last_;
  std::unordered_map<std::string, int> calls_;
};

}  // namespace tandem
