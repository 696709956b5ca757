#include "media/srtp_crypto.h"

#include <fmt/format.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <srtp2/auth.h>
#include <srtp2/cipher.h>
#include <srtp2/srtp.h>

#include <algorithm>
#include <array>
#include <memory>

namespace tandem {
namespace {

struct FreeCipher {
  void operator()(EVP_CIPHER_CTX* context) const { EVP_CIPHER_CTX_free(context); }
};
struct FreeMac {
  void operator()(EVP_MAC_CTX* context) const { EVP_MAC_CTX_free(context); }
};

constexpr size_t kBlock = 16, kIcmSalt = 14, kGcmSalt = 12, kSha1 = 20;

/// Fetched once: a fetch takes locks.
const EVP_CIPHER* fetched(const char* name) { return EVP_CIPHER_fetch(nullptr, name, nullptr); }

/// What libsrtp2 holds is `base`, the first member.
struct Cipher {
  srtp_cipher_t base{};
  std::unique_ptr<EVP_CIPHER_CTX, FreeCipher> context{EVP_CIPHER_CTX_new()};
  const EVP_CIPHER* kind = nullptr;
  std::array<uint8_t, kBlock> offset{};
  unsigned tag = 0;
};
struct Mac {
  srtp_auth_t base{};
  std::unique_ptr<EVP_MAC_CTX, FreeMac> context;
};

Cipher& cipher_of(void* state) { return *static_cast<Cipher*>(state); }
srtp_err_status_t status(bool good, srtp_err_status_t otherwise = srtp_err_status_cipher_fail) {
  return good ? srtp_err_status_ok : otherwise;
}

template <const srtp_cipher_type_t* type>
srtp_err_status_t make_cipher(srtp_cipher_t** made, const EVP_CIPHER* kind, int key_length, size_t salt, int tag) {
  if (kind == nullptr || key_length != EVP_CIPHER_get_key_length(kind) + static_cast<int>(salt)) return srtp_err_status_bad_param;
  auto cipher = std::make_unique<Cipher>();
  if (!cipher->context) return srtp_err_status_alloc_fail;
  cipher->kind = kind;
  cipher->tag = static_cast<unsigned>(tag);
  cipher->base.type = type;
  cipher->base.state = cipher.get();
  cipher->base.key_len = key_length;
  cipher->base.algorithm = type->id;
  *made = &cipher.release()->base;
  return srtp_err_status_ok;
}

srtp_err_status_t free_cipher(srtp_cipher_t* cipher) {
  delete static_cast<Cipher*>(cipher->state);
  return srtp_err_status_ok;
}

// Counter mode (RFC 3711 4.1.1): the salt stands behind the key.
srtp_err_status_t icm_init(void* state, const uint8_t* key) {
  Cipher& c = cipher_of(state);
  const uint8_t* const salt = key + EVP_CIPHER_get_key_length(c.kind);
  c.offset.fill(0);
  std::copy_n(salt, kIcmSalt, c.offset.begin());
  return status(EVP_EncryptInit_ex(c.context.get(), c.kind, nullptr, key, nullptr) == 1, srtp_err_status_init_fail);
}

srtp_err_status_t icm_set_iv(void* state, uint8_t* iv, srtp_cipher_direction_t /*direction*/) {
  Cipher& c = cipher_of(state);
  std::array<uint8_t, kBlock> counter;
  for (size_t i = 0; i < kBlock; ++i) counter[i] = c.offset[i] ^ iv[i];
  return status(EVP_EncryptInit_ex(c.context.get(), nullptr, nullptr, nullptr, counter.data()) == 1);
}

srtp_err_status_t icm_crypt(void* state, uint8_t* buffer, unsigned* length) {
  int written = 0;
  const int wanted = static_cast<int>(*length);
  return status(EVP_EncryptUpdate(cipher_of(state).context.get(), buffer, &written, buffer, wanted) == 1 && written == wanted);
}

// Galois/counter mode (RFC 7714). libsrtp2 makes the nonce itself; the salt behind the key is not for us.
srtp_err_status_t gcm_init(void* state, const uint8_t* key) {
  Cipher& c = cipher_of(state);
  return status(EVP_CipherInit_ex(c.context.get(), c.kind, nullptr, key, nullptr, 1) == 1, srtp_err_status_init_fail);
}

srtp_err_status_t gcm_set_iv(void* state, uint8_t* iv, srtp_cipher_direction_t direction) {
  const int encrypt = direction == srtp_direction_encrypt ? 1 : 0;
  return status(EVP_CipherInit_ex(cipher_of(state).context.get(), nullptr, nullptr, nullptr, iv, encrypt) == 1);
}

srtp_err_status_t gcm_set_aad(void* state, const uint8_t* aad, uint32_t length) {
  int written = 0;
  return status(EVP_CipherUpdate(cipher_of(state).context.get(), nullptr, &written, aad, static_cast<int>(length)) == 1);
}

bool gcm_update(Cipher& c, uint8_t* buffer, unsigned length) {
  int written = 0;
  return length == 0 || EVP_CipherUpdate(c.context.get(), buffer, &written, buffer, static_cast<int>(length)) == 1;
}

srtp_err_status_t gcm_encrypt(void* state, uint8_t* buffer, unsigned* length) {
  return status(gcm_update(cipher_of(state), buffer, *length));
}

srtp_err_status_t gcm_get_tag(void* state, uint8_t* tag, uint32_t* length) {
  Cipher& c = cipher_of(state);
  int written = 0;
  uint8_t nothing = 0;
  *length = c.tag;
  return status(EVP_CipherFinal_ex(c.context.get(), &nothing, &written) == 1 &&
                EVP_CIPHER_CTX_ctrl(c.context.get(), EVP_CTRL_AEAD_GET_TAG, static_cast<int>(c.tag), tag) == 1);
}

/// The tag stands at the end.
srtp_err_status_t gcm_decrypt(void* state, uint8_t* buffer, unsigned* length) {
  Cipher& c = cipher_of(state);
  if (*length < c.tag) return srtp_err_status_bad_param;
  *length -= c.tag;
  if (EVP_CIPHER_CTX_ctrl(c.context.get(), EVP_CTRL_AEAD_SET_TAG, static_cast<int>(c.tag), buffer + *length) != 1) {
    return srtp_err_status_algo_fail;
  }
  int written = 0;
  uint8_t nothing = 0;
  return status(gcm_update(c, buffer, *length) && EVP_CipherFinal_ex(c.context.get(), &nothing, &written) == 1, srtp_err_status_auth_fail);
}

// HMAC-SHA1 (RFC 2104).
srtp_err_status_t make_mac(srtp_auth_t** made, int key_length, int out_length);

srtp_err_status_t free_mac(srtp_auth_t* mac) {
  delete static_cast<Mac*>(mac->state);
  return srtp_err_status_ok;
}

EVP_MAC_CTX* mac_of(void* state) { return static_cast<Mac*>(state)->context.get(); }

srtp_err_status_t mac_init(void* state, const uint8_t* key, int length) {
  std::array<char, 5> digest{"SHA1"};
  const std::array<OSSL_PARAM, 2> params{OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest.data(), 0),
                                         OSSL_PARAM_construct_end()};
  return status(EVP_MAC_init(mac_of(state), key, static_cast<size_t>(length), params.data()) == 1, srtp_err_status_auth_fail);
}

srtp_err_status_t mac_start(void* state) {
  return status(EVP_MAC_init(mac_of(state), nullptr, 0, nullptr) == 1, srtp_err_status_auth_fail);
}

srtp_err_status_t mac_update(void* state, const uint8_t* data, int length) {
  return status(EVP_MAC_update(mac_of(state), data, static_cast<size_t>(length)) == 1, srtp_err_status_auth_fail);
}

srtp_err_status_t mac_compute(void* state, const uint8_t* data, int length, int tag_length, uint8_t* tag) {
  std::array<uint8_t, kSha1> whole;
  size_t written = 0;
  if (tag_length > static_cast<int>(kSha1) || EVP_MAC_update(mac_of(state), data, static_cast<size_t>(length)) != 1 ||
      EVP_MAC_final(mac_of(state), whole.data(), &written, whole.size()) != 1) {
    return srtp_err_status_auth_fail;
  }
  std::copy_n(whole.begin(), tag_length, tag);
  return srtp_err_status_ok;
}

// Known answers, which libsrtp2 asks for before it takes a type.

// RFC 3711 B.2 and RFC 6188 7.1: the first keystream blocks.
constexpr std::array<uint8_t, 30> kIcm128Key{0x2b, 0x7e, 0x15, 0x16, 0x28, 0xae, 0xd2, 0xa6, 0xab, 0xf7, 0x15, 0x88, 0x09, 0xcf, 0x4f,
                                             0x3c, 0xf0, 0xf1, 0xf2, 0xf3, 0xf4, 0xf5, 0xf6, 0xf7, 0xf8, 0xf9, 0xfa, 0xfb, 0xfc, 0xfd};
constexpr std::array<uint8_t, 46> kIcm256Key{0x57, 0xf8, 0x2f, 0xe3, 0x61, 0x3f, 0xd1, 0x70, 0xa8, 0x5e, 0xc9, 0x3c, 0x40, 0xb1, 0xf0, 0x92,
                                             0x2e, 0xc4, 0xcb, 0x0d, 0xc0, 0x25, 0xb5, 0x82, 0x72, 0x14, 0x7c, 0xc4, 0x38, 0x94, 0x4a, 0x98,
                                             0xf0, 0xf1, 0xf2, 0xf3, 0xf4, 0xf5, 0xf6, 0xf7, 0xf8, 0xf9, 0xfa, 0xfb, 0xfc, 0xfd};
constexpr std::array<uint8_t, 32> kZeros{};
constexpr std::array<uint8_t, 32> kIcm128Stream{0xe0, 0x3e, 0xad, 0x09, 0x35, 0xc9, 0x5e, 0x80, 0xe1, 0x66, 0xb1,
                                                0x6d, 0xd9, 0x2b, 0x4e, 0xb4, 0xd2, 0x35, 0x13, 0x16, 0x2b, 0x02,
                                                0xd0, 0xf7, 0x2a, 0x43, 0xa2, 0xfe, 0x4a, 0x5f, 0x97, 0xab};
constexpr std::array<uint8_t, 32> kIcm256Stream{0x92, 0xbd, 0xd2, 0x8a, 0x93, 0xc3, 0xf5, 0x25, 0x11, 0xc6, 0x77,
                                                0xd0, 0x8b, 0x55, 0x15, 0xa4, 0x9d, 0xa7, 0x1b, 0x23, 0x78, 0xa8,
                                                0x54, 0xf6, 0x70, 0x50, 0x75, 0x6d, 0xed, 0x16, 0x5b, 0xac};

// RFC 7714 16.1.1 and 16.2.1; twelve octets of salt, which do not count, behind the key.
constexpr std::array<uint8_t, 28> kGcm128Key{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
constexpr std::array<uint8_t, 44> kGcm256Key{0,  1,  2,  3,  4,  5,  6,  7,  8,  9,  10, 11, 12, 13, 14, 15,
                                             16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31};
constexpr std::array<uint8_t, 12> kGcmAad{0x80, 0x40, 0xf1, 0x7b, 0x80, 0x41, 0xf8, 0xd3, 0x55, 0x01, 0xa0, 0xb2};
constexpr std::array<uint8_t, 38> kGcmPlain{'G', 'a', 'l', 'l', 'i', 'a', ' ', 'e', 's', 't', ' ', 'o', 'm', 'n', 'i', 's', ' ', 'd', 'i',
                                            'v', 'i', 's', 'a', ' ', 'i', 'n', ' ', 'p', 'a', 'r', 't', 'e', 's', ' ', 't', 'r', 'e', 's'};
constexpr std::array<uint8_t, 54> kGcm128Sealed{0xf2, 0x4d, 0xe3, 0xa3, 0xfb, 0x34, 0xde, 0x6c, 0xac, 0xba, 0x86, 0x1c, 0x9d, 0x7e,
                                                0x4b, 0xca, 0xbe, 0x63, 0x3b, 0xd5, 0x0d, 0x29, 0x4e, 0x6f, 0x42, 0xa5, 0xf4, 0x7a,
                                                0x51, 0xc7, 0xd1, 0x9b, 0x36, 0xde, 0x3a, 0xdf, 0x88, 0x33, 0x89, 0x9d, 0x7f, 0x27,
                                                0xbe, 0xb1, 0x6a, 0x91, 0x52, 0xcf, 0x76, 0x5e, 0xe4, 0x39, 0x0c, 0xce};
constexpr std::array<uint8_t, 54> kGcm256Sealed{0x32, 0xb1, 0xde, 0x78, 0xa8, 0x22, 0xfe, 0x12, 0xef, 0x9f, 0x78, 0xfa, 0x33, 0x2e,
                                                0x33, 0xaa, 0xb1, 0x80, 0x12, 0x38, 0x9a, 0x58, 0xe2, 0xf3, 0xb5, 0x0b, 0x2a, 0x02,
                                                0x76, 0xff, 0xae, 0x0f, 0x1b, 0xa6, 0x37, 0x99, 0xb8, 0x7b, 0x7a, 0xa3, 0xdb, 0x36,
                                                0xdf, 0xff, 0xd6, 0xb0, 0xf9, 0xbb, 0x78, 0x78, 0xd7, 0xa7, 0x6c, 0x13};
// libsrtp2 has them as not constant, though it does not write to them.
std::array<uint8_t, 16> icm_index{};
std::array<uint8_t, 12> gcm_index{0x51, 0x75, 0x3c, 0x65, 0x80, 0xc2, 0x72, 0x6f, 0x20, 0x71, 0x84, 0x14};

constexpr int size_of(const auto& array) { return static_cast<int>(array.size()); }

const srtp_cipher_test_case_t kIcm128Test{
    size_of(kIcm128Key), kIcm128Key.data(), icm_index.data(), 32, kZeros.data(), 32, kIcm128Stream.data(), 0, nullptr, 0, nullptr};
const srtp_cipher_test_case_t kIcm256Test{
    size_of(kIcm256Key), kIcm256Key.data(), icm_index.data(), 32, kZeros.data(), 32, kIcm256Stream.data(), 0, nullptr, 0, nullptr};
const srtp_cipher_test_case_t kGcm128Test{size_of(kGcm128Key),
                                          kGcm128Key.data(),
                                          gcm_index.data(),
                                          38,
                                          kGcmPlain.data(),
                                          54,
                                          kGcm128Sealed.data(),
                                          12,
                                          kGcmAad.data(),
                                          16,
                                          nullptr};
const srtp_cipher_test_case_t kGcm256Test{size_of(kGcm256Key),
                                          kGcm256Key.data(),
                                          gcm_index.data(),
                                          38,
                                          kGcmPlain.data(),
                                          54,
                                          kGcm256Sealed.data(),
                                          12,
                                          kGcmAad.data(),
                                          16,
                                          nullptr};

extern const srtp_cipher_type_t kIcm128, kIcm256, kGcm128, kGcm256;

srtp_err_status_t make_icm_128(srtp_cipher_t** made, int key_length, int tag) {
  static const EVP_CIPHER* const kind = fetched("AES-128-CTR");
  return make_cipher<&kIcm128>(made, kind, key_length, kIcmSalt, tag);
}
srtp_err_status_t make_icm_256(srtp_cipher_t** made, int key_length, int tag) {
  static const EVP_CIPHER* const kind = fetched("AES-256-CTR");
  return make_cipher<&kIcm256>(made, kind, key_length, kIcmSalt, tag);
}
srtp_err_status_t make_gcm_128(srtp_cipher_t** made, int key_length, int tag) {
  static const EVP_CIPHER* const kind = fetched("AES-128-GCM");
  return make_cipher<&kGcm128>(made, kind, key_length, kGcmSalt, tag);
}
srtp_err_status_t make_gcm_256(srtp_cipher_t** made, int key_length, int tag) {
  static const EVP_CIPHER* const kind = fetched("AES-256-GCM");
  return make_cipher<&kGcm256>(made, kind, key_length, kGcmSalt, tag);
}

const srtp_cipher_type_t kIcm128{
    make_icm_128, free_cipher,     icm_init, nullptr, icm_crypt, icm_crypt, icm_set_iv, nullptr, "AES-128 counter mode by OpenSSL",
    &kIcm128Test, SRTP_AES_ICM_128};
const srtp_cipher_type_t kIcm256{
    make_icm_256, free_cipher,     icm_init, nullptr, icm_crypt, icm_crypt, icm_set_iv, nullptr, "AES-256 counter mode by OpenSSL",
    &kIcm256Test, SRTP_AES_ICM_256};
const srtp_cipher_type_t kGcm128{
    make_gcm_128, free_cipher,     gcm_init, gcm_set_aad, gcm_encrypt, gcm_decrypt, gcm_set_iv, gcm_get_tag, "AES-128 GCM by OpenSSL",
    &kGcm128Test, SRTP_AES_GCM_128};
const srtp_cipher_type_t kGcm256{
    make_gcm_256, free_cipher,     gcm_init, gcm_set_aad, gcm_encrypt, gcm_decrypt, gcm_set_iv, gcm_get_tag, "AES-256 GCM by OpenSSL",
    &kGcm256Test, SRTP_AES_GCM_256};

// RFC 2202, case 1.
constexpr std::array<uint8_t, 20> kMacKey{0x0b, 0x0b, 0x0b, 0x0b, 0x0b, 0x0b, 0x0b, 0x0b, 0x0b, 0x0b,
                                          0x0b, 0x0b, 0x0b, 0x0b, 0x0b, 0x0b, 0x0b, 0x0b, 0x0b, 0x0b};
constexpr std::array<uint8_t, 8> kMacData{'H', 'i', ' ', 'T', 'h', 'e', 'r', 'e'};
constexpr std::array<uint8_t, 20> kMacTag{0xb6, 0x17, 0x31, 0x86, 0x55, 0x05, 0x72, 0x64, 0xe2, 0x8b,
                                          0xc0, 0xb6, 0xfb, 0x37, 0x8c, 0x8e, 0xf1, 0x46, 0xbe, 0x00};
const srtp_auth_test_case_t kMacTest{20, kMacKey.data(), 8, kMacData.data(), 20, kMacTag.data(), nullptr};
const srtp_auth_type_t kMac{make_mac,  free_mac,      mac_init, mac_compute, mac_update, mac_start, "HMAC-SHA1 by OpenSSL",
                            &kMacTest, SRTP_HMAC_SHA1};

srtp_err_status_t make_mac(srtp_auth_t** made, int key_length, int out_length) {
  static EVP_MAC* const kind = EVP_MAC_fetch(nullptr, "HMAC", nullptr);
  if (key_length > static_cast<int>(kSha1) || out_length > static_cast<int>(kSha1)) return srtp_err_status_bad_param;
  auto mac = std::make_unique<Mac>();
  mac->context.reset(kind == nullptr ? nullptr : EVP_MAC_CTX_new(kind));
  if (!mac->context) return srtp_err_status_alloc_fail;
  mac->base.type = &kMac;
  mac->base.state = mac.get();
  mac->base.key_len = key_length;
  mac->base.out_len = out_length;
  *made = &mac.release()->base;
  return srtp_err_status_ok;
}

Result<void> start_once() {
  if (const auto failed = srtp_init(); failed != srtp_err_status_ok) {
    return Error{ErrorCode::internal, fmt::format("libsrtp2 does not start (error {})", static_cast<int>(failed))};
  }
  for (const srtp_cipher_type_t* type : {&kIcm128, &kIcm256, &kGcm128, &kGcm256}) {
    if (const auto failed = srtp_replace_cipher_type(type, type->id); failed != srtp_err_status_ok) {
      return Error{ErrorCode::internal, fmt::format("libsrtp2 does not take {} (error {})", type->description, static_cast<int>(failed))};
    }
  }
  if (const auto failed = srtp_replace_auth_type(&kMac, SRTP_HMAC_SHA1); failed != srtp_err_status_ok) {
    return Error{ErrorCode::internal, fmt::format("libsrtp2 does not take {} (error {})", kMac.description, static_cast<int>(failed))};
  }
  return {};
}

}  // namespace

Result<void> start_srtp() {
  static const Result<void> started = start_once();
  return started;
}

}  // namespace tandem
