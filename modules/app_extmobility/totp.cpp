#include "totp.h"

#include <fmt/format.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <sodium.h>

#include <algorithm>
#include <array>

namespace tandem {
namespace {

constexpr int64_t kStep = 30;
constexpr int64_t kDrift = 1;  // steps that a phone's clock may be off

}  // namespace

std::string totp_code(std::string_view secret, int64_t step, size_t digits) {
  std::array<unsigned char, 8> message{};
  for (size_t i = 0; i < message.size(); ++i) message[7 - i] = static_cast<unsigned char>(static_cast<uint64_t>(step) >> (8 * i));
  std::array<unsigned char, EVP_MAX_MD_SIZE> sum{};
  unsigned length = 0;
  if (HMAC(EVP_sha1(), secret.data(), static_cast<int>(secret.size()), message.data(), message.size(), sum.data(), &length) == nullptr ||
      length < 20)
    return {};
  const size_t at = sum[length - 1] & 0x0f;
  const uint32_t number =
      (uint32_t{sum[at]} & 0x7f) << 24 | uint32_t{sum[at + 1]} << 16 | uint32_t{sum[at + 2]} << 8 | uint32_t{sum[at + 3]};
  uint32_t modulus = 1;
  for (size_t i = 0; i < digits; ++i) modulus *= 10;
  return fmt::format("{:0{}}", number % modulus, digits);
}

std::optional<int64_t> totp_step(std::string_view secret, std::string_view code, WallTime now, int64_t last_used) {
  const int64_t step = std::chrono::duration_cast<std::chrono::seconds>(now.time_since_epoch()).count() / kStep;
  std::optional<int64_t> found;
  for (int64_t one = step - kDrift; one <= step + kDrift; ++one) {
    const std::string expected = totp_code(secret, one);
    const bool same = !expected.empty() && expected.size() == code.size() && sodium_memcmp(expected.data(), code.data(), code.size()) == 0;
    if (same && one > last_used) found = one;
  }
  return found;
}

std::string totp_secret() {
  std::string secret(20, '\0');
  randombytes_buf(secret.data(), secret.size());
  return secret;
}

std::string base32(std::string_view bytes) {
  constexpr std::string_view kLetters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
  std::string text;
  uint32_t held = 0;
  int bits = 0;
  for (const char byte : bytes) {
    held = held << 8 | static_cast<unsigned char>(byte);
    for (bits += 8; bits >= 5; bits -= 5) text += kLetters[held >> (bits - 5) & 31];
  }
  if (bits > 0) text += kLetters[held << (5 - bits) & 31];
  return text;
}

std::string totp_uri(std::string_view user, std::string_view secret) {
  return fmt::format("otpauth://totp/Tandem:{}?secret={}&issuer=Tandem", user, base32(secret));
}

}  // namespace tandem
