// Concealer: what is heard in place of packets that were lost. For codecs that know nothing of it themselves. Media thread.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <span>

namespace tandem {

class Concealer {
 public:
  explicit Concealer(uint8_t khz);

  /// What has come; behind a gap its beginning is joined to what was made up.
  void hear(std::span<int16_t> samples);
  /// Goes on as it was: by its pitch at 8 kHz (spandsp), otherwise by repeating the last 20 ms; it fades out within 60 ms.
  void fill(std::span<int16_t> samples);

 private:
  void hear_wide(std::span<int16_t> samples);
  void fill_wide(std::span<int16_t> samples);

  static constexpr size_t kKept = 320;
  struct Free {
    void operator()(void* state) const;
  };
  std::unique_ptr<void, Free> plc_;  ///< spandsp's, whose type has no name of its own; null: wide band
  std::array<int16_t, kKept> kept_{};
  size_t at_ = 0;       ///< where the repetition has come to
  size_t made_up_ = 0;  ///< samples since the last real one
};

}  // namespace tandem
