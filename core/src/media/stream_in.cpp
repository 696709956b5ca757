#include "media/stream_in.h"

#include <algorithm>

namespace tandem {
namespace {

// RFC 3550 A.1.
constexpr uint16_t kMostSkipped = 3000;
constexpr uint16_t kMostLate = 100;

}  // namespace

void StreamIn::clear() {
  ssrc_ = run_ = 0;
  suspicious_ = false;
  khz_ = 0;
  lost_.clear();
  published_.clear();
}

void StreamIn::begin(uint32_t ssrc, uint16_t sequence) {
  ++run_;
  ssrc_ = ssrc;
  base_ = highest_ = sequence;
  received_ = expected_before_ = received_before_ = 0;
  suspicious_ = false;
  fresh_ = true;
}

bool StreamIn::out_of_order(uint32_t ssrc, uint16_t sequence, uint16_t step) {
  if (run_ == 0 || ssrc != ssrc_) {
    begin(ssrc, sequence);
    return true;
  }
  if (step == 0) return true;  // once more
  if (step < kMostSkipped) {
    highest_ += step;
    lost_.add(step - 1U);
    return true;
  }
  if (step > 0xffff - kMostLate) {  // late: it was counted as lost
    if (lost_.get() > 0) lost_.set(lost_.get() - 1);
    return true;
  }
  if (suspicious_ && sequence == expected_) {
    begin(ssrc, sequence);
    return true;
  }
  suspicious_ = true;
  expected_ = static_cast<uint16_t>(sequence + 1);
  return false;
}

void StreamIn::begin_measuring(uint32_t transit, uint8_t khz) {
  if (!fresh_ && khz_ != 0 && khz != khz_) ++run_;
  fresh_ = false;
  khz_ = khz;
  transit_ = transit;
  jitter_ = 0;
}

StreamIn::Report StreamIn::report() {
  const uint32_t expected = highest_ - base_ + 1;
  const auto lost = static_cast<int32_t>(expected - received_);
  const uint32_t expected_now = expected - expected_before_;
  const auto lost_now = static_cast<int32_t>(expected_now - (received_ - received_before_));
  expected_before_ = expected;
  received_before_ = received_;
  const bool any = expected_now != 0 && lost_now > 0;
  const auto fraction = any ? static_cast<uint8_t>(std::min<uint64_t>(255, (static_cast<uint64_t>(lost_now) << 8) / expected_now)) : 0;
  return {static_cast<uint8_t>(fraction), std::clamp(lost, -0x800000, 0x7fffff), highest_, jitter_ >> 4};
}

uint32_t StreamIn::jitter_us() const {
  const uint64_t both = published_.get();
  const uint64_t khz = both >> 32;
  return khz == 0 ? 0 : static_cast<uint32_t>((both & 0xffffffffU) * 1000 / 16 / khz);
}

}  // namespace tandem
