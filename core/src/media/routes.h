// Routes: what becomes of each payload number that a port receives, given what both ports have agreed. Computed with an order, looked up
// once a packet. Media thread.
#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "media/sound_codec.h"

namespace tandem {

/// A payload number and what it stands for.
struct NumberedFormat {
  uint8_t number = 0;
  Format format = Format::unknown;
  uint8_t khz = 0;      ///< of its RTP clock
  uint32_t opaque = 0;  ///< of video and whatever else is only passed on: equal where the formats are; 0 otherwise
  OpusWishes opus;
};

/// What one port has agreed with its peer. A small value that travels in an order.
class PortFormats {
 public:
  PortFormats() = default;
  /// In: numbered as in `ours`. Out: those of `theirs` that `ours` has too, under their numbers. Numbers beyond seven bits and formats
  /// unknown to us are left out; a number that is used twice means what it meant first.
  PortFormats(const MediaDescription& ours, const MediaDescription& theirs, MediaKind kind = MediaKind::audio);

  std::optional<uint8_t> number_to_send(Format format) const;
  /// The telephone-event that goes with the sound that is sent: of its clock rate, or any.
  std::optional<NumberedFormat> event_to_send() const;
  /// The RTP clock of the sound (of the events, where there is none) that comes, and that leaves, in kHz.
  uint8_t in_clock() const { return clock_in(in, in_count); }
  uint8_t out_clock() const { return clock_in(out, out_count); }
  std::optional<uint8_t> opaque_to_send(uint32_t opaque) const;
  /// The format in which sound of our own, or transcoded sound, leaves; nothing when none can be encoded.
  std::optional<NumberedFormat> to_send() const;

  static constexpr size_t kMost = 16;
  static uint8_t clock_in(const std::array<NumberedFormat, kMost>& list, size_t count);
  std::array<NumberedFormat, kMost> in{}, out{};
  uint8_t in_count = 0, out_count = 0;
  uint8_t ptime = 20;  ///< of what leaves when it is made here
};

struct Route {
  enum class Kind : uint8_t { drop, pass, transcode, event };
  Kind kind = Kind::drop;
  uint8_t number = kNone;  ///< to leave with; kNone: it goes nowhere
  uint8_t khz = 0;         ///< of the clock of what arrives; 0: its timestamps do not follow the packets
  uint8_t event_khz = 0;   ///< of an event: of its clock
  uint8_t out_khz = 0;     ///< of an event: of the clock of what leaves
  Format format = Format::unknown;
  static constexpr uint8_t kNone = 0xff;
};

using Routes = std::array<Route, 128>;

/// `to` null: nowhere.
Routes make_routes(const PortFormats& from, const PortFormats* to);

}  // namespace tandem
