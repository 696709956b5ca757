// Tandem's own certificate authority and server certificate, for doors that are given none. Switch thread, at start and reload.
#pragma once

#include <string>
#include <vector>

#include "tandem/clock.h"
#include "tandem/edge.h"

namespace tandem {

/// FOLDER/tls: ca.pem (for phones to trust), ca.key, server.pem, server.key. Makes what is missing; issues server.pem anew when it ends
/// within a month or lacks one of `names` (numeric addresses, else host names). This machine's host name, localhost and the loopback
/// addresses are always in it. Keys are EC P-256 and their owner's alone to read.
Result<TlsSettings::Chain> own_certificate(const std::string& folder, const std::vector<std::string>& names, WallTime now);

}  // namespace tandem
