// Authenticator: digest access authentication of devices (RFC 2617, RFC 7616: MD5, qop=auth or none). Switch thread.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "nonce.h"
#include "sofia.h"
#include "tandem/directory.h"

namespace tandem {

class Authenticator {
 public:
  enum class Verdict {
    absent,   ///< no Authorization for our realm: challenge
    stale,    ///< right, but its nonce is too old or of another process: challenge with stale=true
    broken,   ///< not a digest that we could check: 400
    refused,  ///< unknown user or wrong password, not told apart
    accepted,
  };
  struct Checked {
    Verdict verdict = Verdict::absent;
    std::string username;                  ///< as sent; hostile
    std::string why;                       ///< "no such device", "wrong password", for the security log only
    std::shared_ptr<const Device> device;  ///< set when accepted
  };

  Authenticator(const Clock& clock, Directory& directory, std::string realm, std::chrono::seconds nonce_lifetime);
  /// Looks at the Authorization header of our realm in `sip`, for a request that came from `source`.
  Checked check(const sip_t* sip, const SocketAddress& source) const;
  /// The value of a WWW-Authenticate header with a new nonce.
  std::string challenge(const SocketAddress& source, bool stale) const;
  void reconfigure(std::string realm, std::chrono::seconds nonce_lifetime);

 private:
  Directory& directory_;
  std::string realm_;
  NonceMint mint_;
};

}  // namespace tandem
