// The life of one subscription, as the notifier sees it (RFC 6665 section 4.2), as one table. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace tandem {

enum class SubscriptionState : uint8_t {
  fresh,    ///< nothing has been answered yet
  active,   ///< the watcher is told what changes
  closing,  ///< the last NOTIFY is due or on its way
  closed,
};

enum class SubscriptionEvent : uint8_t {
  accepted,   ///< 200 with a time to live
  polled,     ///< 200 with none: one NOTIFY and no more
  refreshed,  ///< SUBSCRIBE inside the dialog
  ended,      ///< time over, unsubscribed, refused since, or nobody serves it any longer
  last_sent,  ///< the answer to the last NOTIFY is there
  lost,       ///< the watcher has gone, or says that it knows nothing of us
};

std::optional<SubscriptionState> next_state(SubscriptionState state, SubscriptionEvent event);
std::string_view to_string(SubscriptionState state);
std::string_view to_string(SubscriptionEvent event);

}  // namespace tandem
