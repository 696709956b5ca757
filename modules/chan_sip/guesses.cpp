#include "guesses.h"

#include <sodium.h>

#include <algorithm>

#include "limiter.h"

namespace tandem {
namespace {

constexpr size_t kLongestName = 64;  // of what is told apart

}  // namespace

Guesses::Guesses(unsigned free, std::chrono::seconds longest) : free_(free), longest_(longest), entries_(kWays * kSets) {
  static_assert(crypto_shorthash_KEYBYTES == 16);
  randombytes_buf(hash_key_.data(), hash_key_.size());
}

void Guesses::reconfigure(unsigned free, std::chrono::seconds longest) {
  free_ = free;
  longest_ = longest;
}

uint64_t Guesses::key(std::string_view user, const SocketAddress* source) const {
  std::array<unsigned char, 8 + kLongestName> covered{};
  const size_t host = source != nullptr ? subscriber_octets(*source, covered.data()) : 0;
  const size_t name = std::min(user.size(), kLongestName);
  std::copy_n(user.data(), name, covered.data() + host);
  uint64_t hash = 0;
  crypto_shorthash(reinterpret_cast<unsigned char*>(&hash), covered.data(), host + name, hash_key_.data());
  return hash | 1;
}

Guesses::Entry* Guesses::find(uint64_t key, Instant now) {
  Entry* const set = &entries_[(key >> 32) % kSets * kWays];
  for (Entry* e = set; e != set + kWays; ++e) {
    if (e->key == key && now - e->last < kForget) return e;
  }
  return nullptr;
}

std::chrono::seconds Guesses::wait(std::string_view user, const SocketAddress& source, bool trusted, Instant now) {
  if (quiet(now)) return {};
  Instant until = now;
  if (const Entry* own = find(key(user, &source), now)) until = std::max(until, own->until);
  if (const Entry* all = trusted ? nullptr : find(key(user, nullptr), now)) until = std::max(until, all->until);
  return std::chrono::ceil<std::chrono::seconds>(until - now);
}

void Guesses::wrong(std::string_view user, const SocketAddress& source, Instant now) {
  quiet_from_ = now + kForget;
  count(key(user, &source), free_, now);
  count(key(user, nullptr), free_ * kManyHosts, now);
}

void Guesses::count(uint64_t key, unsigned free, Instant now) {
  Entry* entry = find(key, now);
  if (entry == nullptr) {
    Entry* const set = &entries_[(key >> 32) % kSets * kWays];
    const auto standing = [now](const Entry& e) { return std::pair(now - e.last < kForget ? e.wrong : 0, e.last); };
    entry = &*std::min_element(set, set + kWays, [&](const Entry& a, const Entry& b) { return standing(a) < standing(b); });
    *entry = {key, 0, now, now};
  }
  entry->last = now;
  if (++entry->wrong < free) return;
  const unsigned doubled = std::min(entry->wrong - free, 20U);
  entry->until = now + std::min<std::chrono::seconds>(std::chrono::seconds(1 << doubled), longest_);
}

void Guesses::right(std::string_view user, const SocketAddress& source, Instant now) {
  if (quiet(now)) return;
  if (Entry* entry = find(key(user, &source), now)) *entry = {};
}

}  // namespace tandem
