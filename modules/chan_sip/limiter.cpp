#include "limiter.h"

#include <sodium.h>

#include <algorithm>
#include <cstring>
#include <utility>

namespace tandem {

SourceLimiter::SourceLimiter(unsigned rate, unsigned burst) : rate_(rate), burst_(burst), buckets_(kWays * kSets) {
  static_assert(crypto_shorthash_KEYBYTES == 16);
  randombytes_buf(key_.data(), key_.size());
}

void SourceLimiter::reconfigure(unsigned rate, unsigned burst) {
  rate_ = rate;
  burst_ = burst;
}

size_t subscriber_octets(const SocketAddress& source, unsigned char* out) {
  const SocketAddress common = source.subscriber();
  if (common.family() == AF_INET) {
    std::memcpy(out, &reinterpret_cast<const sockaddr_in*>(common.sa())->sin_addr, 4);
    return 4;
  }
  if (common.family() != AF_INET6) return 0;
  std::memcpy(out, &reinterpret_cast<const sockaddr_in6*>(common.sa())->sin6_addr, 8);
  return 8;
}

SourceLimiter::Bucket& SourceLimiter::find(const SocketAddress& source, Instant now, unsigned lane) {
  unsigned char host[17] = {};
  size_t length = subscriber_octets(source, host);
  host[length++] = static_cast<unsigned char>(lane);
  uint64_t key = 0;
  crypto_shorthash(reinterpret_cast<unsigned char*>(&key), host, length, key_.data());
  key |= 1;
  Bucket* const set = &buckets_[(key >> 32) % kSets * kWays];
  Bucket* oldest = set;
  for (Bucket* b = set; b != set + kWays; ++b) {
    if (b->key == key) return *b;
    if (b->key == 0 || (oldest->key != 0 && b->last < oldest->last)) oldest = b;
  }
  *oldest = {key, now, burst_};
  return *oldest;
}

bool SourceLimiter::take(const SocketAddress& source, Instant now, unsigned tokens, unsigned lane) {
  if (source.is_loopback() && !loopback_) return true;
  Bucket& bucket = find(source, now, lane);
  bucket.tokens = std::min(burst_, bucket.tokens + rate_ * std::chrono::duration<double>(now - bucket.last).count());
  bucket.last = now;
  if (bucket.tokens < 1) {
    ++bucket.refused;
    return false;
  }
  bucket.tokens -= tokens;  // may go below zero: a dear request is paid for later
  return true;
}

unsigned SourceLimiter::refused(const SocketAddress& source, Instant now, unsigned lane) {
  Bucket& bucket = find(source, now, lane);
  if (bucket.told != Instant{} && now - bucket.told < kTellEvery) return 0;
  bucket.told = now;
  return std::exchange(bucket.refused, 0);
}

void SourceLimiter::give_back(const SocketAddress& source, Instant now, unsigned tokens, unsigned lane) {
  if (source.is_loopback() && !loopback_) return;
  Bucket& bucket = find(source, now, lane);
  bucket.tokens = std::min(burst_, bucket.tokens + tokens);
}

}  // namespace tandem
