// NumberIndex: whose destination a number is, completely or by its last digits. Switch thread.
#pragma once

#include <cstddef>
#include <map>
#include <string_view>

namespace tandem {

struct Destination;

/// A tree over the numbers read from their ends: those with the same last digits stand side by side, so that the longest match is a
/// neighbour of where the number asked for would be.
class NumberIndex {
 public:
  static constexpr size_t kMostDigits = 31;

  struct Found {
    const Destination* destination = nullptr;
    bool complete = false;
    bool ambiguous = false;  ///< several fit equally well: nobody's, then
  };

  /// `digits` as numbers are compared (as_dialled). False: that number is taken, or none.
  bool add(std::string_view digits, const Destination* destination);
  void remove(std::string_view digits);
  void clear() { tree_.clear(); }

  Found find(std::string_view digits) const;
  /// Also by the last `least` digits: what has most of them in common wins.
  Found find_by_end(std::string_view digits, size_t least) const;
  /// One other than `except` with the same last `least` digits (all of them, where `least` is more). Null: there is none.
  const Destination* clash(std::string_view digits, size_t least, const Destination* except) const;
  size_t size() const { return tree_.size(); }

 private:
  __extension__ typedef unsigned __int128 Key;  // a digit in four bits, the last one first; 0: the number ends here
  using Tree = std::map<Key, const Destination*>;
  static Key key_of(std::string_view digits);
  static size_t common(Key a, Key b);

  Tree tree_;
};

}  // namespace tandem
