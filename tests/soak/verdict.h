// Verdict: what must be true when all calls are over.
#pragma once

#include <string>
#include <vector>

#include "office_of_many.h"
#include "tally.h"

namespace tandem::soak {

/// What the switch held once everybody had gone and every transaction was forgotten.
struct AtRest {
  bool reached = false;  ///< within the time that transactions need
  nlohmann::json objects, sip, memory;
};

/// Waits until nothing of a call is left, 60 s at most; the gateway goes on answering.
AtRest come_to_rest(OfficeOfMany& office);

struct Check {
  std::string what, is, should;
  bool good = false;
};
/// `before` and `after` the part of the soak in which nothing may grow.
std::vector<Check> judge(OfficeOfMany& office, const AtRest& before, const AtRest& after, const Tally& tally, uint64_t calls_before);

/// One line for everything that was done, one for every check. True when all is good.
bool print_verdict(const Tally& tally, const std::vector<Check>& checks);

}  // namespace tandem::soak
