// The life of one SIP dialog that an INVITE makes, as one table for both roles (RFC 3261 sections 12 to 15). Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace tandem {

enum class SessionState : uint8_t {
  idle,
  calling,     ///< UAC: INVITE sent, nothing heard
  proceeding,  ///< UAC: a provisional response came
  cancelling,  ///< UAC: CANCEL sent or due, the final response is still out
  invited,     ///< UAS: INVITE received, nothing but perhaps 100 sent
  alerting,    ///< UAS: 180 or 183 sent
  answered,    ///< UAS: 200 sent, no ACK yet
  confirmed,
  terminated,
};

enum class SessionEvent : uint8_t {
  invite_out,
  provisional_in,
  success_in,
  failure_in,
  cancel_out,
  invite_in,
  provisional_out,
  success_out,
  failure_out,
  cancel_in,
  ack_in,
  ack_missing,
  bye_in,
  bye_out,
};

/// The state that follows, or empty: the event does not belong here (a crossing, or a peer that errs).
std::optional<SessionState> next_state(SessionState state, SessionEvent event);

std::string_view to_string(SessionState state);
std::string_view to_string(SessionEvent event);

}  // namespace tandem
