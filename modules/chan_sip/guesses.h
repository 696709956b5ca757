// Guesses: slows down whoever tries passwords, per user name and host, so that many phones behind one address do not pay for one of them;
// and per user name alone when the guesses come from many hosts. A table of fixed size. Switch thread.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <string_view>
#include <vector>

#include "tandem/address.h"
#include "tandem/clock.h"

namespace tandem {

/// The first wrong passwords cost nothing; each further one doubles the time until the next one is looked at. A name that does not exist
/// is treated as one that does. Where the table is full whoever guessed least is forgotten.
class Guesses {
 public:
  /// `free` wrong passwords cost no time; nobody waits longer than `longest`.
  Guesses(unsigned free, std::chrono::seconds longest);
  void reconfigure(unsigned free, std::chrono::seconds longest);

  /// How long the password of `user` is not looked at when it comes from `source`; 0: it may be. `trusted`: the user is registered from
  /// that host, guesses of others are not its fault.
  std::chrono::seconds wait(std::string_view user, const SocketAddress& source, bool trusted, Instant now);
  void wrong(std::string_view user, const SocketAddress& source, Instant now);
  void right(std::string_view user, const SocketAddress& source, Instant now);
  /// Nobody has guessed wrong lately: nothing needs to be asked.
  bool quiet(Instant now) const { return now >= quiet_from_; }

  static constexpr size_t kWays = 4, kSets = 1024;
  static constexpr unsigned kManyHosts = 20;  ///< times `free`: guesses of all hosts together
  static constexpr std::chrono::minutes kForget{10};

 private:
  struct Entry {
    uint64_t key = 0;  ///< 0: free
    unsigned wrong = 0;
    Instant last{}, until{};
  };
  uint64_t key(std::string_view user, const SocketAddress* source) const;
  Entry* find(uint64_t key, Instant now);
  void count(uint64_t key, unsigned free, Instant now);

  unsigned free_;
  std::chrono::seconds longest_;
  std::array<unsigned char, 16> hash_key_;
  std::vector<Entry> entries_;
  Instant quiet_from_{};
};

}  // namespace tandem
