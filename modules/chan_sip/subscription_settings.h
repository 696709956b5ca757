// What configs/sip.ini says in [subscriptions]. Values; any thread.
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "tandem/config.h"

namespace tandem {

struct SubscriptionSettings {
  std::chrono::seconds least{60}, usual{3600}, longest{3600};
  unsigned per_device = 200;
  unsigned total = 50'000;
  std::chrono::milliseconds interval{250};  ///< between two NOTIFYs of one subscription
  unsigned rate = 20;                       ///< NOTIFYs a second to one phone, and twice as many at once
  bool unsolicited = true;                  ///< phones that do not subscribe are told of messages all the same
};

/// Mistakes go into `errors`.
void read_subscriptions(const ConfigSection& section, SubscriptionSettings& settings, std::vector<std::string>& errors);

}  // namespace tandem
