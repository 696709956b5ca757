// RTP and RTCP as they come off the wire (RFC 3550): is it one, and where is its payload. Any thread; nothing is kept.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

namespace tandem {

inline constexpr size_t kRtpHeader = 12;

/// The payload of one RTP packet without header, CSRC list, extension and padding; it may be empty (keep-alives are).
/// Nothing when version, length, CSRC count, extension and padding do not fit together.
std::optional<std::span<const uint8_t>> rtp_payload(std::span<const uint8_t> packet);

/// Whether this is a compound RTCP packet as RFC 3550 A.2 checks it: a report first, every length exact, padding at most on the last.
bool is_rtcp(std::span<const uint8_t> packet);

/// The 7-bit payload number of an RTP packet of at least two bytes.
inline uint8_t payload_type(const uint8_t* packet) { return packet[1] & 0x7f; }
/// Replaces the payload number, keeps the marker.
inline void set_payload_type(uint8_t* packet, uint8_t type) { packet[1] = static_cast<uint8_t>((packet[1] & 0x80) | (type & 0x7f)); }

}  // namespace tandem
