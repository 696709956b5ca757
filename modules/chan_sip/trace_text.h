// What a trace makes of the text of messages: headers, summaries, masks. No state.
#pragma once

#include <string>
#include <string_view>

namespace tandem {

/// Takes the next line off `rest`, without its end.
std::string_view take_line(std::string_view& rest);
/// The value of the first header with this name or compact form.
std::string_view header_value(std::string_view message, std::string_view name, std::string_view compact);
/// "INVITE sip:11002@127.0.0.1" or "180 Ringing (INVITE)".
std::string summary_of(std::string_view message);
/// The message with what must not be seen replaced: credentials in Authorization and Proxy-Authorization, the keys of SRTP (a=crypto) and
/// ICE passwords.
std::string mask_secrets(std::string_view message);

}  // namespace tandem
