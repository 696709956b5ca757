// Who calls whom, in SIP's headers: request URI, From, P-Asserted-Identity (RFC 3325), Privacy (RFC 3323), Remote-Party-ID
// (draft-ietf-sip-privacy-04, which phones still use). Pure functions.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "settings.h"
#include "sofia.h"
#include "tandem/driver.h"

namespace tandem {

/// The user part of the request URI, unescaped, without parameters and visual separators: "+14085551001".
std::string dialled_number(const sip_t* sip);

/// The caller: P-Asserted-Identity or Remote-Party-ID (those that are `believed`) if the sender is `trusted`, else From; restricted by
/// Privacy, by Remote-Party-ID, or by an anonymous From with nothing asserted.
Party caller_of(const sip_t* sip, bool trusted, IdentityHeaders believed = IdentityHeaders::pai);
/// The sender does not want to be shown.
bool asks_for_privacy(const sip_t* sip);

/// The header values that show `caller` to a far end. Only a trusted one learns the number of a restricted caller.
struct CallerHeaders {
  std::string from;      ///< "\"John Doe\" <sip:11001@host>"
  std::string asserted;  ///< whole header lines "P-Asserted-Identity: ...\r\nRemote-Party-ID: ...\r\n", or empty
  std::string privacy;   ///< "id", or empty
};
CallerHeaders caller_headers(const Party& caller, const std::string& domain, bool trusted, IdentityHeaders which = IdentityHeaders::pai);
/// The same for a response: who has been reached. Header lines, or empty.
std::string connected_headers(const Party& reached, const std::string& domain, bool trusted, IdentityHeaders which);
/// "\"John Doe\" <sip:11001@host>"
std::string name_addr(const Party& party, const std::string& domain);

/// The user part of a URI as a number or a name, without parameters and visual separators. Null: empty.
std::string plain_user(const char* user);
/// The same of a sip, sips or tel URI; empty for others.
std::string number_of(const url_t* url);
/// A display name without its quotes, not longer than may be shown. Null: empty.
std::string display_name(const char* display);

/// `user` with everything that may not stand in a SIP URI's user part escaped (RFC 3261 section 25.1).
std::string escape_user(std::string_view user);
/// `text` without control characters and quotes, for use inside a header.
std::string header_text(std::string_view text);
/// The host of a URI without the brackets of an IPv6 reference.
std::string_view bare_host(std::string_view host);
/// A Reason header (the first one) as text; empty when null.
std::string reason_text(const sip_reason_t* reason);

}  // namespace tandem
