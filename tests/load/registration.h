// Phones that register. One thread.
#pragma once

#include <string>

#include "sip_socket.h"
#include "support/digest.h"

namespace tandem::load {

/// A REGISTER of `device`, its contact at `socket`. `attempt` counts from 1 and is the CSeq; `authorization` is a whole header line or
/// empty.
std::string register_request(const SipSocket& socket, const std::string& domain, const std::string& device, unsigned attempt,
                             const std::string& authorization);

/// Registers one device, through the challenge, and waits for it. Ends the program when that fails within 5 s.
void register_or_exit(SipSocket& socket, const std::string& domain, const std::string& device, const std::string& secret);

}  // namespace tandem::load
