// How one stream of a leg is encrypted and carried: what we say about it in an offer or an answer, and what has been agreed. Switch thread;
// owned by a Leg.
#pragma once

#include <optional>
#include <vector>

#include "tandem/media.h"

namespace tandem {

class StreamSecurity {
 public:
  /// Puts into an offer of ours what `policy` wants. What has been agreed before is offered again, with the same keys.
  void offer(const MediaPolicy& policy, const DtlsFingerprint& certificate, MediaStream& ours);
  /// Whether an offer can be answered at all. unsupported: "encrypted or nothing", or nothing encrypted.
  static Result<void> admit(const MediaPolicy& policy, const MediaStream& offer);
  /// The same for an answer. unsupported: the two do not go together ("encrypted or nothing").
  Result<void> answer(const MediaPolicy& policy, const DtlsFingerprint& certificate, const MediaStream& offer, MediaStream& ours);
  /// Whether what came as an answer to `ours` is one that may be taken.
  static Result<void> check(const MediaPolicy& policy, const MediaStream& ours, const MediaStream& answer);

 private:
  SdesKey key_of(uint32_t tag, SrtpSuite suite);
  void clear(MediaStream& ours) const;

  std::vector<SdesKey> keys_;  ///< ours, one for each suite that we have ever named; they last as long as the leg
  std::optional<IceCredentials> ice_, their_ice_;
};

/// What a port is told once both sides have spoken.
MediaSecurity agreed_security(const MediaStream& ours, const MediaStream& theirs);
MediaTransport agreed_transport(const MediaStream& ours, const MediaStream& theirs);
/// "SRTP AES_CM_128_HMAC_SHA1_80", "DTLS-SRTP", "plain": for people. Never a key.
std::string_view name_of(const MediaSecurity& security);

}  // namespace tandem
