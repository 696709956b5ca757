// Digest credentials (RFC 7616, RFC 8760) as a phone makes them. Any thread.
#pragma once

#include <map>
#include <string>
#include <string_view>

namespace tandem::test {

/// The parameters of a WWW-Authenticate or Proxy-Authenticate value, quotes removed, names in lower case; "scheme" is among them.
std::map<std::string, std::string> digest_parameters(std::string_view challenge);

/// Whose credentials. Fields can be bent by a test ("realm" of another, an old nonce) through `override_`.
struct Credentials {
  std::string user, secret;
  std::map<std::string, std::string> override_;  ///< parameters that replace what would be sent; "response" too
};

/// The value of an Authorization or Proxy-Authorization header for `method` on `uri`.
std::string digest_response(const Credentials& who, std::string_view challenge, std::string_view method, std::string_view uri,
                            int nonce_count = 1);

}  // namespace tandem::test
