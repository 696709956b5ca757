// Handover: with what a call begins that another one hands over: a party that stays, and the one that sent it on. Switch thread.
#pragma once

#include <memory>
#include <string>

#include "call/leg.h"

namespace tandem {

struct Handover {
  std::unique_ptr<Leg> staying;  ///< the caller of the new call; it is up
  std::unique_ptr<Leg> by;       ///< whoever sent it on: hears how that goes, and gets it back when it fails
  std::string linked_id;
  std::string context, dialled;
  std::shared_ptr<const Device> device;  ///< with whose rights the number is dialled
  Occupant occupant;
  uint8_t hops_left = 0;
  uint64_t affinity = 0;  ///< of its legs' media
};

}  // namespace tandem
