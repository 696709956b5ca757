// Load order: modules after those that they require. Any thread; no state.
#pragma once

#include <map>
#include <string>
#include <vector>

namespace tandem {

struct LoadOrder {
  std::vector<std::string> order;              ///< each behind all that it requires, otherwise alphabetical
  std::map<std::string, std::string> circles;  ///< modules that can never be loaded, and why: "app_a requires app_b requires app_a"
};

/// Orders the keys of `requirements` (a module to what it requires). What is required and no key itself is left out.
LoadOrder load_order(const std::map<std::string, std::vector<std::string>>& requirements);

}  // namespace tandem
