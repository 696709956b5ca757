#include "tandem/media_security.h"

#include <fmt/format.h>
#include <string.h>  // explicit_bzero
#include <strings.h>
#include <sys/random.h>

#include <algorithm>
#include <cerrno>
#include <system_error>

namespace tandem {
namespace {

constexpr std::array<SrtpSuiteFacts, kSrtpSuites> kSuites{{
    {"AES_CM_128_HMAC_SHA1_80", 16, 14, 10},
    {"AES_CM_128_HMAC_SHA1_32", 16, 14, 4},
    {"AES_256_CM_HMAC_SHA1_80", 32, 14, 10},
    {"AES_256_CM_HMAC_SHA1_32", 32, 14, 4},
    {"AEAD_AES_128_GCM", 16, 12, 16},
    {"AEAD_AES_256_GCM", 32, 12, 16},
}};

struct DigestFacts {
  std::string_view name;
  size_t size;
};
constexpr std::array<DigestFacts, 5> kDigests{{{"sha-1", 20}, {"sha-224", 28}, {"sha-256", 32}, {"sha-384", 48}, {"sha-512", 64}}};

constexpr std::array<std::string_view, 3> kSetups{"actpass", "active", "passive"};

constexpr std::string_view kIceLetters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

bool same_word(std::string_view a, std::string_view b) { return a.size() == b.size() && ::strncasecmp(a.data(), b.data(), a.size()) == 0; }

/// Without it there is no secret worth the name, so nothing goes on.
void fill_random(std::span<uint8_t> into) {
  while (!into.empty()) {
    const ssize_t got = ::getrandom(into.data(), into.size(), 0);
    if (got > 0) {
      into = into.subspan(static_cast<size_t>(got));
    } else if (errno != EINTR) {
      throw std::system_error(errno, std::generic_category(), "getrandom");
    }
  }
}

std::string ice_text(size_t length) {
  std::string text(length, '\0');
  fill_random({reinterpret_cast<uint8_t*>(text.data()), text.size()});
  for (char& c : text) c = kIceLetters[static_cast<unsigned char>(c) % kIceLetters.size()];
  return text;
}

bool ice_letters(std::string_view text, size_t least) {
  return text.size() >= least && text.size() <= 256 && text.find_first_not_of(kIceLetters) == std::string_view::npos;
}

std::optional<uint8_t> hex_value(char c) {
  if (c >= '0' && c <= '9') return static_cast<uint8_t>(c - '0');
  if (c >= 'a' && c <= 'f') return static_cast<uint8_t>(c - 'a' + 10);
  if (c >= 'A' && c <= 'F') return static_cast<uint8_t>(c - 'A' + 10);
  return std::nullopt;
}

}  // namespace

const SrtpSuiteFacts& facts_of(SrtpSuite suite) { return kSuites.at(static_cast<size_t>(suite)); }

std::optional<SrtpSuite> srtp_suite_named(std::string_view name) {
  const auto it = std::find_if(kSuites.begin(), kSuites.end(), [&](const SrtpSuiteFacts& f) { return f.name == name; });
  return it == kSuites.end() ? std::nullopt : std::optional(static_cast<SrtpSuite>(it - kSuites.begin()));
}

SrtpSecret::SrtpSecret(std::span<const uint8_t> bytes) : size_(static_cast<uint8_t>(std::min(bytes.size(), kMost))) {
  std::copy_n(bytes.begin(), size_, bytes_.begin());
}

SrtpSecret::~SrtpSecret() { ::explicit_bzero(bytes_.data(), bytes_.size()); }

SrtpSecret SrtpSecret::fresh(SrtpSuite suite) {
  const SrtpSuiteFacts& facts = facts_of(suite);
  SrtpSecret secret;
  secret.size_ = static_cast<uint8_t>(facts.key + facts.salt);
  fill_random({secret.bytes_.data(), secret.size_});
  return secret;
}

bool operator==(const SrtpSecret& a, const SrtpSecret& b) {
  uint8_t differs = a.size_ ^ b.size_;
  for (size_t i = 0; i < SrtpSecret::kMost; ++i) differs = static_cast<uint8_t>(differs | (a.bytes_[i] ^ b.bytes_[i]));
  return differs == 0;
}

SdesKey fresh_sdes_key(uint32_t tag, SrtpSuite suite) {
  SdesKey key;
  key.tag = tag;
  key.suite = suite;
  key.secret = SrtpSecret::fresh(suite);
  return key;
}

Result<DtlsFingerprint> DtlsFingerprint::from(std::string_view algorithm, std::string_view hex) {
  const auto known = std::find_if(kDigests.begin(), kDigests.end(), [&](const DigestFacts& d) { return same_word(d.name, algorithm); });
  if (known == kDigests.end()) return Error{ErrorCode::invalid, "this fingerprint's digest is not known here"};
  if (hex.size() != 3 * known->size - 1) return Error{ErrorCode::invalid, "this fingerprint has another length than its digest"};
  std::array<uint8_t, 64> bytes{};
  for (size_t i = 0; i < known->size; ++i) {
    const auto high = hex_value(hex[3 * i]), low = hex_value(hex[3 * i + 1]);
    const bool joined = i + 1 == known->size || hex[3 * i + 2] == ':';
    if (!high || !low || !joined) return Error{ErrorCode::invalid, "this fingerprint is not of pairs of hex digits with colons between"};
    bytes[i] = static_cast<uint8_t>(*high << 4 | *low);
  }
  return DtlsFingerprint(static_cast<DigestAlgorithm>(known - kDigests.begin()), std::span(bytes).first(known->size));
}

DtlsFingerprint::DtlsFingerprint(DigestAlgorithm algorithm, std::span<const uint8_t> digest) : algorithm_(algorithm) {
  size_ = static_cast<uint8_t>(std::min(digest.size(), bytes_.size()));
  std::copy_n(digest.begin(), size_, bytes_.begin());
}

std::string_view DtlsFingerprint::algorithm_name() const { return kDigests.at(static_cast<size_t>(algorithm_)).name; }

std::string DtlsFingerprint::hex() const { return fmt::format("{:02X}", fmt::join(digest(), ":")); }

std::optional<DtlsSetup> dtls_setup_named(std::string_view name) {
  const auto it = std::find_if(kSetups.begin(), kSetups.end(), [&](std::string_view s) { return same_word(s, name); });
  return it == kSetups.end() ? std::nullopt : std::optional(static_cast<DtlsSetup>(it - kSetups.begin()));
}

std::string_view name_of(DtlsSetup setup) { return kSetups.at(static_cast<size_t>(setup)); }

IceCredentials IceCredentials::fresh() { return {ice_text(8), ice_text(24)}; }

bool IceCredentials::valid() const { return ice_letters(ufrag, 4) && ice_letters(pwd, 22); }

}  // namespace tandem
