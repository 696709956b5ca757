#include "base/timer_queue.h"

#include <algorithm>
#include <utility>

namespace tandem {

namespace {

constexpr size_t kSweepAtLeast = 64;  // below that a sweep saves nothing

// An id is the slot's index + 1 below the slot's generation, so that an old id never hits the slot's next tenant.
uint32_t slot_of(uint64_t id) { return static_cast<uint32_t>(id) - 1; }
uint32_t generation_of(uint64_t id) { return static_cast<uint32_t>(id >> 32); }
uint64_t make_id(uint32_t slot, uint32_t generation) { return static_cast<uint64_t>(generation) << 32 | (slot + 1); }

}  // namespace

uint64_t TimerQueue::arm(Instant when, UniqueFunction<void()> fire) {
  uint32_t index = 0;
  if (free_ != 0) {
    index = free_ - 1;
    free_ = slots_[index].next_free;
  } else {
    index = static_cast<uint32_t>(slots_.size());
    slots_.emplace_back();
  }
  auto& slot = slots_[index];
  slot.fire = std::move(fire);
  const uint64_t id = make_id(index, slot.generation);
  heap_.push_back({when, sequence_++, id});
  std::push_heap(heap_.begin(), heap_.end(), later);
  return id;
}

bool TimerQueue::alive(uint64_t id) const {
  const auto slot = slot_of(id);
  return slot < slots_.size() && slots_[slot].generation == generation_of(id) && slots_[slot].fire;
}

UniqueFunction<void()> TimerQueue::release(uint64_t id) {
  auto& slot = slots_[slot_of(id)];
  auto fire = std::exchange(slot.fire, nullptr);
  ++slot.generation;
  slot.next_free = std::exchange(free_, slot_of(id) + 1);
  return fire;
}

void TimerQueue::disarm(uint64_t id) {
  if (!alive(id)) return;
  // The callback may own objects whose destructors come back here, so it dies only when the queue is consistent again.
  const auto dying = release(id);
  ++dead_;
  if (dead_ >= kSweepAtLeast && dead_ > heap_.size() / 2) sweep();
}

void TimerQueue::sweep() {
  std::erase_if(heap_, [this](const Entry& e) { return !alive(e.id); });
  std::make_heap(heap_.begin(), heap_.end(), later);
  dead_ = 0;
}

void TimerQueue::pop() {
  std::pop_heap(heap_.begin(), heap_.end(), later);
  heap_.pop_back();
}

void TimerQueue::drop_dead_tops() {
  while (!heap_.empty() && !alive(heap_.front().id)) {
    pop();
    --dead_;
  }
}

std::optional<Instant> TimerQueue::next() {
  drop_dead_tops();
  if (heap_.empty()) return std::nullopt;
  return heap_.front().when;
}

UniqueFunction<void()> TimerQueue::take_due(Instant now, uint64_t mark) {
  drop_dead_tops();
  if (heap_.empty()) return {};
  const auto top = heap_.front();
  if (top.when > now || top.sequence >= mark) return {};
  pop();
  return release(top.id);
}

void TimerQueue::clear() {
  while (!heap_.empty()) {
    const auto id = heap_.back().id;
    heap_.pop_back();
    if (alive(id)) {
      const auto dying = release(id);
    } else {
      --dead_;
    }
  }
}

}  // namespace tandem
