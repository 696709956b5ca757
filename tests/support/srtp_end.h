// SRTP for an RtpEnd by libsrtp2 as it is packaged, so that the server's own way of using it is not tested against itself. Test's thread.
#pragma once

#include <string>

#include "support/tone.h"

namespace tandem::test {

/// The key of an a=crypto line: "AES_CM_128_HMAC_SHA1_80" and what follows "inline:".
struct SrtpKey {
  std::string suite, key;
  unsigned tag = 1;
  std::string line() const;  ///< "a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:...\r\n"
};
/// One of our own.
SrtpKey make_srtp_key(const std::string& suite, unsigned tag = 1);
/// The first one in a body; throws when there is none.
SrtpKey srtp_key_in(const std::string& body);
/// From now on `end` sends with `ours` and takes only what was sent with `theirs`.
void encrypt(RtpEnd& end, const SrtpKey& ours, const SrtpKey& theirs);

}  // namespace tandem::test
