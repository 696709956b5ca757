// One table between Q.850 causes and SIP status codes (RFC 3398 section 8.2.6, RFC 6432), both ways. Pure functions.
#pragma once

#include <string>

#include "tandem/cause.h"

namespace tandem {

/// What a final response of this status means for a call.
Cause cause_of_status(int status);

/// The final response that refuses an INVITE for this reason: the Ending's own status if it has one, else the table's.
int status_of(const Ending& ending);
int status_of(ErrorCode code);

/// The standard reason phrase; "Error" for a status that nobody has named.
const char* phrase_of(int status);

/// A Reason header's value (RFC 3326) for a BYE or CANCEL: Q.850 for ordinary ends, SIP;cause=200 for "answered elsewhere".
std::string reason_of(const Ending& ending);

/// What a peer's Reason header says; the fallback when it says nothing that we know.
Ending ending_from_reason(const char* value, Cause fallback);

}  // namespace tandem
