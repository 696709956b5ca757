#include "nonce_counts.h"

#include <algorithm>

namespace tandem {
namespace {

constexpr uint32_t kWindow = 32;  // requests of one phone that may overtake each other on the way
static_assert(NonceCounts::kSets == 1U << 13);

}  // namespace

NonceCounts::NonceCounts() : sets_(kSets) {}

NonceCounts::Verdict NonceCounts::take(const NonceMint::Made& nonce, uint32_t count, uint64_t request, uint64_t now) {
  Set& set = sets_[(nonce.key * 0x9e3779b97f4a7c15ULL) >> 51];
  const auto known = std::ranges::find_if(set.entries, [&](const Entry& e) { return e.key == nonce.key && e.made == nonce.stamp; });
  if (known == set.entries.end()) return first_use(set, nonce, count, request, now);
  Entry& entry = *known;
  if (count > entry.top) {
    const uint32_t ahead = count - entry.top;
    entry.seen = (ahead < kWindow ? entry.seen << ahead : 0) | 1U;
    entry.top = count;
    entry.request = request;
    entry.at = now;
    return Verdict::first;
  }
  if (count == entry.top && request == entry.request && now - entry.at < kRepeats) return Verdict::repeated;
  const uint32_t behind = entry.top - count;
  if (behind >= kWindow || (entry.seen & 1U << behind) != 0) return Verdict::used;
  entry.seen |= 1U << behind;
  return Verdict::first;
}

NonceCounts::Verdict NonceCounts::first_use(Set& set, const NonceMint::Made& nonce, uint32_t count, uint64_t request, uint64_t now) {
  Entry& place = *std::ranges::min_element(set.entries, {}, &Entry::made);  // a free one was made at 0
  if (place.key != 0) set.forgotten = std::max(set.forgotten, place.made + 1);
  if (nonce.stamp < set.forgotten) return Verdict::used;
  place = {nonce.key, nonce.stamp, request, count, 1, now};
  return Verdict::first;
}

}  // namespace tandem
