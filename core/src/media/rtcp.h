// RTCP as we read and make it (RFC 3550 section 6). Nothing is kept; any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace tandem {

/// Sender information: when, on both of the sender's clocks, and how much so far.
struct SenderInfo {
  uint64_t ntp = 0;  ///< seconds since 1900 in 32.32 bits
  uint32_t timestamp = 0;
  uint32_t packets = 0, octets = 0;
};

/// What a receiver says of one stream.
struct ReportBlock {
  uint32_t ssrc = 0;  ///< of the stream
  uint8_t fraction_lost = 0;
  int32_t cumulative_lost = 0;
  uint32_t highest = 0;
  uint32_t jitter = 0;              ///< in timestamp units
  uint32_t last_report = 0;         ///< middle 32 bits of the ntp of the last sender report; 0: none came
  uint32_t delay_since_report = 0;  ///< in 1/65536 s
};

/// What matters to us of a compound packet.
struct RtcpFacts {
  std::optional<SenderInfo> sender;
  std::optional<ReportBlock> about_us;  ///< the block on the stream that we send
  bool bye = false;
};

/// Reads a packet that is_rtcp() has accepted; `ours` is the SSRC that we send with. Report types unknown to us are passed over.
RtcpFacts read_rtcp(std::span<const uint8_t> packet, uint32_t ours);

/// Writes a sender report (or a receiver report when `sender` is empty), a CNAME, and a BYE if wanted; returns its size, 0 when `into` is
/// too small for it.
size_t write_rtcp(std::span<uint8_t> into, uint32_t ssrc, const std::optional<SenderInfo>& sender, const std::optional<ReportBlock>& block,
                  std::string_view cname, bool bye);

/// Between two legs of a video stream.
struct FeedbackWay {
  uint32_t ours = 0;    ///< SSRC under which we ask
  uint32_t asked = 0;   ///< the stream as the asking side knows it
  uint32_t source = 0;  ///< the same as its sender numbers it
  uint16_t offset = 0;  ///< what we add to its sequence numbers
};
/// Copies from a compound what asks for pictures (PLI, FIR) or packets (NACK) of `asked` (RFC 4585, RFC 5104), translated. Returns the
/// size; what is not of these, does not fit or is about another stream is left out.
size_t translate_feedback(std::span<const uint8_t> packet, const FeedbackWay& way, std::span<uint8_t> into);

/// The middle 32 bits, as reports echo them.
inline uint32_t middle_of(uint64_t ntp) { return static_cast<uint32_t>(ntp >> 16); }
/// 1/65536 s between a sender report of ours and this block's arrival less the far end's delay (RFC 3550 6.4.1); nothing when the block
/// answers no report, or claims to have answered before it came.
std::optional<uint32_t> round_trip(const ReportBlock& block, uint64_t now_ntp);

}  // namespace tandem
