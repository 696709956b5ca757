// Recorder: what a leg says and hears, into WAV files. A media thread fills the queue of a recording and never waits; one thread of the
// recorder's own mixes and writes. A file is whole after each write: a crash loses at most what was not written yet.
#pragma once

#include <array>
#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <thread>
#include <vector>

#include "tandem/loop.h"
#include "tandem/media.h"

namespace tandem {

/// The two sides of one recording, on their way from one media thread to the recorder's. Bounded: what finds it full is lost and counted.
class SoundSink {
 public:
  static constexpr size_t kChunk = 320;
  struct Chunk {
    uint64_t position = 0;  ///< samples of 8 kHz since the recording began
    uint16_t count = 0;
    std::array<int16_t, kChunk> samples;
  };

  /// Media thread: samples of 8 kHz.
  void put(uint64_t position, std::span<const int16_t> samples);
  /// Recorder's thread. False: nothing waits.
  bool take(Chunk& into);
  uint64_t lost() const { return lost_.load(std::memory_order_relaxed); }

 private:
  static constexpr size_t kSlots = 256;  // two sides, 20 ms each: more than two seconds
  std::array<Chunk, kSlots> ring_;
  std::atomic<size_t> head_{0}, tail_{0};
  std::atomic<uint64_t> lost_{0};
};

class Recorder {
 public:
  /// `clock` is read on the recorder's thread too.
  Recorder(Loop& loop, Clock& clock);
  /// Files that are open are finished; nobody is told.
  ~Recorder();
  Recorder(const Recorder&) = delete;
  Recorder& operator=(const Recorder&) = delete;

  using Done = UniqueFunction<void(Result<RecordingEnd>)>;
  /// Switch thread; the request's name is a whole path here. Creates the file (its folder too) on the recorder's thread; `done` hears how
  /// it ended, on the switch thread.
  std::shared_ptr<SoundSink> start(RecordRequest request, Done done);
  /// Switch thread: finishes the file.
  void stop(const std::shared_ptr<SoundSink>& sink);

 private:
  class Take;
  void run();
  void finish(Take& take);

  Loop& loop_;
  Clock& clock_;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
  std::mutex mutex_;
  std::condition_variable wake_;
  std::vector<std::unique_ptr<Take>> started_;  ///< not seen yet by the thread
  std::vector<std::shared_ptr<SoundSink>> stopped_;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace tandem
