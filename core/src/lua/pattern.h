// Pattern: an extension as the dialplan writes it ("11001", "_9NXXNXXXXXX"), compiled once at load. An immutable value; any thread.
//
// Without a leading underscore the text is that one number. With it each position stands for a set of characters:
//   X 0-9    Z 1-9    N 2-9    [15-7*] those listed, with ranges    any other character: itself
//   .  the rest, one character or more (last)      !  the rest, possibly nothing (last)
// X, Z and N may be small letters; "-" and blanks are for the reader and ignored, as is "-" in the number that was dialled.
//
// Which of several that fit wins is Asterisk's rule. A number without underscore comes before all patterns. Patterns are compared position
// by position from the left: the set with fewer characters first, then the set whose first character is lower; "." comes after every set,
// "!" after ".", and a pattern that has ended after all of them.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "tandem/result.h"

namespace tandem {

class Pattern {
 public:
  static constexpr size_t kMostPositions = 80;

  /// invalid with a sentence that names what is wrong.
  static Result<Pattern> compile(std::string_view text);

  /// Allocates nothing; a few nanoseconds a position.
  bool matches(std::string_view number) const;
  bool is_number() const { return is_number_; }  ///< no underscore
  /// For a binary search among numbers without underscore: true when this one comes before `number` in the order below.
  bool comes_before(std::string_view number) const;
  const std::string& text() const { return text_; }

  /// less: `a` is asked before `b`. equal: they fit exactly the same numbers, so one of them could never be reached.
  friend std::strong_ordering operator<=>(const Pattern& a, const Pattern& b);
  friend bool operator==(const Pattern& a, const Pattern& b) { return (a <=> b) == 0; }

 private:
  /// Which ASCII characters fit one position.
  struct Set {
    std::array<uint64_t, 2> bits{};
    void add(unsigned char c) { bits[c >> 6U] |= uint64_t{1} << (c & 63U); }
    void add(unsigned char first, unsigned char last);
    bool has(unsigned char c) const { return c < 128 && ((bits[c >> 6U] >> (c & 63U)) & 1U) != 0; }
    int size() const;
    int lowest() const;
    std::strong_ordering operator<=>(const Set& other) const;
    bool operator==(const Set&) const = default;
  };
  enum class Rest : uint8_t { one_or_more, any, none };

  Result<size_t> read_set(std::string_view body, size_t at, Set& into) const;
  Result<void> read(std::string_view body);

  std::string text_;
  std::vector<Set> positions_;
  Rest rest_ = Rest::none;
  bool is_number_ = true;
};

}  // namespace tandem
