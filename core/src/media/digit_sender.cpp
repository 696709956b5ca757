#include "media/digit_sender.h"

namespace tandem {

bool DigitSender::add(char digit) {
  const auto event = event_of(digit);
  if (!event || count_ == kMost) return false;
  events_[(first_ + count_++) % kMost] = *event;
  return true;
}

DigitSender::Step DigitSender::step() {
  Step step;
  if (frame_ < kPressFrames) {
    const bool last = frame_ + 1 == kPressFrames;
    step.begins = frame_ == 0;
    step.event = TelephoneEvent{events_[first_], last, 10, static_cast<uint16_t>(kFrameTicks * (frame_ + 1))};
    step.copies = last ? 3 : 1;
  }
  if (++frame_ == kPressFrames + kPauseFrames) {
    frame_ = 0;
    first_ = (first_ + 1) % kMost;
    --count_;
  }
  return step;
}

}  // namespace tandem
