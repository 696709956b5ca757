// Those in the crowd who are no pair of phones. Each runs in a thread of its own until its time is over.
#pragma once

#include <chrono>

#include "office_of_many.h"
#include "tally.h"

namespace tandem::soak {

using Deadline = std::chrono::steady_clock::time_point;

/// John calls the world and the world calls John. Owns the gateway meanwhile.
void use_trunk(OfficeOfMany& office, Deadline until, Tally& tally);
/// Every verb of the console in turn, but those that end Tandem or its calls; reloads again and again.
void administer(const TandemProcess& tandem, Deadline until, Tally& tally);
/// Broken packets and broken connections, from strangers.
void vandalise(const TandemProcess& tandem, Deadline until, unsigned seed, Tally& tally);

}  // namespace tandem::soak
