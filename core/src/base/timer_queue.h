// TimerQueue: armed timers by deadline. Switch thread (or any one thread).
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "tandem/clock.h"
#include "tandem/function.h"

namespace tandem {

/// Nearly every timer of a switch is disarmed before it fires, and there are tens of thousands. So disarming costs O(1): it empties the
/// timer's slot and leaves the heap alone; dead heap entries are swept out together once they are the majority, which is O(1) for each.
/// Arming is a heap push, O(1) on average because a new deadline is mostly a late one. Unlike in a wheel, deadlines stay exact and ordered.
class TimerQueue {
 public:
  /// `fire` must be callable. Returns an id, never 0. Timers with equal deadlines fire in the order of arming.
  uint64_t arm(Instant when, UniqueFunction<void()> fire);
  /// Destroys the callback. An id that has fired or was disarmed is ignored.
  void disarm(uint64_t id);

  /// The earliest deadline, or nothing when no timer is armed.
  std::optional<Instant> next();
  /// Takes the earliest timer that is due at `now` and was armed before `mark`; empty when there is none. The caller calls it.
  UniqueFunction<void()> take_due(Instant now, uint64_t mark);
  /// Everything armed from here on is not before this mark: it keeps a timer that re-arms itself at once from holding the loop.
  uint64_t mark() const { return sequence_; }
  size_t size() const { return heap_.size() - dead_; }
  /// Disarms everything, also what the dying callbacks arm meanwhile.
  void clear();

 private:
  struct Slot {
    uint32_t generation = 0;
    uint32_t next_free = 0;
    UniqueFunction<void()> fire;
  };
  struct Entry {
    Instant when;
    uint64_t sequence;
    uint64_t id;
  };
  static bool later(const Entry& a, const Entry& b) { return a.when != b.when ? a.when > b.when : a.sequence > b.sequence; }

  bool alive(uint64_t id) const;
  UniqueFunction<void()> release(uint64_t id);
  void drop_dead_tops();
  void pop();
  void sweep();

  std::vector<Slot> slots_;
  std::vector<Entry> heap_;
  uint32_t free_ = 0;  // index + 1 of the first free slot, 0: none
  uint64_t sequence_ = 0;
  size_t dead_ = 0;
};

}  // namespace tandem
