#include "subscription_state.h"

#include <array>

namespace tandem {
namespace {

using S = SubscriptionState;
using E = SubscriptionEvent;

struct Row {
  S from;
  E event;
  S to;
};

constexpr std::array kTable{
    Row{S::fresh, E::accepted, S::active}, Row{S::fresh, E::polled, S::closing}, Row{S::active, E::refreshed, S::active},
    Row{S::active, E::ended, S::closing},  Row{S::active, E::lost, S::closed},   Row{S::closing, E::last_sent, S::closed},
    Row{S::closing, E::lost, S::closed},
};

}  // namespace

std::optional<SubscriptionState> next_state(SubscriptionState state, SubscriptionEvent event) {
  for (const Row& row : kTable) {
    if (row.from == state && row.event == event) return row.to;
  }
  return std::nullopt;
}

std::string_view to_string(SubscriptionState state) {
  constexpr std::array<std::string_view, 4> names{"fresh", "active", "closing", "closed"};
  return names[static_cast<size_t>(state)];
}

std::string_view to_string(SubscriptionEvent event) {
  constexpr std::array<std::string_view, 6> names{"accepted", "polled", "refreshed", "ended", "last sent", "lost"};
  return names[static_cast<size_t>(event)];
}

}  // namespace tandem
