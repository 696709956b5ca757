// sip show subscriptions. Switch thread.
#pragma once

#include "notifier.h"
#include "tandem/console.h"

namespace tandem {

/// exists when the verb is taken. `notifier` outlives the Registration.
Result<Registration> add_subscription_command(Console& console, const SipNotifier& notifier);

}  // namespace tandem
