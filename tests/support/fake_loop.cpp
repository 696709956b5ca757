#include "support/fake_loop.h"

#include <poll.h>

#include <algorithm>

namespace tandem::test {

bool FakeLoop::post(Task task, Share /*share*/) {
  std::lock_guard lock(mutex_);
  posted_.push_back(std::move(task));
  return true;
}

Registration FakeLoop::watch(int fd, uint32_t events, UniqueFunction<void(uint32_t)> ready) {
  watched_[fd] = {events, std::make_shared<UniqueFunction<void(uint32_t)>>(std::move(ready))};
  return Registration([this, fd] { watched_.erase(fd); });
}

Registration FakeLoop::attach(LoopSource& source) {
  sources_.push_back(&source);
  return Registration([this, &source] { std::erase(sources_, &source); });
}

uint64_t FakeLoop::arm(Instant when, UniqueFunction<void()> fire) {
  timers_.emplace(next_, Armed{when, std::make_shared<UniqueFunction<void()>>(std::move(fire))});
  return next_++;
}

void FakeLoop::disarm(uint64_t id) { timers_.erase(id); }

void FakeLoop::settle() {
  for (;;) {
    Task task;
    if (!deferred_.empty()) {
      task = std::move(deferred_.front());
      deferred_.pop_front();
    } else {
      std::lock_guard lock(mutex_);
      if (posted_.empty()) return;
      task = std::move(posted_.front());
      posted_.pop_front();
    }
    task();
  }
}

void FakeLoop::advance(Duration by) {
  settle();
  const Instant end = clock_.now() + by;
  for (;;) {
    const auto next = std::min_element(timers_.begin(), timers_.end(), [](const auto& a, const auto& b) {
      return std::pair(a.second.when, a.first) < std::pair(b.second.when, b.first);
    });
    if (next == timers_.end() || next->second.when > end) break;
    clock_.set(std::max(clock_.now(), next->second.when));
    const auto fire = next->second.fire;
    timers_.erase(next);
    (*fire)();
    settle();
  }
  clock_.set(end);
}

bool FakeLoop::run_until(const std::function<bool()>& done, std::chrono::milliseconds limit) {
  const auto end = std::chrono::steady_clock::now() + limit;
  for (;;) {
    settle();
    for (auto* source : sources_) source->run(true);
    if (done()) return true;
    if (std::chrono::steady_clock::now() > end) return false;
    std::vector<pollfd> polled;
    for (const auto& [fd, w] : watched_) polled.push_back({fd, static_cast<short>(w.events), 0});
    for (auto* source : sources_) polled.push_back({source->descriptor(), POLLIN, 0});
    (void)::poll(polled.data(), polled.size(), 1);
    for (const auto& p : polled) {
      const auto it = watched_.find(p.fd);
      if (p.revents == 0 || it == watched_.end()) continue;
      const auto ready = it->second.ready;
      (*ready)(static_cast<uint32_t>(p.revents));
    }
  }
}

}  // namespace tandem::test
