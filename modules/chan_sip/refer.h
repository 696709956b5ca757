// What a REFER asks for (RFC 3515, 3891, 3892, 4488), judged. Pure functions.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "sofia.h"
#include "tandem/driver.h"

namespace tandem {

struct ReferRequest {
  int status = 202;  ///< else the answer, and nothing below counts
  const char* phrase = "Accepted";
  std::string number;                  ///< whom to call instead
  std::optional<DialogName> replaces;  ///< or whose place to take: tags as we see them
  bool silent = false;                 ///< Refer-Sub: false: no NOTIFY is wanted
  std::string by;                      ///< Referred-By, to be passed on (RFC 3892); empty: none that can be
};
ReferRequest read_refer(const sip_t* sip);

/// The value of Replaces among a URI's headers ("Replaces=a%40b%3Bto-tag%3D1%3Bfrom-tag%3D2"). `headers` is hostile text. Empty: there is
/// none, or it is broken.
std::optional<DialogName> replaces_of(std::string_view headers);

/// "SIP/2.0 180 Ringing\r\n"
std::string sipfrag(int status, const char* phrase);

}  // namespace tandem
