// How a stream is protected and carried: SRTP suites and keys (RFC 3711, 4568, 6188, 7714), DTLS-SRTP (RFC 5763, 5764), ICE-lite (RFC 8445)
// and rtcp-mux (RFC 5761), as values that drivers read from descriptions and ports are told.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>

#include "tandem/result.h"

namespace tandem {

enum class SrtpSuite : uint8_t {
  aes_cm_128_hmac_sha1_80,
  aes_cm_128_hmac_sha1_32,
  aes_256_cm_hmac_sha1_80,
  aes_256_cm_hmac_sha1_32,
  aead_aes_128_gcm,
  aead_aes_256_gcm,
};
inline constexpr size_t kSrtpSuites = 6;

struct SrtpSuiteFacts {
  std::string_view name;  ///< as a=crypto has it: "AES_CM_128_HMAC_SHA1_80"
  uint8_t key;            ///< bytes of the master key
  uint8_t salt;           ///< bytes of the master salt, which follows it
  uint8_t tag;            ///< bytes that it adds to each RTP packet
};
const SrtpSuiteFacts& facts_of(SrtpSuite suite);
/// As named in a=crypto; a token, so letter case counts.
std::optional<SrtpSuite> srtp_suite_named(std::string_view name);

/// Key and salt of one direction, in place, wiped when they go. Nothing prints it.
class SrtpSecret {
 public:
  static constexpr size_t kMost = 46;
  SrtpSecret() = default;
  /// Cut to kMost.
  explicit SrtpSecret(std::span<const uint8_t> bytes);
  SrtpSecret(const SrtpSecret&) = default;
  SrtpSecret& operator=(const SrtpSecret&) = default;
  ~SrtpSecret();
  /// As many bytes as the suite wants, from the system's generator.
  static SrtpSecret fresh(SrtpSuite suite);
  std::span<const uint8_t> bytes() const { return {bytes_.data(), size_}; }
  /// In the same time whatever they hold.
  friend bool operator==(const SrtpSecret& a, const SrtpSecret& b);

 private:
  std::array<uint8_t, kMost> bytes_{};
  uint8_t size_ = 0;
};

/// One a=crypto attribute with its one key (RFC 4568): what whoever wrote it sends with.
struct SdesKey {
  uint32_t tag = 1;
  SrtpSuite suite = SrtpSuite::aes_cm_128_hmac_sha1_80;
  SrtpSecret secret;
  uint64_t lifetime = 0;   ///< packets that may be sent with it; 0: as many as the suite allows. The port keeps to it
  uint32_t mki = 0;        ///< goes into each packet (RFC 3711 3.1)
  uint8_t mki_length = 0;  ///< in bytes, at most 4; 0: no MKI. The port keeps to it; what is longer has to be refused
  friend bool operator==(const SdesKey&, const SdesKey&) = default;
};
/// With a key of its own.
SdesKey fresh_sdes_key(uint32_t tag, SrtpSuite suite);

enum class DigestAlgorithm : uint8_t { sha_1, sha_224, sha_256, sha_384, sha_512 };

/// Of a certificate, as a=fingerprint has it (RFC 8122).
class DtlsFingerprint {
 public:
  DtlsFingerprint() = default;
  /// "sha-256", without regard to letter case, and "AB:CD:..." of just the length that this algorithm makes. invalid: says why.
  static Result<DtlsFingerprint> from(std::string_view algorithm, std::string_view hex);
  DtlsFingerprint(DigestAlgorithm algorithm, std::span<const uint8_t> digest);

  DigestAlgorithm algorithm() const { return algorithm_; }
  std::string_view algorithm_name() const;
  std::span<const uint8_t> digest() const { return {bytes_.data(), size_}; }
  bool empty() const { return size_ == 0; }
  std::string hex() const;
  friend bool operator==(const DtlsFingerprint&, const DtlsFingerprint&) = default;

 private:
  DigestAlgorithm algorithm_ = DigestAlgorithm::sha_256;
  uint8_t size_ = 0;
  std::array<uint8_t, 64> bytes_{};
};

/// a=setup (RFC 4145 as RFC 5763 uses it). An answer to actpass is active; holdconn is not for us.
enum class DtlsSetup : uint8_t { actpass, active, passive };
std::optional<DtlsSetup> dtls_setup_named(std::string_view name);
std::string_view name_of(DtlsSetup setup);

/// a=ice-ufrag and a=ice-pwd of one side.
struct IceCredentials {
  std::string ufrag, pwd;
  static IceCredentials fresh();
  /// Whether length and letters are what RFC 8839 5.4 allows.
  bool valid() const;
  friend bool operator==(const IceCredentials&, const IceCredentials&) = default;
};

/// Encrypted with keys that the descriptions have carried.
struct SdesSecurity {
  SdesKey send, receive;
  friend bool operator==(const SdesSecurity&, const SdesSecurity&) = default;
};

/// Encrypted with keys that a DTLS handshake on the media socket yields. Nothing is sent or taken in before it is done.
struct DtlsSecurity {
  bool client = false;     ///< we begin it (a=setup:active on our side)
  DtlsFingerprint remote;  ///< of the certificate that the far end must show
  friend bool operator==(const DtlsSecurity&, const DtlsSecurity&) = default;
};

/// Plain, SDES or DTLS.
using MediaSecurity = std::variant<std::monostate, SdesSecurity, DtlsSecurity>;

/// We are lite: we answer checks, and send to whom the far end nominates.
struct IceLite {
  IceCredentials ours;
  std::string their_ufrag;  ///< checks must name it
  friend bool operator==(const IceLite&, const IceLite&) = default;
};

struct MediaTransport {
  bool rtcp_mux = false;       ///< RTCP on the RTP port, in both directions
  std::optional<IceLite> ice;  ///< then the peer is whoever passes its checks, and set_remote() no more than a hint
  friend bool operator==(const MediaTransport&, const MediaTransport&) = default;
};

}  // namespace tandem
