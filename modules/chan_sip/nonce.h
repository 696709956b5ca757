// NonceMint: nonces that prove themselves. Time and a keyed hash (SipHash-2-4 of 128 bits: a short message twice a request), no state per
// client; the key is random per process. Switch thread.
#pragma once

#include <array>
#include <chrono>
#include <string>
#include <string_view>

#include "tandem/address.h"
#include "tandem/clock.h"

namespace tandem {

class NonceMint {
 public:
  enum class Verdict { fresh, stale, foreign };
  /// Which nonce it was: a stamp that grows with each, and a number that is never 0.
  struct Made {
    uint64_t stamp = 0, key = 0;
  };

  NonceMint(const Clock& clock, std::chrono::seconds lifetime);
  /// 48 hex digits, good for requests from `source`'s host (any port) for the lifetime.
  std::string make(const SocketAddress& source) const;
  /// foreign: not made by this process for this host. Constant time in the content. `which` is filled in when it is fresh.
  Verdict check(std::string_view nonce, const SocketAddress& source, Made* which = nullptr) const;
  uint64_t now() const;  ///< milliseconds
  void set_lifetime(std::chrono::seconds lifetime) { lifetime_ = lifetime; }

  static constexpr size_t kLength = 48;

 private:
  void seal(uint64_t stamp, const SocketAddress& source, std::array<char, kLength + 1>& out) const;

  const Clock& clock_;
  std::chrono::seconds lifetime_;
  std::array<unsigned char, 16> key_;
  mutable uint32_t made_ = 0;  ///< phones behind one address that ask in the same millisecond must not get the same one
};

}  // namespace tandem
