#include "tandem/media_security.h"

#include <gtest/gtest.h>

#include <numeric>
#include <set>

namespace tandem::test {
namespace {

TEST(MediaSecurity, SuitesAreNamedAsTheRfcsNameThem) {
  for (const auto* name : {"AES_CM_128_HMAC_SHA1_80", "AES_CM_128_HMAC_SHA1_32", "AES_256_CM_HMAC_SHA1_80", "AES_256_CM_HMAC_SHA1_32",
                           "AEAD_AES_128_GCM", "AEAD_AES_256_GCM"}) {
    const auto suite = srtp_suite_named(name);
    ASSERT_TRUE(suite) << name;
    EXPECT_EQ(facts_of(*suite).name, name);
    EXPECT_EQ(SrtpSecret::fresh(*suite).bytes().size(), static_cast<size_t>(facts_of(*suite).key + facts_of(*suite).salt));
  }
  EXPECT_FALSE(srtp_suite_named("F8_128_HMAC_SHA1_80"));
  EXPECT_FALSE(srtp_suite_named("aes_cm_128_hmac_sha1_80"));
}

TEST(MediaSecurity, SecretsDifferAreCutAndCompare) {
  const SdesKey a = fresh_sdes_key(1, SrtpSuite::aes_cm_128_hmac_sha1_80), b = fresh_sdes_key(1, SrtpSuite::aes_cm_128_hmac_sha1_80);
  EXPECT_NE(a, b);
  EXPECT_EQ(a, SdesKey(a));
  const std::array<uint8_t, 60> longer{};
  EXPECT_EQ(SrtpSecret(longer).bytes().size(), SrtpSecret::kMost);
  EXPECT_NE(SrtpSecret(std::span(longer).first(3)), SrtpSecret(std::span(longer).first(4)));
}

TEST(MediaSecurity, SecretsAreWipedWhenTheyGo) {
  alignas(SrtpSecret) std::array<unsigned char, sizeof(SrtpSecret)> room{};
  auto* secret = new (room.data()) SrtpSecret(SrtpSecret::fresh(SrtpSuite::aes_256_cm_hmac_sha1_80));
  EXPECT_GT(std::set<unsigned char>(room.begin(), room.end()).size(), 10U);
  secret->~SrtpSecret();
  // The size may stay.
  EXPECT_LE(std::set<unsigned char>(room.begin(), room.end()).size(), 2U);
}

TEST(MediaSecurity, FingerprintsAreReadStrictly) {
  std::array<uint8_t, 32> digest{};
  std::iota(digest.begin(), digest.end(), uint8_t{0xf0});
  const DtlsFingerprint made(DigestAlgorithm::sha_256, digest);
  EXPECT_EQ(made.algorithm_name(), "sha-256");
  const std::string hex = made.hex();
  EXPECT_EQ(hex.substr(0, 9), "F0:F1:F2:");
  EXPECT_EQ(hex.size(), 95U);
  std::string lower = hex;
  for (char& c : lower) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  const auto read = DtlsFingerprint::from("SHA-256", lower);
  ASSERT_TRUE(read);
  EXPECT_EQ(*read, made);
  EXPECT_TRUE(DtlsFingerprint::from("sha-1", hex.substr(0, 59)));
  EXPECT_FALSE(DtlsFingerprint::from("sha-1", hex)) << "too long for it";
  EXPECT_FALSE(DtlsFingerprint::from("md5", hex.substr(0, 47)));
  for (const auto at : {0U, 1U, 2U, 94U}) {
    std::string spoilt = hex;
    spoilt[at] = 'x';
    EXPECT_FALSE(DtlsFingerprint::from("sha-256", spoilt)) << at;
  }
  EXPECT_FALSE(DtlsFingerprint::from("sha-256", ""));
}

TEST(MediaSecurity, IceCredentialsAreOfTheLettersAllowed) {
  const IceCredentials a = IceCredentials::fresh(), b = IceCredentials::fresh();
  EXPECT_TRUE(a.valid());
  EXPECT_NE(a, b);
  EXPECT_FALSE((IceCredentials{"abc", a.pwd}).valid());
  EXPECT_FALSE((IceCredentials{"abcd", a.pwd.substr(0, 21)}).valid());
  EXPECT_FALSE((IceCredentials{"ab cd", a.pwd}).valid());
  EXPECT_FALSE((IceCredentials{std::string(257, 'a'), a.pwd}).valid());
}

TEST(MediaSecurity, SetupRolesAreNamed) {
  EXPECT_EQ(dtls_setup_named("ACTIVE"), DtlsSetup::active);
  EXPECT_EQ(name_of(DtlsSetup::passive), "passive");
  EXPECT_FALSE(dtls_setup_named("holdconn"));
}

}  // namespace
}  // namespace tandem::test
