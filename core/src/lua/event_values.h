// Event values: what handlers in the dialplan are told of a call or a session. Pure; any thread.
#pragma once

#include "tandem/records.h"
#include "tandem/sessions.h"
#include "tandem/verb.h"

namespace tandem {

/// {call, linked, context, dialled, caller = {number, name}, route, start, answer, end, duration, disposition, cause, text, decisions,
/// legs}; times are seconds since 1970. What has not happened yet is missing.
Value call_value(const CallRecord& record);
/// {device, user, profile, version, since, until, door, by, state}.
Value session_value(const LoginSession& session);

}  // namespace tandem
