#include "number_index.h"

#include <algorithm>
#include <iterator>

namespace tandem {
namespace {

constexpr unsigned kBits = 128, kDigit = 4;

}  // namespace

NumberIndex::Key NumberIndex::key_of(std::string_view digits) {
  if (digits.size() > kMostDigits) return 0;
  Key key = 0;
  unsigned shift = kBits;
  for (auto digit = digits.rbegin(); digit != digits.rend(); ++digit) {
    if (*digit < '0' || *digit > '9') return 0;
    shift -= kDigit;
    key |= static_cast<Key>(*digit - '0' + 1) << shift;
  }
  return key;
}

/// How many last digits the two have in common.
size_t NumberIndex::common(Key a, Key b) {
  size_t count = 0;
  for (unsigned shift = kBits - kDigit;; shift -= kDigit, ++count) {
    const auto x = (a >> shift) & 0xF, y = (b >> shift) & 0xF;
    if (x != y || x == 0 || shift == 0) return count;
  }
}

bool NumberIndex::add(std::string_view digits, const Destination* destination) {
  const Key key = key_of(digits);
  return key != 0 && tree_.emplace(key, destination).second;
}

void NumberIndex::remove(std::string_view digits) { tree_.erase(key_of(digits)); }

NumberIndex::Found NumberIndex::find(std::string_view digits) const {
  const auto found = tree_.find(key_of(digits));
  return found == tree_.end() ? Found{} : Found{found->second, true, false};
}

NumberIndex::Found NumberIndex::find_by_end(std::string_view digits, size_t least) const {
  const Key key = key_of(digits);
  if (key == 0) return {};
  const auto after = tree_.lower_bound(key);
  if (after != tree_.end() && after->first == key) return {after->second, true, false};
  // All that share the most digits with it stand together, on both sides of this place.
  const auto shared = [&](Tree::const_iterator at) { return at == tree_.end() ? 0 : common(key, at->first); };
  const auto before = after == tree_.begin() ? tree_.end() : std::prev(after);
  const size_t left = shared(before), right = shared(after);
  const size_t best = std::max(left, right);
  if (best < least || best == 0) return {};
  const auto winner = left >= right ? before : after;
  const bool tie = left == right || (left > right && before != tree_.begin() && shared(std::prev(before)) == best) ||
                   (right > left && shared(std::next(after)) == best);
  return {winner->second, false, tie};
}

const Destination* NumberIndex::clash(std::string_view digits, size_t least, const Destination* except) const {
  if (digits.size() <= least) {
    const auto* const found = find(digits).destination;
    return found == except ? nullptr : found;
  }
  const Key key = key_of(digits.substr(digits.size() - least));
  for (auto at = tree_.lower_bound(key); at != tree_.end() && common(key, at->first) >= least; ++at) {
    if (at->second != except) return at->second;
  }
  return nullptr;
}

}  // namespace tandem
