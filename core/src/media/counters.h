// Counters: written by one media thread, readable from any thread at any time.
#pragma once

#include <atomic>
#include <cstdint>

#include "tandem/media.h"

namespace tandem {

/// Its one writer needs no read-modify-write instruction: that is why this is not a plain fetch_add.
class Counter {
 public:
  Counter() = default;
  Counter(const Counter& other) : value_(other.get()) {}
  Counter& operator=(const Counter& other) {
    set(other.get());
    return *this;
  }
  void add(uint64_t n) { value_.store(value_.load(std::memory_order_relaxed) + n, std::memory_order_relaxed); }
  void set(uint64_t value) { value_.store(value, std::memory_order_relaxed); }
  void clear() { set(0); }
  uint64_t get() const { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<uint64_t> value_{0};
};

/// MediaCounts while they are being counted. RTP only, except that `dropped` has both.
struct MediaCounters {
  Counter received_packets, received_bytes, sent_packets, sent_bytes, dropped_packets, transcoded_packets, unauthentic_packets,
      foreign_packets;
  Counter absurd_reports, sound_format;  // the latter a Format
  Counter remote_lost, remote_jitter_us, round_trip_us;

  void received(size_t bytes) {
    received_packets.add(1);
    received_bytes.add(bytes);
  }
  void sent(size_t bytes) {
    sent_packets.add(1);
    sent_bytes.add(bytes);
  }
  void clear() {
    for (Counter* c : {&received_packets, &received_bytes, &sent_packets, &sent_bytes, &dropped_packets, &transcoded_packets,
                       &unauthentic_packets, &foreign_packets, &absurd_reports, &remote_lost, &remote_jitter_us, &round_trip_us}) {
      c->clear();
    }
  }
  MediaCounts read() const {
    return {.received_packets = received_packets.get(),
            .received_bytes = received_bytes.get(),
            .sent_packets = sent_packets.get(),
            .sent_bytes = sent_bytes.get(),
            .dropped_packets = dropped_packets.get(),
            .unauthentic_packets = unauthentic_packets.get(),
            .foreign_packets = foreign_packets.get(),
            .transcoded_packets = transcoded_packets.get(),
            .remote_lost_packets = remote_lost.get(),
            .remote_jitter_us = static_cast<uint32_t>(remote_jitter_us.get()),
            .round_trip_us = static_cast<uint32_t>(round_trip_us.get()),
            .absurd_reports = absurd_reports.get()};
  }
};

}  // namespace tandem
