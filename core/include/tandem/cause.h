// Cause: why a call or a leg ended, as a Q.850 number (ITU-T Q.850, RFC 6432), the one currency between drivers, core, dialplan and CDR.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "tandem/result.h"

namespace tandem {

enum class Cause : uint8_t {
  none = 0,
  unallocated = 1,
  normal = 16,
  busy = 17,
  no_response = 18,
  no_answer = 19,
  rejected = 21,
  answered_elsewhere = 26,
  out_of_order = 27,
  invalid_number = 28,
  congestion = 34,
  temporary_failure = 41,
  forbidden = 57,
  bearer_unavailable = 58,
  incompatible = 88,
  recovery_on_timer = 102,
  protocol_error = 111,
  interworking = 127,
};

/// The dialplan's and the CDR's word for it: "normal", "busy", "no-answer", "answered-elsewhere", ...
std::string_view to_string(Cause cause);
/// The inverse; also accepts a Q.850 number in digits. Empty when it is neither.
std::optional<Cause> cause_from(std::string_view word);
/// What an Error means for a call.
Cause cause_of(ErrorCode code);

/// A cause with what else is known about the end of a leg.
struct Ending {
  Cause cause = Cause::normal;
  std::string text;         ///< reason phrase for the far end and the record ("Not permitted while logged out"); may be empty
  int protocol_status = 0;  ///< the SIP status that led to it, or that must be sent; 0: derive it from the cause
};

}  // namespace tandem
