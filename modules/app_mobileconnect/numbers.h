// Numbers as people dial them here, and patterns of numbers. Values; any thread.
#pragma once

#include <string>
#include <string_view>

#include "tandem/result.h"

namespace tandem {

/// How numbers outside are dialled in this office: [numbers] in mobileconnect.ini.
struct DialRules {
  std::string outside_line = "9";      ///< in front of a number of the own country
  std::string country = "1";           ///< its country code
  std::string international = "9011";  ///< in front of one of another country
  int64_t national_digits = 10;        ///< without the country code; 0: numbers of the own country have no fixed length

  bool operator==(const DialRules&) const = default;
};

/// Digits and a + in front, without what people write between them; empty: it is no number.
std::string bare_number(std::string_view text);

/// The one form in which numbers are compared: "4085557001", "14085557001", "+14085557001", "94085557001" and "914085557001" are all
/// "914085557001"; "+442079460000" is "9011442079460000". What is neither stays as it is.
std::string as_dialled(const DialRules& rules, std::string_view number);

/// "914085557001" as "+14085557001". Empty: it is no number outside.
std::string as_e164(const DialRules& rules, std::string_view number);

/// Digits, + * #; X is one digit, ! is any run of them, also none.
class NumberPattern {
 public:
  static constexpr size_t kLongest = 32;
  /// invalid with a sentence.
  static Result<NumberPattern> parse(std::string_view text);
  bool fits(std::string_view number) const;
  const std::string& text() const { return text_; }

 private:
  explicit NumberPattern(std::string text) : text_(std::move(text)) {}
  std::string text_;
};

}  // namespace tandem
