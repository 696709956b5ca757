#include "media/player.h"

#include <algorithm>

namespace tandem {

Player::Player(Playlist list, uint32_t id) : list_(std::move(list)), id_(id) {}

/// Moves to a sound that has something left. False: there is none.
bool Player::find_sound() {
  const auto over = [&] { return index_ < list_.sounds.size() && position_ >= list_.sounds[index_]->narrow.size(); };
  for (size_t tried = 0; tried <= list_.sounds.size(); ++tried) {
    if (index_ == list_.sounds.size()) {
      if (!list_.repeat) return false;
      index_ = 0;
    }
    if (!over()) return index_ < list_.sounds.size();
    ++index_;
    position_ = 0;
  }
  return false;  // a list of empty sounds
}

bool Player::next(uint8_t khz, std::span<int16_t> frame) {
  size_t filled = 0;
  const size_t scale = khz / 8U;
  while (filled < frame.size() && find_sound()) {
    const Sound& sound = *list_.sounds[index_];
    const auto& samples = scale == 2 ? sound.wide : sound.narrow;
    const size_t from = std::min(position_ * scale, samples.size());
    const size_t wanted = std::min(frame.size() - filled, (sound.narrow.size() - position_) * scale);
    const size_t count = std::min(wanted, samples.size() - from);
    std::copy_n(samples.begin() + static_cast<std::ptrdiff_t>(from), count, frame.begin() + static_cast<std::ptrdiff_t>(filled));
    std::fill_n(frame.begin() + static_cast<std::ptrdiff_t>(filled + count), wanted - count, int16_t{0});
    filled += wanted;
    position_ += wanted / scale;
  }
  std::fill(frame.begin() + static_cast<std::ptrdiff_t>(filled), frame.end(), int16_t{0});
  return filled > 0;
}

void Player::skip(unsigned frames) {
  for (size_t left = frames * kFrameSamples * 8; left > 0 && find_sound();) {
    const size_t step = std::min(left, list_.sounds[index_]->narrow.size() - position_);
    position_ += step;
    left -= step;
  }
}

Pace::Due Pace::take(Instant now) {
  if (now < next_) return {};
  const auto due = static_cast<uint64_t>((now - next_) / kFrameTime) + 1;
  next_ += kFrameTime * static_cast<int64_t>(due);
  const auto send = static_cast<unsigned>(std::min<uint64_t>(due, kMostAtOnce));
  return {static_cast<unsigned>(due - send), send};
}

}  // namespace tandem
