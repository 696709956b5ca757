// Player: a list of sounds as 20 ms frames, at the pace of the clock. Made on the switch thread, then owned by a media thread.
#pragma once

#include <cstdint>
#include <span>

#include "tandem/clock.h"
#include "tandem/media.h"

namespace tandem {

inline constexpr Duration kFrameTime = std::chrono::milliseconds(20);
/// Samples of a frame for each kHz of the rate.
inline constexpr size_t kFrameSamples = 20;

class Player {
 public:
  Player(Playlist list, uint32_t id);
  uint32_t id() const { return id_; }

  /// Fills one frame at 8 or 16 kHz. What ends within a frame is followed by the next sound at once. False: the list is over, the frame
  /// has nothing of it.
  bool next(uint8_t khz, std::span<int16_t> frame);
  /// Passes over frames that nobody could be sent.
  void skip(unsigned frames);

 private:
  bool find_sound();

  const Playlist list_;
  const uint32_t id_;
  size_t index_ = 0;
  size_t position_ = 0;  ///< in the sound, in samples of 8 kHz
};

/// Which frames are due. Free of drift: the n-th frame is due n times 20 ms after the first, however late the ticks come.
class Pace {
 public:
  /// Frames beyond this many at once are late for good: a receiver would throw them away.
  static constexpr unsigned kMostAtOnce = 5;
  struct Due {
    unsigned skip = 0;  ///< first pass over so many
    unsigned send = 0;  ///< then send so many
  };

  void begin(Instant now) { next_ = now; }
  Due take(Instant now);

 private:
  Instant next_;
};

}  // namespace tandem
