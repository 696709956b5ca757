// The life of a leg as one table. Transitions go through next_state() alone. Switch thread.
#pragma once

#include <optional>

#include "tandem/call.h"

namespace tandem {

/// What can happen to a leg, whichever side does it.
enum class ChannelEvent : uint8_t { start, ring, progress, answer, hangup, end };

/// The state that follows, or empty when the event means nothing in this state: a race (an answer that crosses our hang-up), not an error.
std::optional<ChannelState> next_state(ChannelState state, ChannelEvent event);

std::string_view to_string(ChannelEvent event);

}  // namespace tandem
