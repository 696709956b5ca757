// DigestClient: answers the challenges of a gateway or a registrar (RFC 3261 22.2, RFC 8760). Switch thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "settings.h"
#include "sofia.h"

namespace tandem {

/// The conversation with one far end about one request: challenge, answer, perhaps a challenge because the nonce was stale. It never
/// answers twice with what has been refused.
class DigestClient {
 public:
  DigestClient(std::string user, std::string secret) : user_(std::move(user)), secret_(std::move(secret)) {}

  /// The header line that answers the 401 or 407 `sip` to our request, "Authorization: ...\r\n"; nothing when it cannot be answered: no
  /// challenge that we understand, or our password is not believed.
  std::optional<std::string> answer(const sip_t* sip, std::string_view method, std::string_view uri);
  /// The same with the last challenge again, for a further request; nothing before there has been one.
  std::optional<std::string> again(std::string_view method, std::string_view uri);
  /// The far end has let us in.
  void accepted() { tries_ = 0; }

 private:
  struct Challenge {
    std::string realm, nonce, opaque;
    AuthAlgorithm algorithm = AuthAlgorithm::md5;
    bool qop = false, stale = false, proxy = false;
  };
  static std::optional<Challenge> read(const msg_auth_t* header);
  static std::optional<Challenge> best(const sip_t* sip);

  std::string user_, secret_;
  std::optional<Challenge> challenge_;
  uint32_t count_ = 0;
  unsigned tries_ = 0;  ///< answers since we were let in
};

}  // namespace tandem
