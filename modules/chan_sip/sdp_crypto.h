// a=crypto (RFC 4568): keys of SRTP in a body. Pure functions; any thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "tandem/media_security.h"

namespace tandem::sdp {

/// What follows "a=crypto:". Empty: a suite or a parameter that we do not know, more than one key, or no key at all; such a line is
/// passed over.
std::optional<SdesKey> read_crypto(std::string_view value);
/// "1 AES_CM_128_HMAC_SHA1_80 inline:..."
std::string write_crypto(const SdesKey& key);
/// A line of a body as it may be shown: without keys of SRTP and passwords of ICE.
std::string masked(std::string_view line);

}  // namespace tandem::sdp
