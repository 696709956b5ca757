// FakeRemoteDestinations: who is to ring beside the phones, as the test says. Test's thread.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "tandem/remote_destinations.h"

namespace tandem::test {

class FakeRemoteDestinations final : public RemoteDestinations {
 public:
  ReachPlan plan(const ReachQuestion& question) override {
    asked_.push_back({std::string(question.user), question.inside, question.in_group});
    const auto it = plans_.find(question.user);
    return it == plans_.end() ? ReachPlan() : it->second;
  }
  std::optional<RemoteMatch> match(std::string_view /*number*/) override { return std::nullopt; }
  std::vector<MoveTarget> may_move_to(std::string_view user) override {
    const auto it = targets_.find(user);
    return it == targets_.end() ? std::vector<MoveTarget>() : it->second;
  }
  Result<Registration> occupy(std::string_view id) override {
    int& count = in_calls_[std::string(id)];
    if (count >= most_) return Error{ErrorCode::exhausted, "it has as many calls as it may have"};
    ++count;
    return Registration([&count] { --count; });
  }
  std::chrono::milliseconds pickup_wait(std::string_view /*user*/) override { return wait_; }

  struct Asked {
    std::string user;
    bool inside, in_group;
  };
  std::vector<Asked> asked_;
  std::map<std::string, ReachPlan, std::less<>> plans_;                  ///< by user
  std::map<std::string, int> in_calls_;                                  ///< by destination
  std::map<std::string, std::vector<MoveTarget>, std::less<>> targets_;  ///< by user
  std::chrono::milliseconds wait_{0};
  int most_ = 6;
};

}  // namespace tandem::test
