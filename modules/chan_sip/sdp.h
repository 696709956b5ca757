// SDP (RFC 4566, RFC 3264) to and from MediaDescription. Pure functions; any thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "tandem/media.h"

namespace tandem {

/// An m-line that we do not take: what is needed to refuse it in its place.
struct RejectedMedia {
  std::string type;      ///< "video"
  std::string protocol;  ///< "RTP/SAVP"
  std::string formats;   ///< "96 97"
};

struct ParsedSdp {
  MediaDescription audio;
  size_t audio_index = 0;             ///< among all m-lines
  std::vector<RejectedMedia> others;  ///< the rest, in order
  bool audio_refused = false;         ///< port 0: the far end does not want our stream
};

/// The o-line that an agent keeps for a dialog's life; `version` grows with every change.
struct SdpOrigin {
  uint64_t id = 0;
  uint64_t version = 0;
};

/// Bodies beyond this are refused unread.
inline constexpr size_t kMaxSdp = 16 * 1024;

/// The first audio stream over plain RTP/AVP. invalid: it is not SDP (400); unsupported: nothing in it that we could use (488).
Result<ParsedSdp> parse_sdp_full(std::string_view body);
/// The same, the audio stream alone; unsupported when it is refused with port 0.
Result<MediaDescription> parse_sdp(std::string_view body);

/// The body for `media`; the address in o= and c= is media.rtp's. `offer`: when this is an answer, its other m-lines are refused in their
/// places.
std::string write_sdp(const MediaDescription& media, const SdpOrigin& origin, const ParsedSdp* offer = nullptr);

}  // namespace tandem
