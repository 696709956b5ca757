#include "lua/nearest.h"

#include <algorithm>
#include <array>

namespace tandem {

namespace {

constexpr size_t kLongest = 40;

/// Letters to insert, remove, replace, or swap with a neighbour.
size_t distance(std::string_view a, std::string_view b) {
  std::array<std::array<size_t, kLongest + 1>, kLongest + 1> d{};
  for (size_t i = 0; i <= a.size(); ++i) d[i][0] = i;
  for (size_t j = 0; j <= b.size(); ++j) d[0][j] = j;
  for (size_t i = 1; i <= a.size(); ++i) {
    for (size_t j = 1; j <= b.size(); ++j) {
      d[i][j] = std::min({d[i - 1][j] + 1, d[i][j - 1] + 1, d[i - 1][j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1)});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) d[i][j] = std::min(d[i][j], d[i - 2][j - 2] + 1);
    }
  }
  return d[a.size()][b.size()];
}

}  // namespace

std::string_view nearest(std::string_view word, const std::vector<std::string_view>& known) {
  std::string_view best;
  size_t least = std::max<size_t>(word.size() / 3, 1) + 1;
  if (word.size() > kLongest) return best;
  for (const auto candidate : known) {
    if (candidate.size() > kLongest) continue;
    if (const size_t changes = distance(word, candidate); changes < least) {
      least = changes;
      best = candidate;
    }
  }
  return best;
}

}  // namespace tandem
