// What one party says about its media: an offer or an answer, in protocol-neutral terms. Values; any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "tandem/address.h"
#include "tandem/media_security.h"
#include "tandem/result.h"

namespace tandem {

/// One RTP payload format (RFC 3551, RFC 4855): name in upper case, its number in the description that holds it, clock rate in Hz.
struct Codec {
  std::string name;
  uint8_t payload_type = 0;
  uint32_t clock_rate = 8000;
  uint8_t channels = 1;
  std::string fmtp;
  bool same_format(const Codec& o) const { return name == o.name && clock_rate == o.clock_rate && channels == o.channels; }
  bool is_event() const { return name == "TELEPHONE-EVENT"; }
  friend bool operator==(const Codec&, const Codec&) = default;
};

/// The format that RFC 3551 (tables 4 and 5) ties to an audio payload number, for descriptions that name a number and no format.
/// Empty for dynamic, reserved, unassigned and video numbers.
std::optional<Codec> static_codec(uint8_t payload_type);

/// Reads names of codecs as settings have them ("pcmu, l16/16000") into a list to offer: static numbers where there are some, dynamic ones
/// from 96 on, and telephone-event last, one for each clock rate. invalid: says which is not known, or comes twice.
Result<std::vector<Codec>> codecs_named(const std::vector<std::string>& names);

/// Audio is what all of this is about; video is passed on as it comes (any payload of a number that both sides have agreed on).
enum class MediaKind : uint8_t { audio, video };

/// Seen from whoever sends the description (RFC 3264).
enum class MediaDirection : uint8_t { sendrecv, sendonly, recvonly, inactive };

/// Which RTP a stream speaks. Keys by SDES may stand beside the plain ones too: then encryption is on offer, not a must.
enum class RtpProfile : uint8_t { plain, sdes, dtls };

/// a=fingerprint and a=setup.
struct DtlsParameters {
  DtlsFingerprint fingerprint;
  DtlsSetup setup = DtlsSetup::actpass;
};

/// One side's view of one stream: its part of an offer or an answer.
struct MediaStream {
  MediaKind kind = MediaKind::audio;
  SocketAddress rtp;
  SocketAddress rtcp;         ///< normally rtp + 1 (RFC 3605 may say otherwise)
  std::vector<Codec> codecs;  ///< formats in order of preference, then telephone-event; never empty unless refused
  int ptime_ms = 20;          ///< what its sender wishes to receive
  int maxptime_ms = 0;        ///< and the most that it takes; 0: not said
  MediaDirection direction = MediaDirection::sendrecv;
  bool refused = false;  ///< port 0: there is no such stream (any more); only `kind` means anything then

  RtpProfile profile = RtpProfile::plain;
  bool feedback = false;               ///< the profile with early feedback (RFC 4585): AVPF, SAVPF
  std::vector<SdesKey> keys;           ///< a=crypto, best first; an answer has one at most
  std::optional<DtlsParameters> dtls;  ///< with RtpProfile::dtls
  std::optional<IceCredentials> ice;
  bool rtcp_mux = false;
  uint32_t bandwidth_kbps = 0;  ///< 0: not said
  std::string content;          ///< a=content of a second video stream ("slides"); empty: not said
};

/// A whole offer or answer: the audio stream, and whatever stands beside it. Drivers translate SDP to and from this.
struct MediaDescription : MediaStream {
  std::vector<MediaStream> video;  ///< in the order of the offer; an answer has as many as its offer
};

enum class Encryption : uint8_t { no, optional, required };
/// How encryption is offered: not at all (but taken where it is offered to us), beside plain RTP (RTP/AVP with keys, which phones that know
/// no SRTP answer too), as a must (RTP/SAVP), or as browsers want it (DTLS-SRTP, ICE, one port for RTP and RTCP).
enum class SecureOffer : uint8_t { none, beside, sdes, webrtc };

/// What is wanted of one endpoint's media, by its settings. Never changes once it is shared.
struct MediaPolicy {
  std::vector<Codec> codecs;  ///< what is offered to it and taken from it, best first, telephone-event last; empty: MediaEngine::codecs()
  Encryption encryption = Encryption::optional;
  SecureOffer secure_offer = SecureOffer::none;
  bool video = false;   ///< passed on where the other side takes it too
  bool direct = false;  ///< its media may go past us, to another endpoint of which that is true
  friend bool operator==(const MediaPolicy&, const MediaPolicy&) = default;
};

}  // namespace tandem
