// HEP version 3: one captured message as a datagram. Any thread; no state.
#pragma once

#include <string>

#include "tandem/capture.h"

namespace tandem {

struct HepIdentity {
  uint32_t capture_id = 0;  ///< which agent sends
  std::string password;     ///< "authenticate key"; empty: none
};

inline constexpr size_t kMostHepPayload = 60'000;

/// "HEP3", the length of all, then chunks of vendor 0: addresses, ports, time, kind, payload, correlation.
std::string hep_packet(const CapturedMessage& message, const HepIdentity& identity);

}  // namespace tandem
