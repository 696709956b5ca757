#include "digest.h"

#include <sodium.h>

#include "sofia.h"

namespace tandem {
namespace {

std::string_view part_view(std::string_view part) { return part; }
std::string_view part_view(const DigestHex& part) { return part.view(); }

void to_hex(DigestHex& hex, const unsigned char* digest, size_t octets) {
  sodium_bin2hex(hex.digits.data(), hex.digits.size(), digest, octets);
  hex.length = 2 * octets;
}

template <class... Parts>
DigestHex md5(const Parts&... parts) {
  su_md5_t state;
  su_md5_init(&state);
  const auto add = [&state](std::string_view part) { su_md5_update(&state, part.data(), part.size()); };
  (add(part_view(parts)), ...);
  unsigned char digest[SU_MD5_DIGEST_SIZE];
  su_md5_digest(&state, digest);
  su_md5_deinit(&state);
  DigestHex hex;
  to_hex(hex, digest, sizeof digest);
  return hex;
}

template <class... Parts>
DigestHex sha256(const Parts&... parts) {
  crypto_hash_sha256_state state;
  crypto_hash_sha256_init(&state);
  const auto add = [&state](std::string_view part) {
    crypto_hash_sha256_update(&state, reinterpret_cast<const unsigned char*>(part.data()), part.size());
  };
  (add(part_view(parts)), ...);
  unsigned char digest[crypto_hash_sha256_BYTES];
  crypto_hash_sha256_final(&state, digest);
  DigestHex hex;
  to_hex(hex, digest, sizeof digest);
  return hex;
}

template <class... Parts>
DigestHex hashed(AuthAlgorithm algorithm, const Parts&... parts) {
  return algorithm == AuthAlgorithm::sha256 ? sha256(parts...) : md5(parts...);
}

}  // namespace

DigestHex digest_of(AuthAlgorithm algorithm, const DigestInput& in) {
  const DigestHex ha1 = hashed(algorithm, in.username, ":", in.realm, ":", in.secret);
  const DigestHex ha2 = hashed(algorithm, in.method, ":", in.uri);
  if (in.qop.empty()) return hashed(algorithm, ha1, ":", in.nonce, ":", ha2);
  return hashed(algorithm, ha1, ":", in.nonce, ":", in.nc, ":", in.cnonce, ":", in.qop, ":", ha2);
}

}  // namespace tandem
