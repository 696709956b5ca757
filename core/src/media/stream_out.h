// StreamOut: what one port sends: a single RTP stream, however often its source changes (design: one SSRC, sequence carried on, timestamp
// advanced by elapsed time, marker at the seam). Lives in a media thread.
#pragma once

#include <cstdint>

#include "media/rtp.h"
#include "tandem/clock.h"

namespace tandem {

class StreamOut {
 public:
  /// A new port. SSRC, first sequence number and first timestamp are random (RFC 3550 5.1).
  void begin(uint32_t ssrc, uint32_t random);

  /// Who is carried now: `source` a port's generation, `run` which start of its stream. 0 is nobody.
  bool carries(uint64_t source, uint32_t run) const { return source == source_ && run == run_; }
  bool carries(uint64_t source) const { return source == source_; }
  /// From the next packet on `source` is carried, whose packet `sequence` with `timestamp` (of a clock of `in_khz`) goes on where this
  /// stream is now.
  void change_source(uint64_t source, uint32_t run, uint16_t sequence, uint32_t timestamp, uint8_t in_khz, uint8_t out_khz, Instant now);
  /// The same for what is made here and has no numbers of its own: next() stamps it.
  void change_to_own(uint64_t source, uint8_t khz, Instant now);
  /// Whatever is carried comes to an end: the next packet of anybody is a seam.
  void forget_source() { source_ = 0; }

  /// Makes the packet of the carried source one of this stream: payload number, sequence, timestamp, SSRC, and the marker at a seam.
  void stamp(uint8_t* packet, uint8_t number, Instant now) {
    const auto sequence = static_cast<uint16_t>(sequence_of(packet) + sequence_offset_);
    const uint32_t timestamp = translate(timestamp_of(packet));
    put(packet, number, sequence, timestamp, now);
  }
  /// The next packet of this stream, made from the carried source's but not one for one: numbered here, at that source's `timestamp`.
  void stamp_made(uint8_t* packet, uint8_t number, uint32_t timestamp, bool marked, Instant now) {
    packet[0] = 0x80;
    packet[1] = marked ? kMarker : 0;
    put(packet, number, next_sequence_, translate(timestamp), now);
  }
  /// The carried source's packet `sequence` has been used up in those: what it numbers next goes on behind them.
  void use_up(uint16_t sequence) { sequence_offset_ = static_cast<uint16_t>(next_sequence_ - sequence - 1); }
  /// A packet of the carried source whose time is said by whoever knows it.
  void stamp_at(uint8_t* packet, uint8_t number, uint32_t timestamp, Instant now) {
    put(packet, number, static_cast<uint16_t>(sequence_of(packet) + sequence_offset_), timestamp, now);
  }
  /// What the carried source numbered so has left as that plus this.
  uint16_t sequence_offset() const { return sequence_offset_; }
  uint8_t clock() const { return out_khz_; }
  /// Writes the header of the next packet of our own into `packet`; it lasts for `samples` of the clock, or follows the one before at the
  /// same time (telephone-event) when that is 0.
  void next(uint8_t* packet, uint8_t number, uint32_t samples, Instant now);
  /// The next packet repeats the timestamp given: for the packets of one telephone-event.
  void next_at(uint8_t* packet, uint8_t number, uint32_t timestamp, Instant now);
  /// Skips what was not sent in time.
  void skip(uint32_t samples) { timestamp_ += samples; }

  uint32_t ssrc() const { return ssrc_; }
  bool started() const { return started_; }
  /// Where the clock of this stream is now.
  uint32_t timestamp_at(Instant now) const;
  uint32_t upcoming_timestamp() const { return timestamp_; }

 private:
  void put(uint8_t* packet, uint8_t number, uint16_t sequence, uint32_t timestamp, Instant now) {
    if (static_cast<int16_t>(sequence - next_sequence_) >= 0) {  // not one that comes late
      next_sequence_ = static_cast<uint16_t>(sequence + 1);
      last_timestamp_ = timestamp;
      last_time_ = now;
      started_ = true;
    }
    packet[1] = static_cast<uint8_t>((packet[1] & kMarker) | seam_ | number);
    seam_ = 0;
    write_16(packet + 2, sequence);
    write_32(packet + 4, timestamp);
    write_32(packet + 8, ssrc_);
  }
  uint32_t translate(uint32_t timestamp) {
    if (in_khz_ == out_khz_) [[likely]]
      return timestamp + timestamp_offset_;
    return scaled(timestamp);
  }
  uint32_t scaled(uint32_t timestamp);
  /// The timestamp of a packet that is sent now after something else.
  uint32_t seam_timestamp(uint8_t khz, Instant now) const;

  uint64_t source_ = 0;
  uint32_t run_ = 0;
  uint32_t ssrc_ = 0;
  uint32_t timestamp_offset_ = 0;
  uint16_t sequence_offset_ = 0;
  uint16_t next_sequence_ = 0;
  uint32_t last_timestamp_ = 0;
  uint32_t timestamp_ = 0;               ///< of the next packet of our own
  uint32_t in_base_ = 0, out_base_ = 0;  ///< the same moment on both clocks, where they run differently
  uint8_t in_khz_ = 8, out_khz_ = 8;
  uint8_t seam_ = 0;  ///< kMarker on the first packet after one
  bool started_ = false;
  Instant last_time_;
};

}  // namespace tandem
