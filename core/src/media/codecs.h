// Codecs: the payload formats that Tandem knows by name, and how payload numbers are translated between two legs. Any thread.
#pragma once

#include <optional>
#include <vector>

#include "tandem/media.h"

namespace tandem {

/// What we offer and accept where nothing else is configured: PCMU, PCMA, then telephone-event (RFC 4733, events 0-16). Never changes.
const std::vector<Codec>& default_codecs();

/// The format that RFC 3551 (tables 4 and 5) ties to an audio payload number, for descriptions that name a number and no format.
/// Empty for dynamic, reserved, unassigned and video numbers.
std::optional<Codec> static_codec(uint8_t payload_type);

}  // namespace tandem
