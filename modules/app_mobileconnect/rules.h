// ReachRules: what the dialplan's policies "access", "ring_threshold" and "caller_id" say about one destination. Switch thread.
#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "destination.h"
#include "tandem/call.h"
#include "tandem/policies.h"

namespace tandem {

/// A call as the policies see it.
struct ReachCall {
  const Call& call;
  const Party& caller;
  bool inside = false, in_group = false;
  const std::string& time_zone;  ///< of the office
  WallTime now;
  std::optional<WallTime> imagined = {};  ///< a dry run: the policies are asked as of then
};

class ReachRules {
 public:
  /// Null: nobody rules.
  explicit ReachRules(Policies* policies) : policies_(policies) {}

  /// Why it is not to ring; empty: nothing against it. A policy that fails does not keep a phone silent.
  std::string refusal(const ReachCall& call, const Destination& destination) const;
  /// How long to wait before it rings: within what a destination may have. Empty: as it says itself.
  struct Threshold {
    bool never = false;
    std::optional<std::chrono::milliseconds> delay = {};
  };
  Threshold threshold(const ReachCall& call, const Destination& destination, std::chrono::milliseconds own) const;
  /// Whom it is shown; `shown` is what the data say. True: the policy has changed it.
  bool caller(const ReachCall& call, const Destination& destination, const std::string& trunk, Party& shown) const;

 private:
  bool has(std::string_view name) const { return policies_ != nullptr && policies_->has(name); }
  Value question(const ReachCall& call, const Destination& destination) const;
  std::optional<Value> ask(std::string_view name, const ReachCall& call, const Value& question) const;

  Policies* policies_;
};

}  // namespace tandem
