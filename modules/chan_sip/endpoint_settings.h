// What one peer, phone or trunk, wants differently. Values; any thread.
#pragma once

#include <cstdint>

#include "tandem/config.h"

namespace tandem {

/// Which headers carry a caller's or an answering party's identity besides From (RFC 3325, draft-ietf-sip-privacy-04).
enum class IdentityHeaders : uint8_t { none, pai, rpid, both };
/// How digits are sent to it during a call. Both ways are always understood.
enum class DigitsBy : uint8_t { rfc4733, info };

/// What one peer, phone or trunk, wants differently.
struct EndpointSettings {
  IdentityHeaders identity = IdentityHeaders::pai;
  DigitsBy digits = DigitsBy::rfc4733;
  bool redirects = true;  ///< its 3xx are followed; a trunk's never are
  friend bool operator==(const EndpointSettings&, const EndpointSettings&) = default;
};

/// The keys that phones and trunks share.
void read_endpoint(SectionReader& reader, EndpointSettings& e);

}  // namespace tandem
