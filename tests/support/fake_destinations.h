// FakeDestinations: remote destinations without a module: what the test says they are. Test's thread.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "tandem/remote_destinations.h"

namespace tandem::test {

class FakeDestinations final : public RemoteDestinations {
 public:
  ReachPlan plan(const ReachQuestion& /*question*/) override { return plan_; }
  std::optional<RemoteMatch> match(std::string_view number) override {
    const auto it = owners_.find(number);
    return it == owners_.end() ? std::nullopt : std::optional(it->second);
  }
  std::vector<MoveTarget> may_move_to(std::string_view user) override {
    const auto it = targets_.find(user);
    return it == targets_.end() ? std::vector<MoveTarget>() : it->second;
  }
  Result<Registration> occupy(std::string_view id) override {
    if (full_) return Error{ErrorCode::exhausted, "as many calls as it may have"};
    const std::string name(id);
    ++calls_[name];
    return Registration([this, name] { --calls_[name]; });
  }
  std::chrono::milliseconds pickup_wait(std::string_view /*user*/) override { return wait_; }

  ReachPlan plan_;
  std::map<std::string, RemoteMatch, std::less<>> owners_;                ///< by number
  std::map<std::string, std::vector<MoveTarget>, std::less<>> targets_;   ///< by user
  std::map<std::string, int> calls_;                                      ///< by destination, now
  bool full_ = false;
  std::chrono::milliseconds wait_{10'000};
};

}  // namespace tandem::test
