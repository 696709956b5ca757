// SDP (RFC 8866, RFC 3264) to and from MediaDescription. Pure functions; any thread.
//
// Split by concern: sdp_read.cpp (m-lines, and which of them are taken), sdp_stream.cpp (the lines of one stream), sdp_crypto.cpp (keys),
// sdp_write.cpp, sdp_text.h (words and numbers).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "tandem/media.h"

namespace tandem {

/// Early feedback about video (RFC 4585, RFC 5104) that we pass on between the two sides: bits.
enum SdpFeedback : uint8_t { kNack = 1, kPictureLoss = 2, kFullIntra = 4, kAllFeedback = 7 };

/// One m-line and what stands for it in a MediaDescription. Within a session the m-lines keep their places for ever (RFC 3264 8).
struct SdpLine {
  static constexpr int kNone = -1, kAudio = 0;  ///< 1, 2, ...: video[0], video[1], ...
  std::string type;                             ///< "video"
  std::string protocol;                         ///< "RTP/SAVP"
  std::string formats;                          ///< "96 97", to refuse it with
  std::string mid;                              ///< a=mid; empty: it has none
  int stream = kNone;                           ///< kNone: it is refused
  bool bundled = false;                         ///< in the offer's first BUNDLE group (RFC 8843)
  uint8_t feedback = kAllFeedback;              ///< what the far end has offered of it; ours, before it has offered anything
};
using SdpLayout = std::vector<SdpLine>;

struct ParsedSdp {
  MediaDescription media;
  SdpLayout lines;
};

/// What of an offer we would take.
struct SdpWishes {
  bool secure = true;  ///< SRTP, and in preference to plain RTP where both stand side by side
  bool video = true;
};

/// The o-line that an agent keeps for a dialog's life; `version` grows with every change.
struct SdpOrigin {
  uint64_t id = 0;
  uint64_t version = 0;
};

/// Bodies beyond this are refused unread.
inline constexpr size_t kMaxSdp = 16 * 1024;

/// One audio stream and, where wished, video. `before`: the m-lines that the session has had so far. invalid: it is not SDP (400);
/// unsupported: nothing in it that we could use (488). An audio stream with port 0 comes as `refused`.
Result<ParsedSdp> parse_sdp(std::string_view body, const SdpWishes& wishes = {}, const SdpLayout* before = nullptr);

/// The m-lines of an offer of ours: those that the session has already, then the streams that it has not.
SdpLayout layout_of_offer(const MediaDescription& media, const SdpLayout& before);
/// The body for `media`; the address in o= and c= is its audio's. `lines`: of layout_of_offer(), or those of the offer that this answers.
std::string write_sdp(const MediaDescription& media, const SdpOrigin& origin, const SdpLayout& lines, bool answer);

}  // namespace tandem
