// What one peer, phone or trunk, wants differently. Values; any thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>

#include "tandem/config.h"
#include "tandem/media_description.h"

namespace tandem {

/// Which headers carry a caller's or an answering party's identity besides From (RFC 3325, draft-ietf-sip-privacy-04).
enum class IdentityHeaders : uint8_t { none, pai, rpid, both };
/// Which headers say who has sent a call on (RFC 5806, RFC 7044). Both are always understood, of trunks.
enum class DiversionHeaders : uint8_t { none, diversion, history_info, both };
/// How digits are sent to it during a call. Both ways are always understood.
enum class DigitsBy : uint8_t { rfc4733, info };

/// Session timers (RFC 4028) with one peer.
struct SessionTimerSettings {
  std::chrono::seconds interval{1800};  ///< what we ask for and agree to at most; zero: we want none
  std::chrono::seconds least{90};       ///< shorter ones are refused with 422
  friend bool operator==(const SessionTimerSettings&, const SessionTimerSettings&) = default;
};

/// Reliable provisional responses (RFC 3262): never; where the far end requires them; where it can; always, or no call.
enum class Reliable : uint8_t { no, asked, supported, required };

/// What becomes of keys of SRTP (a=crypto) that come over a connection that is not TLS.
enum class KeysInClear : uint8_t { allow, warn, refuse };

/// What one peer, phone or trunk, wants differently.
struct EndpointSettings {
  IdentityHeaders identity = IdentityHeaders::pai;
  DiversionHeaders diversions = DiversionHeaders::diversion;
  DigitsBy digits = DigitsBy::rfc4733;
  SessionTimerSettings timer;
  Reliable reliable = Reliable::asked;
  bool redirects = true;  ///< its 3xx are followed; a trunk's never are
  KeysInClear keys_in_clear = KeysInClear::warn;
  std::optional<SecureOffer> secure_offer;                   ///< empty: by TLS beside plain RTP, else not unless encryption is required
  std::shared_ptr<const MediaPolicy> media = usual_media();  ///< over TLS
  std::shared_ptr<const MediaPolicy> media_in_clear = usual_media();  ///< over anything else

  static std::shared_ptr<const MediaPolicy> usual_media();
  friend bool operator==(const EndpointSettings& a, const EndpointSettings& b) {
    return a.identity == b.identity && a.diversions == b.diversions && a.digits == b.digits && a.redirects == b.redirects &&
           a.timer == b.timer && a.reliable == b.reliable && a.keys_in_clear == b.keys_in_clear && a.secure_offer == b.secure_offer &&
           *a.media == *b.media && *a.media_in_clear == *b.media_in_clear;
  }
};

/// The keys that phones and trunks share.
void read_endpoint(SectionReader& reader, EndpointSettings& e);

}  // namespace tandem
