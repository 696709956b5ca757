// What a SUBSCRIBE asks for, judged before anything is kept for it (RFC 6665 sections 3.1 and 4.2.1). Pure functions.
#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include "sofia.h"
#include "subscription_settings.h"

namespace tandem {

struct SubscribeRequest {
  int status = 200;  ///< else the answer, and nothing below counts
  const char* phrase = "OK";
  std::string event, id;  ///< Event: type and its id parameter
  std::chrono::seconds expires{0};
};

/// Event and Expires. 400: none or broken, 423: too short.
SubscribeRequest read_subscribe(const sip_t* sip, const SubscriptionSettings& settings);
/// The first of `types` that the request accepts; empty: none of them (406). No Accept header accepts the first.
std::string_view accepted_type(const sip_t* sip, const std::vector<std::string>& types);

/// Whether a NOTIFY that was refused with `status` means that the watcher is gone (RFC 6665 4.2.2, RFC 5057); if not, it is tried again
/// after Retry-After, which without that header counts as gone too.
bool ends_subscription(int status, bool retry_after);

}  // namespace tandem
