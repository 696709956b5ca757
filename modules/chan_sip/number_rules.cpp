#include "number_rules.h"

#include <fmt/format.h>

#include <algorithm>

namespace tandem {
namespace {

constexpr size_t kMostRules = 64, kLongest = 32;

bool dialable(std::string_view text) {
  return text.size() <= kLongest &&
         std::ranges::all_of(text, [](unsigned char c) { return (c >= '0' && c <= '9') || c == '+' || c == '*' || c == '#'; });
}

}  // namespace

Result<NumberRules> NumberRules::parse(const std::vector<std::string>& rules) {
  NumberRules made;
  for (const auto& rule : rules) {
    const size_t arrow = rule.find('>');
    const bool sound = arrow != std::string::npos && dialable(std::string_view(rule).substr(0, arrow)) &&
                       dialable(std::string_view(rule).substr(arrow + 1));
    if (!sound) return Error{ErrorCode::invalid, fmt::format("\"{}\" is no rule of the form BEGINNING>BEGINNING, of digits and +", rule)};
    made.rules_.push_back({rule.substr(0, arrow), rule.substr(arrow + 1)});
  }
  if (made.rules_.size() > kMostRules) return Error{ErrorCode::invalid, fmt::format("more than {} rules", kMostRules)};
  std::ranges::stable_sort(made.rules_, [](const Rule& a, const Rule& b) { return a.from.size() > b.from.size(); });
  return made;
}

std::string NumberRules::apply(std::string_view number) const {
  const auto rule = std::ranges::find_if(rules_, [&](const Rule& r) { return number.starts_with(r.from); });
  if (rule == rules_.end() || number.empty()) return std::string(number);
  return rule->to + std::string(number.substr(rule->from.size()));
}

}  // namespace tandem
