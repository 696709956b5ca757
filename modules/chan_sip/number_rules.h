// NumberRules: how numbers are written on the way to and from a gateway. Values; any thread.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "tandem/result.h"

namespace tandem {

/// "+1>1, +>011": what begins with +1 gets 1 instead, what begins with + and nothing longer 011. ">+": everything gets + in front. The
/// longest beginning that fits counts, and one rule only.
class NumberRules {
 public:
  static Result<NumberRules> parse(const std::vector<std::string>& rules);
  std::string apply(std::string_view number) const;
  bool empty() const { return rules_.empty(); }
  friend bool operator==(const NumberRules&, const NumberRules&) = default;

 private:
  struct Rule {
    std::string from, to;
    friend bool operator==(const Rule&, const Rule&) = default;
  };
  std::vector<Rule> rules_;  ///< longest beginning first
};

}  // namespace tandem
