#include "session_state.h"

#include <array>

namespace tandem {

namespace {

using S = SessionState;
using E = SessionEvent;

struct Row {
  S from;
  E event;
  S to;
};

constexpr std::array kTable{
    // The side that calls.
    Row{S::idle, E::invite_out, S::calling},
    Row{S::calling, E::provisional_in, S::proceeding},
    Row{S::calling, E::success_in, S::confirmed},
    Row{S::calling, E::failure_in, S::terminated},
    Row{S::calling, E::cancel_out, S::cancelling},
    Row{S::proceeding, E::provisional_in, S::proceeding},
    Row{S::proceeding, E::success_in, S::confirmed},
    Row{S::proceeding, E::failure_in, S::terminated},
    Row{S::proceeding, E::cancel_out, S::cancelling},
    Row{S::cancelling, E::provisional_in, S::cancelling},
    Row{S::cancelling, E::success_in, S::confirmed},  // the 200 crossed our CANCEL: it must be acknowledged, then a BYE ends it
    Row{S::cancelling, E::failure_in, S::terminated},
    // The side that is called.
    Row{S::idle, E::invite_in, S::invited},
    Row{S::invited, E::provisional_out, S::alerting},
    Row{S::invited, E::success_out, S::answered},
    Row{S::invited, E::failure_out, S::terminated},
    Row{S::invited, E::cancel_in, S::terminated},
    Row{S::invited, E::bye_in, S::terminated},  // the caller may end an early dialog by BYE
    Row{S::alerting, E::provisional_out, S::alerting},
    Row{S::alerting, E::success_out, S::answered},
    Row{S::alerting, E::failure_out, S::terminated},
    Row{S::alerting, E::cancel_in, S::terminated},
    Row{S::alerting, E::bye_in, S::terminated},
    Row{S::answered, E::ack_in, S::confirmed},
    Row{S::answered, E::ack_missing, S::confirmed},  // 64*T1 without ACK: RFC 3261 13.3.1.4 wants a BYE
    Row{S::answered, E::bye_in, S::terminated},
    // Both.
    Row{S::confirmed, E::bye_in, S::terminated},
    Row{S::confirmed, E::bye_out, S::terminated},
};

}  // namespace

std::optional<SessionState> next_state(SessionState state, SessionEvent event) {
  for (const Row& row : kTable) {
    if (row.from == state && row.event == event) return row.to;
  }
  return std::nullopt;
}

std::string_view to_string(SessionState state) {
  constexpr std::array<std::string_view, 9> names{"idle",     "calling",  "proceeding", "cancelling", "invited",
                                                  "alerting", "answered", "confirmed",  "terminated"};
  return names[static_cast<size_t>(state)];
}

std::string_view to_string(SessionEvent event) {
  constexpr std::array<std::string_view, 14> names{"invite out", "provisional in",  "success in",  "failure in",  "cancel out",
                                                   "invite in",  "provisional out", "success out", "failure out", "cancel in",
                                                   "ack in",     "ack missing",     "bye in",      "bye out"};
  return names[static_cast<size_t>(event)];
}

}  // namespace tandem
