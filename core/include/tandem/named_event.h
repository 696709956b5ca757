// NamedEvent: a fact that a module or the dialplan tells under a name of its own, for whoever knows the name. Switch thread.
#pragma once

#include <string_view>

#include "tandem/verb.h"

namespace tandem {

/// What `events.publish(name, table)` makes, and what `on(name, handler)` hears. Modules subscribe to it, look at the name, and may publish
/// it: that is how they tell a dialplan something, or hear from it, without a header between them. Names are past tense with dots
/// ("queue.joined"); those that begin with "call." are the core's own.
struct NamedEvent {
  static constexpr std::string_view kEvent = "named";
  std::string_view name;
  const Value& data;      ///< an object; valid during the event
  std::string_view call;  ///< id of the call whose script told it; empty: none
};

}  // namespace tandem
