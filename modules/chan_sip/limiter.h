// SourceLimiter: how many requests without a valid digest one source address may send. A table of fixed size. Switch thread.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "tandem/address.h"
#include "tandem/clock.h"

namespace tandem {

/// SocketAddress::subscriber() as octets for a key, at most 8; returns how many.
size_t subscriber_octets(const SocketAddress& source, unsigned char* out);

/// A token bucket per host (ports do not count). Where the table is full the source that was quiet longest is forgotten: a flood from very
/// many addresses is for the packet filter, and costs no memory here. Loopback is not limited unless that is asked for.
class SourceLimiter {
 public:
  /// `rate` tokens a second, `burst` at once.
  SourceLimiter(unsigned rate, unsigned burst);
  /// Takes `tokens`. False: there are not enough, drop the request. `lane` separates kinds of requests (emergency calls have their own).
  bool take(const SocketAddress& source, Instant now, unsigned tokens = 1, unsigned lane = 0);
  /// A request turned out to be legitimate: gives its tokens back.
  void give_back(const SocketAddress& source, Instant now, unsigned tokens, unsigned lane = 0);
  void reconfigure(unsigned rate, unsigned burst);
  /// Loopback is limited like any other (a proxy on this machine, a test).
  void limit_loopback(bool yes) { loopback_ = yes; }
  /// How many were refused to `source` since this was last told; 0: told within the last seconds, a flood must not fill the log as well.
  unsigned refused(const SocketAddress& source, Instant now, unsigned lane = 0);
  static constexpr std::chrono::seconds kTellEvery{10};

 private:
  struct Bucket {
    uint64_t key = 0;  ///< 0: free
    Instant last{};
    double tokens = 0;
    unsigned refused = 0;
    Instant told{};
  };
  static constexpr size_t kWays = 4, kSets = 2048;
  Bucket& find(const SocketAddress& source, Instant now, unsigned lane);

  double rate_, burst_;
  bool loopback_ = false;
  std::array<unsigned char, 16> key_;  ///< the hash is keyed, so that nobody can choose whom to push out
  std::vector<Bucket> buckets_;
};

}  // namespace tandem
