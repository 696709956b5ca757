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
/// `reduced`: feedback may come first, as video has it (RFC 5506).
bool is_rtcp(std::span<const uint8_t> packet, bool reduced = false);

/// The 7-bit payload number of an RTP packet of at least two bytes.
inline uint8_t payload_type(const uint8_t* packet) { return packet[1] & 0x7f; }
/// Replaces the payload number, keeps the marker.
inline void set_payload_type(uint8_t* packet, uint8_t type) { packet[1] = static_cast<uint8_t>((packet[1] & 0x80) | (type & 0x7f)); }

/// Big-endian numbers as RTP and RTCP have them.
inline uint16_t read_16(const uint8_t* at) { return static_cast<uint16_t>(at[0] << 8 | at[1]); }
inline uint32_t read_32(const uint8_t* at) { return static_cast<uint32_t>(read_16(at)) << 16 | read_16(at + 2); }
inline void write_16(uint8_t* at, uint16_t value) {
  at[0] = static_cast<uint8_t>(value >> 8);
  at[1] = static_cast<uint8_t>(value);
}
inline void write_32(uint8_t* at, uint32_t value) {
  write_16(at, static_cast<uint16_t>(value >> 16));
  write_16(at + 2, static_cast<uint16_t>(value));
}

// The other fields of an RTP header (RFC 3550 5.1), of a packet that rtp_payload() has accepted.
inline constexpr uint8_t kMarker = 0x80;
inline bool marker(const uint8_t* packet) { return (packet[1] & kMarker) != 0; }
inline uint16_t sequence_of(const uint8_t* packet) { return read_16(packet + 2); }
inline uint32_t timestamp_of(const uint8_t* packet) { return read_32(packet + 4); }
inline uint32_t ssrc_of(const uint8_t* packet) { return read_32(packet + 8); }

}  // namespace tandem
