// Authenticator: digest access authentication of devices (RFC 2617, RFC 7616, RFC 8760: MD5 and SHA-256, qop=auth or none). Switch thread.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "nonce.h"
#include "nonce_counts.h"
#include "settings.h"
#include "sofia.h"
#include "tandem/directory.h"

namespace tandem {

class Authenticator {
 public:
  enum class Verdict {
    absent,   ///< no Authorization for our realm: challenge
    stale,    ///< its nonce is too old, or not ours (then right or wrong: `why` tells): challenge with stale=true
    used,     ///< right, but it has served already: a replay, or a phone that cannot count. Challenge with stale=true
    broken,   ///< not a digest that we could check: 400
    refused,  ///< unknown user or wrong password, not told apart
    accepted,
  };
  struct Checked {
    Verdict verdict = Verdict::absent;
    std::string username;                  ///< as sent; hostile
    std::string why;                       ///< "no such device", "wrong password", ...: for the security log only
    std::shared_ptr<const Device> device;  ///< set when accepted
  };

  Authenticator(const Clock& clock, Directory& directory, const SipSettings& settings);
  /// Who the Authorization header of our realm in `sip` says it is from; empty: there is none. Hostile.
  std::string claimed(const sip_t* sip) const;
  /// Looks at that header, for a request that came from `source`. A digest serves once; a REGISTER that is sent again is accepted again.
  Checked check(const sip_t* sip, const SocketAddress& source);
  /// The header lines of a new challenge: one WWW-Authenticate for each algorithm, in the order of the setting; of
  /// MD5 alone for `only_md5`, if it is among them.
  std::string challenge(const SocketAddress& source, bool stale, bool only_md5 = false) const;
  void reconfigure(const SipSettings& settings);

 private:
  Directory& directory_;
  std::string realm_;
  std::vector<AuthAlgorithm> algorithms_;
  NonceMint mint_;
  NonceCounts counts_;
};

}  // namespace tandem
