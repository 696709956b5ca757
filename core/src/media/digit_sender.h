// DigitSender: digits that we send as telephone-events (RFC 4733), one after the other, a packet each 20 ms. Media thread.
#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "media/telephone_event.h"

namespace tandem {

class DigitSender {
 public:
  static constexpr size_t kMost = 32;  ///< waiting; a phone that sends more at once is not a person

  /// False when too many wait, or it is no digit.
  bool add(char digit);
  bool idle() const { return count_ == 0; }

  /// What the next 20 ms bring.
  struct Step {
    bool begins = false;                  ///< this packet is the first of a press: a new timestamp
    std::optional<TelephoneEvent> event;  ///< nothing: a pause
    int copies = 1;                       ///< the last one is sent three times
  };
  /// Not when idle.
  Step step();

 private:
  static constexpr unsigned kPressFrames = 5, kPauseFrames = 3;  // 100 ms and 60 ms: what every receiver takes
  static constexpr uint16_t kFrameTicks = 160;                   // of 8 kHz

  std::array<uint8_t, kMost> events_{};
  size_t first_ = 0, count_ = 0;
  unsigned frame_ = 0;  ///< of the press at the front and of the pause behind it
};

}  // namespace tandem
