// Who sent a call on before it came here, and before it leaves here: Diversion (RFC 5806), History-Info (RFC 7044) with the causes of
// RFC 4458, or the Reason of RFC 3326 that it replaced, and the way between the two (RFC 7544). Pure functions.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "endpoint_settings.h"
#include "sofia.h"
#include "tandem/driver.h"

namespace tandem {

inline constexpr size_t kMostDiversions = 8;

/// The latest first: what Diversion says, or where there is none, History-Info. Hostile text; what cannot be read is left out.
std::vector<Diversion> diversions_of(const sip_t* sip);

/// What says the same to a far end: "Diversion: ...\r\n" for each, the latest first, one History-Info that ends at `target`, or both. Only
/// a trusted one learns the numbers of those who do not want that.
std::string diversion_lines(const std::vector<Diversion>& diversions, const std::string& domain, std::string_view target, bool trusted,
                            DiversionHeaders which);

}  // namespace tandem
