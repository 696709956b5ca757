// Continuations: logins that have shown a PIN already and wait for an answer (which profile, which code). A random word ties the steps
// together, so that the PIN is not sent again. In memory, minutes to live, used once. Switch thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "tandem/clock.h"

namespace tandem {

struct Continuation {
  std::string device, user, address;
  bool factor_shown = false;  ///< the second factor, where one is asked for
  std::string profile;        ///< chosen already
};

class Continuations {
 public:
  static constexpr Duration kLives = std::chrono::minutes(3);
  static constexpr size_t kMost = 10'000;

  /// Empty when too many are waiting.
  std::string put(Continuation what, Instant now);
  /// Only for the device that it was made for.
  std::optional<Continuation> take(std::string_view word, std::string_view device, Instant now);
  size_t size() const { return waiting_.size(); }

 private:
  struct Entry {
    Continuation what;
    Instant until;
  };
  std::unordered_map<std::string, Entry> waiting_;
};

/// 128 random bits in letters and digits that need no escape anywhere.
std::string random_word();

}  // namespace tandem
