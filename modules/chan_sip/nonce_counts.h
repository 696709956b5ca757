// NonceCounts: which nonce counts have been used, so that a digest serves once (RFC 7616 3.3, 5.12). A table of fixed size. Switch thread.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <vector>

#include "nonce.h"

namespace tandem {

/// Only nonces that somebody has answered with the right password get a place. Where a set is full the nonce that was made first loses its
/// place, and from then on nothing as old is taken there: what has been forgotten can only be refused, never be used again.
class NonceCounts {
 public:
  enum class Verdict {
    first,     ///< this count has not been seen
    repeated,  ///< the very request that used it last, sent again
    used,      ///< by another request, or too long ago, or nobody knows any more
  };

  NonceCounts();
  /// `count`: the request's nc, 0 when it has none. `request`: a hash of what makes it the same request when it is sent again.
  Verdict take(const NonceMint::Made& nonce, uint32_t count, uint64_t request, uint64_t now);

  static constexpr size_t kWays = 4, kSets = 8192;
  static constexpr uint64_t kRepeats = 32'000;  ///< ms; RFC 3261 17.2.2: for so long a far end repeats itself

 private:
  struct Entry {
    uint64_t key = 0, made = 0;  ///< key 0: free
    uint64_t request = 0;        ///< what used `top`
    uint32_t top = 0;            ///< the highest count
    uint32_t seen = 0;           ///< bit n: top - n has been used
    uint64_t at = 0;             ///< when `top` was used
  };
  struct Set {
    std::array<Entry, kWays> entries;
    uint64_t forgotten = 0;  ///< nonces made before that may have been used
  };
  Verdict first_use(Set& set, const NonceMint::Made& nonce, uint32_t count, uint64_t request, uint64_t now);

  std::vector<Set> sets_;
};

}  // namespace tandem
