#include "media/telephone_event.h"

#include <cctype>
#include <string_view>
#include <utility>

#include "media/rtp.h"

namespace tandem {
namespace {
constexpr std::string_view kDigits = "0123456789*#ABCD";
constexpr uint8_t kEnd = 0x80;
}  // namespace

std::optional<TelephoneEvent> read_event(std::span<const uint8_t> payload) {
  if (payload.size() < kTelephoneEvent) return std::nullopt;
  return TelephoneEvent{payload[0], (payload[1] & kEnd) != 0, static_cast<uint8_t>(payload[1] & 0x3f), read_16(&payload[2])};
}

void write_event(uint8_t* payload, const TelephoneEvent& event) {
  payload[0] = event.event;
  payload[1] = static_cast<uint8_t>((event.end ? kEnd : 0) | (event.volume & 0x3f));
  write_16(payload + 2, event.duration);
}

std::optional<char> digit_of(uint8_t event) { return event < kDigits.size() ? std::optional(kDigits[event]) : std::nullopt; }

std::optional<uint8_t> event_of(char digit) {
  const auto at = kDigits.find(static_cast<char>(std::toupper(static_cast<unsigned char>(digit))));
  return at == std::string_view::npos ? std::nullopt : std::optional(static_cast<uint8_t>(at));
}

std::optional<char> DigitEar::hear(uint32_t run, uint32_t timestamp, bool marker, const TelephoneEvent& event) {
  const bool same = any_ && run == run_ && timestamp == timestamp_;
  const bool late = any_ && run == run_ && static_cast<int32_t>(timestamp - timestamp_) < 0;
  if (late) return std::nullopt;
  const bool goes_on = any_ && run == run_ && !ended_ && !marker && event.event == last_.event && timestamp == timestamp_ + 0xffffU;
  if (!same) ended_ = false;
  any_ = true;
  run_ = run;
  timestamp_ = timestamp;
  last_ = event;
  ended_ = ended_ || event.end;
  return same || goes_on ? std::nullopt : digit_of(event.event);
}

}  // namespace tandem
