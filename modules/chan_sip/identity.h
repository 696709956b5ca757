// Who calls whom, in SIP's headers: request URI, From, P-Asserted-Identity (RFC 3325), Privacy (RFC 3323). Pure functions.
#pragma once

#include <string>
#include <string_view>

#include "sofia.h"
#include "tandem/driver.h"

namespace tandem {

/// The user part of the request URI, unescaped, without parameters and visual separators: "+14085551001".
std::string dialled_number(const sip_t* sip);

/// The caller: P-Asserted-Identity if the sender is `trusted`, else From; restricted by Privacy, or by an anonymous From with nothing
/// asserted.
Party caller_of(const sip_t* sip, bool trusted);

/// The header values that show `caller` to a far end. Only a trusted one learns the number of a restricted caller.
struct CallerHeaders {
  std::string from;      ///< "\"John Doe\" <sip:11001@host>"
  std::string asserted;  ///< whole header line "P-Asserted-Identity: ...", or empty
  std::string privacy;   ///< "id", or empty
};
CallerHeaders caller_headers(const Party& caller, const std::string& domain, bool trusted);

/// `user` with everything that may not stand in a SIP URI's user part escaped (RFC 3261 section 25.1).
std::string escape_user(std::string_view user);
/// `text` without control characters and quotes, for use inside a header.
std::string header_text(std::string_view text);
/// The host of a URI without the brackets of an IPv6 reference.
std::string_view bare_host(std::string_view host);
/// A Reason header (the first one) as text; empty when null.
std::string reason_text(const sip_reason_t* reason);

}  // namespace tandem
