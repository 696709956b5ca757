// TextMatch: Lua's string patterns (Lua 5.4 manual, 6.4.1), compiled and matched by our own backtracking matcher, which counts its steps.
// The library's own matcher runs for minutes on some patterns and no hook fires inside it. Values; any thread.
#pragma once

#include <array>
#include <bitset>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "tandem/result.h"

namespace tandem {

class TextPattern {
 public:
  static constexpr size_t kMostItems = 200;
  static constexpr int kMostCaptures = 32;

  /// `anchors`: a leading "^" ties the pattern to the start (string.gmatch knows no such thing). invalid with a sentence.
  static Result<TextPattern> compile(std::string_view text, bool anchors);
  bool anchored() const { return anchored_; }
  int captures() const { return captures_; }

 private:
  friend class TextMatch;
  enum class Kind : uint8_t { one, open, close, position, again, balanced, frontier, end };
  enum class Repeat : uint8_t { once, greedy, at_least_once, lazy, optional };
  struct Item {
    Kind kind = Kind::one;
    Repeat repeat = Repeat::once;
    int capture = 0;                      ///< open, close, position, again
    std::array<unsigned char, 2> pair{};  ///< balanced
    std::bitset<256> set;                 ///< one, frontier
  };

  class Compiler;
  std::vector<Item> items_;
  int captures_ = 0;
  bool anchored_ = false;
};

/// One attempt to fit a pattern at one place after another of a subject. Both must outlive it.
class TextMatch {
 public:
  static constexpr std::ptrdiff_t kPosition = -1;
  struct Capture {
    size_t begin = 0;
    std::ptrdiff_t length = 0;  ///< kPosition for "()"
  };

  /// `steps`: how many comparisons may still be made; counts down, and below zero the match has been given up.
  TextMatch(const TextPattern& pattern, std::string_view subject, int64_t steps) : pattern_(pattern), subject_(subject), steps_(steps) {}

  /// Fits the pattern at `begin`. Returns its end, or npos. On success captures() are set.
  size_t at(size_t begin);
  bool given_up() const { return steps_ < 0; }
  int64_t steps() const { return steps_; }
  void set_steps(int64_t steps) { steps_ = steps; }
  const Capture& capture(int index) const { return captures_[static_cast<size_t>(index)]; }

  static constexpr size_t npos = std::string_view::npos;

 private:
  using Item = TextPattern::Item;
  size_t fit(size_t item, size_t at);
  size_t fit_repeated(size_t item, size_t at);
  size_t fit_capture(size_t item, size_t at);
  size_t skip_balanced(const Item& item, size_t at);
  size_t skip_again(const Item& item, size_t at);
  bool on_frontier(const Item& item, size_t at) const;
  bool has(const Item& item, size_t at) {
    --steps_;
    return at < subject_.size() && item.set[static_cast<unsigned char>(subject_[at])];
  }

  const TextPattern& pattern_;
  const std::string_view subject_;
  int64_t steps_;
  std::array<Capture, TextPattern::kMostCaptures> captures_{};
};

}  // namespace tandem
