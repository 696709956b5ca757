#include "media/stream_out.h"

#include <algorithm>
#include <chrono>

namespace tandem {
namespace {

/// How long a packet is taken to last at least: what follows it must not overlap it.
constexpr uint8_t kVideoKhz = 90;
constexpr Duration kFrame = std::chrono::milliseconds(20);

uint32_t ticks(Duration time, uint8_t khz) {
  return static_cast<uint32_t>(std::chrono::duration_cast<std::chrono::microseconds>(time).count() * khz / 1000);
}

}  // namespace

void StreamOut::begin(uint32_t ssrc, uint32_t random) {
  *this = StreamOut();
  ssrc_ = ssrc;
  next_sequence_ = static_cast<uint16_t>(random & 0x7fff);  // some way before it wraps, for receivers that are bad at that
  last_timestamp_ = random * 2654435761U;
}

uint32_t StreamOut::seam_timestamp(uint8_t khz, Instant now) const {
  return started_ ? last_timestamp_ + ticks(std::max(now - last_time_, kFrame), khz) : last_timestamp_;
}

uint32_t StreamOut::timestamp_at(Instant now) const {
  return started_ ? last_timestamp_ + ticks(std::max(now - last_time_, Duration::zero()), out_khz_) : last_timestamp_;
}

void StreamOut::change_source(uint64_t source, uint32_t run, uint16_t sequence, uint32_t timestamp, uint8_t in_khz, uint8_t out_khz,
                              Instant now) {
  source_ = source;
  run_ = run;
  in_khz_ = in_khz;
  out_khz_ = out_khz;
  sequence_offset_ = static_cast<uint16_t>(next_sequence_ - sequence);
  in_base_ = timestamp;
  out_base_ = seam_timestamp(out_khz, now);
  timestamp_offset_ = out_base_ - in_base_;
  seam_ = out_khz == kVideoKhz ? 0 : kMarker;  // of video it says where a picture ends
}

void StreamOut::change_to_own(uint64_t source, uint8_t khz, Instant now) {
  source_ = source;
  run_ = 0;
  in_khz_ = out_khz_ = khz;
  timestamp_ = seam_timestamp(khz, now);
  seam_ = kMarker;
}

void StreamOut::next(uint8_t* packet, uint8_t number, uint32_t samples, Instant now) {
  next_at(packet, number, timestamp_, now);
  timestamp_ += samples;
}

void StreamOut::next_at(uint8_t* packet, uint8_t number, uint32_t timestamp, Instant now) {
  packet[0] = 0x80;
  packet[1] = 0;
  put(packet, number, next_sequence_, timestamp, now);
}

uint32_t StreamOut::scaled(uint32_t timestamp) {
  // Both clocks pass an hour at a time, long before the difference would not fit.
  constexpr int32_t kHour = 3600 * 1000;
  auto passed = static_cast<int32_t>(timestamp - in_base_);
  if (passed > kHour * in_khz_) {
    in_base_ += static_cast<uint32_t>(kHour) * in_khz_;
    out_base_ += static_cast<uint32_t>(kHour) * out_khz_;
    passed = static_cast<int32_t>(timestamp - in_base_);
  }
  return out_base_ + static_cast<uint32_t>(static_cast<int64_t>(passed) * out_khz_ / in_khz_);
}

}  // namespace tandem
