// Transcoder: the packets of one format into packets of another, for one stream between two ports: decoded, made up where they were lost,
// cut into packets of the length that the receiver wants. Made with an order, so that packets allocate nothing. Media thread.
#pragma once

#include <array>

#include "media/concealer.h"
#include "media/resampler.h"
#include "media/sound_codec.h"

namespace tandem {

class Transcoder {
 public:
  /// Both formats can_transcode(). `ptime_ms` of what leaves, 10 to 60.
  Transcoder(Format from, Format to, int ptime_ms, const OpusWishes& wishes);
  Format from() const { return from_; }
  Format to() const { return to_; }

  /// One packet. `run` says which stream it is of: another one begins anew. A gap of up to 120 ms before it is filled; a longer one, or one
  /// that ends with a marker, was a pause. False: it is late, its place has been filled. Where packets have come late by no more than that,
  /// one that comes too early waits for the one before it, and longer each time that was not enough; while all is in order nothing waits.
  bool put(std::span<const uint8_t> payload, uint32_t run, uint32_t timestamp, bool marker);
  struct Packet {
    size_t size = 0;         ///< 0: there is not enough for a packet
    uint32_t timestamp = 0;  ///< on the clock of what came
    bool marker = false;
    explicit operator bool() const { return size > 0; }
  };
  /// The next packet that is complete.
  Packet take(std::span<uint8_t> into);
  /// So many packets may wait at present.
  unsigned depth() const { return depth_; }
  void expect_loss(unsigned percent) { encoder_->expect_loss(percent); }

 private:
  static constexpr unsigned kMostDepth = 3;
  struct Waiting {
    uint32_t timestamp = 0;
    size_t size = 0;
    std::array<uint8_t, 1280> payload{};
  };
  void place(std::span<const uint8_t> payload, uint32_t timestamp, bool marker);
  bool wait(std::span<const uint8_t> payload, uint32_t timestamp);
  void release(bool all);
  void fill_gap(std::span<const uint8_t> next, uint32_t ticks);
  void append(std::span<const int16_t> decoded);

  static constexpr size_t kMostKept = 2 * kMostSamples + 3 * 960;
  const Format from_, to_;
  const std::unique_ptr<Decoder> decoder_;
  const std::unique_ptr<Encoder> encoder_;
  Resampler resampler_;
  Concealer concealer_;
  const uint8_t in_clock_;  ///< RTP clock of what comes, kHz
  const size_t frame_;      ///< samples of a packet that leaves
  std::array<int16_t, kMostKept> kept_{};
  size_t count_ = 0;
  uint32_t first_ = 0;     ///< timestamp of kept_[0]
  uint32_t expected_ = 0;  ///< of the packet that comes next
  uint32_t run_ = 0;
  bool marker_ = false;
  unsigned depth_ = 0;  ///< grows with each packet that comes late, falls while none does
  unsigned calm_ = 0;   ///< packets since
  size_t waiting_ = 0;
  std::array<Waiting, kMostDepth + 1> early_{};  ///< by timestamp
};

}  // namespace tandem
