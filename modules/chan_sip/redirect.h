// Redirections: what a 3xx asks for (RFC 3261 8.1.3.4), as numbers that the dialplan can judge. Pure function.
#pragma once

#include <optional>

#include "sofia.h"
#include "tandem/driver.h"

namespace tandem {

/// Where a 300, 301, 302 or 305 wants the call: the numbers in its Contact headers, best first, five at most. A contact that is no number
/// (a name at some host) is not one that we could judge, and is left out; empty when none remains.
std::optional<Redirection> redirection_of(const sip_t* sip);

}  // namespace tandem
