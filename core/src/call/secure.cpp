#include "call/secure.h"

#include <algorithm>
#include <array>

namespace tandem {

namespace {

/// Strongest first. All are taken; only some are offered, so that an INVITE still fits a datagram.
constexpr std::array<SrtpSuite, kSrtpSuites> kByStrength{SrtpSuite::aead_aes_256_gcm,        SrtpSuite::aead_aes_128_gcm,
                                                         SrtpSuite::aes_256_cm_hmac_sha1_80, SrtpSuite::aes_cm_128_hmac_sha1_80,
                                                         SrtpSuite::aes_256_cm_hmac_sha1_32, SrtpSuite::aes_cm_128_hmac_sha1_32};
constexpr std::array<SrtpSuite, 4> kOffered{SrtpSuite::aead_aes_256_gcm, SrtpSuite::aes_256_cm_hmac_sha1_80,
                                            SrtpSuite::aes_cm_128_hmac_sha1_80, SrtpSuite::aes_cm_128_hmac_sha1_32};

const SdesKey* strongest(const std::vector<SdesKey>& keys) {
  const auto place = [](const SdesKey& key) { return std::find(kByStrength.begin(), kByStrength.end(), key.suite); };
  const auto best = std::min_element(keys.begin(), keys.end(), [&](const auto& a, const auto& b) { return place(a) < place(b); });
  return best == keys.end() ? nullptr : &*best;
}

bool is_encrypted(const MediaStream& stream) { return stream.profile == RtpProfile::dtls || !stream.keys.empty(); }

const Error kMustEncrypt{ErrorCode::unsupported, "encryption is required here"};

}  // namespace

SdesKey StreamSecurity::key_of(uint32_t tag, SrtpSuite suite) {
  auto known = std::find_if(keys_.begin(), keys_.end(), [&](const SdesKey& key) { return key.suite == suite; });
  if (known == keys_.end()) known = keys_.insert(known, fresh_sdes_key(tag, suite));
  SdesKey key = *known;
  key.tag = tag;
  return key;
}

void StreamSecurity::clear(MediaStream& ours) const {
  ours.profile = RtpProfile::plain;
  ours.feedback = false;
  ours.keys.clear();
  ours.dtls.reset();
  ours.ice.reset();
  ours.rtcp_mux = false;
}

void StreamSecurity::offer(const MediaPolicy& policy, const DtlsFingerprint& certificate, MediaStream& ours) {
  if (is_encrypted(ours)) {
    if (ours.dtls) ours.dtls->setup = DtlsSetup::actpass;
    return;
  }
  clear(ours);
  if (policy.encryption == Encryption::no || policy.secure_offer == SecureOffer::none) return;
  if (policy.secure_offer == SecureOffer::webrtc) {
    if (!ice_) ice_ = IceCredentials::fresh();
    ours.profile = RtpProfile::dtls;
    ours.feedback = ours.rtcp_mux = true;
    ours.dtls = DtlsParameters{certificate, DtlsSetup::actpass};
    ours.ice = ice_;
    return;
  }
  if (policy.secure_offer == SecureOffer::sdes) ours.profile = RtpProfile::sdes;
  uint32_t tag = 1;
  for (const SrtpSuite suite : kOffered) ours.keys.push_back(key_of(tag++, suite));
}

Result<void> StreamSecurity::admit(const MediaPolicy& policy, const MediaStream& offer) {
  if (offer.refused) return {};
  if (offer.profile != RtpProfile::plain && policy.encryption == Encryption::no)
    return Error{ErrorCode::unsupported, "encryption is not allowed here"};
  if (policy.encryption == Encryption::required && !is_encrypted(offer)) return kMustEncrypt;
  return {};
}

Result<void> StreamSecurity::answer(const MediaPolicy& policy, const DtlsFingerprint& certificate, const MediaStream& offer,
                                    MediaStream& ours) {
  clear(ours);
  if (auto fits = admit(policy, offer); !fits || offer.refused) return fits;
  const bool wanted = policy.encryption != Encryption::no;
  ours.profile = offer.profile;
  ours.feedback = offer.feedback;
  ours.rtcp_mux = offer.rtcp_mux;
  if (offer.ice) {
    // Other credentials than before begin ICE anew, and so must ours (RFC 8445 4.4.1.1.1).
    if (!ice_ || (their_ice_ && *their_ice_ != *offer.ice)) ice_ = IceCredentials::fresh();
    ours.ice = ice_;
    their_ice_ = offer.ice;
  }
  if (offer.profile == RtpProfile::dtls) {
    // The caller's side begins the handshake only if it says that it will.
    const bool theirs = offer.dtls->setup == DtlsSetup::active;
    ours.dtls = DtlsParameters{certificate, theirs ? DtlsSetup::passive : DtlsSetup::active};
  } else if (const SdesKey* const best = wanted ? strongest(offer.keys) : nullptr) {
    ours.keys = {key_of(best->tag, best->suite)};
  }
  return {};
}

Result<void> StreamSecurity::check(const MediaPolicy& policy, const MediaStream& ours, const MediaStream& answer) {
  if (answer.refused) return {};
  if (std::holds_alternative<std::monostate>(agreed_security(ours, answer))) {
    if (policy.encryption == Encryption::required || ours.profile != RtpProfile::plain) return kMustEncrypt;
    if (is_encrypted(answer)) return Error{ErrorCode::unsupported, "its key answers none of ours"};
  }
  return {};
}

MediaSecurity agreed_security(const MediaStream& ours, const MediaStream& theirs) {
  if (ours.profile == RtpProfile::dtls && theirs.profile == RtpProfile::dtls && ours.dtls && theirs.dtls) {
    const bool client =
        ours.dtls->setup == DtlsSetup::active || (ours.dtls->setup == DtlsSetup::actpass && theirs.dtls->setup == DtlsSetup::passive);
    return DtlsSecurity{client, theirs.dtls->fingerprint};
  }
  for (const auto& send : ours.keys) {
    const auto receive = std::find_if(theirs.keys.begin(), theirs.keys.end(),
                                      [&](const SdesKey& key) { return key.tag == send.tag && key.suite == send.suite; });
    if (receive != theirs.keys.end()) return SdesSecurity{send, *receive};
  }
  return {};
}

MediaTransport agreed_transport(const MediaStream& ours, const MediaStream& theirs) {
  MediaTransport transport;
  transport.rtcp_mux = ours.rtcp_mux && theirs.rtcp_mux;
  if (ours.ice && theirs.ice) transport.ice = IceLite{*ours.ice, theirs.ice->ufrag};
  return transport;
}

std::string_view name_of(const MediaSecurity& security) {
  if (const auto* sdes = std::get_if<SdesSecurity>(&security)) return facts_of(sdes->send.suite).name;
  return std::holds_alternative<DtlsSecurity>(security) ? "DTLS-SRTP" : "plain";
}

}  // namespace tandem
