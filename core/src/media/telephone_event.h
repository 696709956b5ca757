// Telephone events (RFC 4733): digits as packets of their own. Media thread; nothing is allocated.
#pragma once

#include <cstdint>
#include <optional>
#include <span>

namespace tandem {

struct TelephoneEvent {
  uint8_t event = 0;  ///< 0-15 are the digits; 16 is a hook flash
  bool end = false;
  uint8_t volume = 10;    ///< in -dBm0
  uint16_t duration = 0;  ///< so far, in timestamp units
};
inline constexpr size_t kTelephoneEvent = 4;

/// Nothing when the payload is too short. Redundant blocks behind the first are not looked at.
std::optional<TelephoneEvent> read_event(std::span<const uint8_t> payload);
void write_event(uint8_t* payload, const TelephoneEvent& event);

/// '0'-'9', '*', '#', 'A'-'D' for events 0-15; nothing for the others.
std::optional<char> digit_of(uint8_t event);
/// The inverse, also of 'a'-'d'.
std::optional<uint8_t> event_of(char digit);

/// Tells the presses apart: an event comes as some ten packets with one timestamp, of which any may be lost.
class DigitEar {
 public:
  /// The digit, with the first packet of a press that is heard, be it the last one. A press that outlasts the 16 bits of a duration goes on
  /// in a further segment without marker (2.5.1.3) and is still the same one.
  /// Whether a packet with this timestamp is of the event that was heard last.
  bool goes_on(uint32_t run, uint32_t timestamp) const { return any_ && run == run_ && timestamp == timestamp_; }
  std::optional<char> hear(uint32_t run, uint32_t timestamp, bool marker, const TelephoneEvent& event);

 private:
  bool any_ = false;
  bool ended_ = false;
  uint32_t run_ = 0, timestamp_ = 0;
  TelephoneEvent last_;
};

/// Keeps back "*" and what follows it, a press as a whole. Media thread.
class KeyGate {
 public:
  void set(bool on) {
    on_ = on;
    shut_ = false;
  }
  /// A press begins. True: it is kept back.
  bool press(char digit) {
    held_ = shut_ = on_ && (shut_ || digit == '*');
    return held_;
  }
  /// Whether the press under way is kept back.
  bool holds() const { return held_; }

 private:
  bool on_ = false, shut_ = false, held_ = false;
};

}  // namespace tandem
