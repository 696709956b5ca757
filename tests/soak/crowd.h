// Crowd: everybody who does something to the switch at the same time, each in a thread of its own.
#pragma once

#include <chrono>

#include "office_of_many.h"
#include "tally.h"

namespace tandem::soak {

inline constexpr unsigned kPairs = 14;    ///< of phones that are always busy with something
inline constexpr unsigned kSleepers = 4;  ///< pairs of which one falls silent
inline constexpr unsigned kPhones = 2 * (kPairs + kSleepers);

/// Pairs, sleepers, the trunk, an administrator and a vandal for so long; returns when the last of them has finished what it was at, which
/// may take 40 s more. `seed` makes the dice.
void let_loose(OfficeOfMany& office, std::chrono::seconds how_long, unsigned seed, Tally& tally);

/// Every phone is signed off, whatever its script has left.
void send_home(const TandemProcess& tandem);

}  // namespace tandem::soak
