// StreamIn: what one port receives, as a stream: is a packet of it, what was lost, how evenly it comes (RFC 3550 6.4.1, A.1, A.3, A.8).
// Lives in a media thread; take() runs once a packet.
#pragma once

#include <cstdint>

#include "media/counters.h"

namespace tandem {

class StreamIn {
 public:
  /// A new port: nothing has come yet.
  void clear();

  /// Takes one packet in. `khz`: its clock rate; 0 for formats whose timestamps do not follow the packets (telephone-event). False: too
  /// far from what came before to belong to it; when the next one fits behind it, the sender has begun anew.
  bool take(uint32_t ssrc, uint16_t sequence, uint32_t timestamp, uint8_t khz, uint64_t now_us) {
    const auto step = static_cast<uint16_t>(sequence - static_cast<uint16_t>(highest_));
    if (ssrc == ssrc_ && step == 1 && run_ != 0) [[likely]] {
      ++highest_;
    } else if (!out_of_order(ssrc, sequence, step)) {
      return false;
    }
    ++received_;
    if (khz != 0) measure(timestamp, khz, now_us);
    return true;
  }

  /// Goes up with every new start: another SSRC, another clock rate, numbers that jumped. 0: nothing has come yet.
  uint32_t run() const { return run_; }
  uint32_t ssrc() const { return ssrc_; }

  /// What a report block says of the present run (RFC 3550 6.4.1); asking begins the next interval.
  struct Report {
    uint8_t fraction_lost;    ///< of this interval, in 1/256
    int32_t cumulative_lost;  ///< 24 bits, signed
    uint32_t highest;         ///< extended sequence number
    uint32_t jitter;          ///< in timestamp units
  };
  Report report();

  // Any thread.
  uint64_t lost() const { return lost_.get(); }
  uint32_t jitter_us() const;

 private:
  bool out_of_order(uint32_t ssrc, uint16_t sequence, uint16_t step);
  void begin(uint32_t ssrc, uint16_t sequence);
  void measure(uint32_t timestamp, uint8_t khz, uint64_t now_us) {
    const auto arrival = static_cast<uint32_t>(now_us * khz / 1000);
    const uint32_t transit = arrival - timestamp;
    if (khz != khz_ || fresh_) return begin_measuring(transit, khz);
    auto change = static_cast<int32_t>(transit - transit_);
    if (change < 0) change = -change;
    transit_ = transit;
    jitter_ += static_cast<uint32_t>(change) - ((jitter_ + 8) >> 4);
    published_.set(static_cast<uint64_t>(khz) << 32 | jitter_);
  }
  void begin_measuring(uint32_t transit, uint8_t khz);

  uint32_t ssrc_ = 0;
  uint32_t run_ = 0;
  uint32_t base_ = 0, highest_ = 0;  ///< extended with the cycles
  uint32_t received_ = 0;            ///< in this run
  uint32_t transit_ = 0;
  uint32_t jitter_ = 0;  ///< 16 times, in timestamp units
  uint8_t khz_ = 0;
  bool fresh_ = true;
  bool suspicious_ = false;  ///< the last packet was out of range, and `expected_` would follow it
  uint16_t expected_ = 0;
  uint32_t expected_before_ = 0, received_before_ = 0;  ///< at the last report
  Counter lost_;
  Counter published_;  ///< jitter_ and its clock rate
};

}  // namespace tandem
