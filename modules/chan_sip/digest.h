// The arithmetic of digest authentication, for both ends (RFC 7616 3.4, RFC 8760). Pure functions.
#pragma once

#include <array>
#include <string_view>

#include "settings.h"

namespace tandem {

/// A digest in hex: 32 digits of MD5, 64 of SHA-256.
struct DigestHex {
  std::array<char, 65> digits{};
  size_t length = 0;
  std::string_view view() const { return {digits.data(), length}; }
};

/// What goes into a response. Without `qop` the count and the client's nonce do not.
struct DigestInput {
  std::string_view username, realm, secret, method, uri, nonce, nc, cnonce, qop;
};

DigestHex digest_of(AuthAlgorithm algorithm, const DigestInput& input);

}  // namespace tandem
