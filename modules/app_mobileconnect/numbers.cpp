#include "numbers.h"

#include <fmt/format.h>

#include <algorithm>

namespace tandem {
namespace {

constexpr size_t kLongestNumber = 20;

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool all_digits(std::string_view text) { return !text.empty() && std::all_of(text.begin(), text.end(), is_digit); }

}  // namespace

std::string bare_number(std::string_view text) {
  std::string bare;
  for (const char c : text) {
    if (is_digit(c) || (c == '+' && bare.empty())) {
      bare += c;
    } else if (std::string_view(" -./()").find(c) == std::string_view::npos) {
      return {};
    }
    if (bare.size() > kLongestNumber) return {};
  }
  return bare == "+" ? std::string() : bare;
}

std::string as_dialled(const DialRules& rules, std::string_view number) {
  const auto national = static_cast<size_t>(rules.national_digits);
  const auto own = [&](std::string_view digits) { return rules.outside_line + rules.country + std::string(digits); };
  if (number.starts_with('+')) {
    const auto digits = number.substr(1);
    if (!all_digits(digits)) return std::string(number);
    if (digits.starts_with(rules.country)) return own(digits.substr(rules.country.size()));
    return rules.international + std::string(digits);
  }
  if (!all_digits(number)) return std::string(number);
  const auto& abroad = rules.international;
  if (!abroad.empty() && number.size() > abroad.size() && number.starts_with(abroad))
    return as_dialled(rules, "+" + std::string(number.substr(abroad.size())));
  if (national == 0) return std::string(number);
  if (number.size() == national) return own(number);
  if (number.size() == national + rules.country.size() && number.starts_with(rules.country))
    return rules.outside_line + std::string(number);
  if (number.size() == national + rules.outside_line.size() && number.starts_with(rules.outside_line))
    return own(number.substr(rules.outside_line.size()));
  return std::string(number);
}

std::string as_e164(const DialRules& rules, std::string_view number) {
  const std::string dialled = as_dialled(rules, number);
  const auto without = [&](const std::string& front) {
    return dialled.size() > front.size() ? "+" + dialled.substr(front.size()) : std::string();
  };
  if (!all_digits(dialled)) return {};
  if (!rules.international.empty() && dialled.starts_with(rules.international)) return without(rules.international);
  const std::string own = rules.outside_line + rules.country;
  const auto national = static_cast<size_t>(rules.national_digits);
  const bool length_fits = national == 0 || dialled.size() == own.size() + national;
  return dialled.starts_with(own) && length_fits ? without(rules.outside_line) : std::string();
}

Result<NumberPattern> NumberPattern::parse(std::string_view text) {
  if (text.empty() || text.size() > kLongest) return Error{ErrorCode::invalid, fmt::format("a pattern has 1 to {} characters", kLongest)};
  std::string pattern;
  for (const char c : text) {
    if (!is_digit(c) && std::string_view("Xx!+*#").find(c) == std::string_view::npos)
      return Error{ErrorCode::invalid, fmt::format("\"{}\" is no pattern: digits, X for one digit, ! for any run of them, + * #", text)};
    pattern += c == 'x' ? 'X' : c;
  }
  return NumberPattern(std::move(pattern));
}

// One run is remembered: what fits it grows until the rest fits, so the work is at most length times length.
bool NumberPattern::fits(std::string_view number) const {
  size_t p = 0, n = 0, run = std::string::npos, taken = 0;
  while (n < number.size()) {
    if (p < text_.size() && (text_[p] == number[n] || (text_[p] == 'X' && is_digit(number[n])))) {
      ++p, ++n;
    } else if (p < text_.size() && text_[p] == '!') {
      run = p++;
      taken = n;
    } else if (run != std::string::npos && is_digit(number[taken])) {
      p = run + 1;
      n = ++taken;
    } else {
      return false;
    }
  }
  while (p < text_.size() && text_[p] == '!') ++p;
  return p == text_.size();
}

}  // namespace tandem
