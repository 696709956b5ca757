#include "base/epoll_loop.h"

#include <sys/epoll.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <system_error>
#include <utility>

#include "tandem/log.h"

namespace tandem {

namespace {

using std::chrono::milliseconds;

constexpr Log kLog("loop");
constexpr int kEventsPerTurn = 256;
constexpr int kDeferRounds = 16;  // a task that defers itself for ever must not keep the loop from its descriptors
constexpr milliseconds kLongestWait{60'000};

uint64_t make_key(uint32_t index, uint32_t generation) { return static_cast<uint64_t>(generation) << 32 | index; }

int open_epoll() {
  const int fd = epoll_create1(EPOLL_CLOEXEC);
  if (fd < 0) throw std::system_error(errno, std::system_category(), "epoll_create1");
  return fd;
}

}  // namespace

EpollLoop::EpollLoop(Clock& clock, size_t mailbox_capacity)
    : clock_(clock), capacity_(mailbox_capacity), epoll_(open_epoll()), mailbox_(mailbox_capacity) {
  mailbox_watch_ = add_watch(mailbox_.descriptor(), EPOLLIN, true, [this](uint32_t) { run_mailbox(); });
}

EpollLoop::~EpollLoop() {
  // Tasks and callbacks own objects whose destructors may disarm, defer or undo: let them go while the loop still stands.
  mailbox_.drain(batch_);
  batch_.clear();
  std::exchange(deferred_, {}).clear();
  timers_.clear();
  sources_.clear();
  mailbox_watch_.reset();
  std::exchange(deferred_, {}).clear();
  ::close(epoll_);
}

void EpollLoop::run() {
  dirty_ = true;
  settle();
  while (!stop_.exchange(false, std::memory_order_acq_rel)) turn(kLongestWait);
}

void EpollLoop::step(milliseconds longest) {
  dirty_ = true;  // whoever steps by hand may have worked in between
  settle();
  turn(longest);
}

void EpollLoop::stop() {
  stop_.store(true, std::memory_order_release);
  const eventfd_t one = 1;
  (void)!::write(mailbox_.descriptor(), &one, sizeof one);
}

bool EpollLoop::post(Task task, Share share) {
  waiting_.fetch_add(1, std::memory_order_relaxed);
  if (mailbox_.post(std::move(task), share)) return true;
  waiting_.fetch_sub(1, std::memory_order_relaxed);
  return false;
}

double EpollLoop::pressure() const {
  return std::min(1.0, static_cast<double>(waiting_.load(std::memory_order_relaxed)) / static_cast<double>(capacity_));
}

Registration EpollLoop::watch(int fd, uint32_t events, UniqueFunction<void(uint32_t)> ready) {
  return add_watch(fd, events, true, std::move(ready));
}

Registration EpollLoop::add_watch(int fd, uint32_t events, bool own_work, UniqueFunction<void(uint32_t)> ready) {
  uint32_t index = 0;
  if (free_watches_.empty()) {
    index = static_cast<uint32_t>(watches_.size());
    watches_.emplace_back();
  } else {
    index = free_watches_.back();
    free_watches_.pop_back();
  }
  auto& watch = watches_[index];
  epoll_event event{};
  event.events = events & ~static_cast<uint32_t>(EPOLLET);
  event.data.u64 = make_key(index, watch.generation);
  if (epoll_ctl(epoll_, EPOLL_CTL_ADD, fd, &event) != 0) {
    kLog.line(LogLevel::error, "cannot watch descriptor {}: {}", fd, std::strerror(errno));
    free_watches_.push_back(index);
    return {};
  }
  watch.fd = fd;
  watch.own_work = own_work;
  watch.ready = std::move(ready);
  return Registration([this, index] { remove_watch(index); });
}

void EpollLoop::remove_watch(uint32_t index) {
  auto& watch = watches_[index];
  epoll_ctl(epoll_, EPOLL_CTL_DEL, watch.fd, nullptr);
  watch.fd = -1;
  ++watch.generation;
  free_watches_.push_back(index);
  const auto dying = std::exchange(watch.ready, nullptr);  // last: it may own what undoes or makes watches
}

Registration EpollLoop::attach(LoopSource& source) {
  auto made = std::make_unique<Source>();
  auto* entry = made.get();
  entry->source = &source;
  entry->watch = add_watch(source.descriptor(), EPOLLIN, false, [entry](uint32_t) { entry->readable = true; });
  sources_.push_back(std::move(made));
  dirty_ = true;
  return Registration([entry] {
    entry->watch.reset();
    entry->source = nullptr;  // run_sources() may be walking the list: it removes the entry
  });
}

uint64_t EpollLoop::arm(Instant when, UniqueFunction<void()> fire) {
  // Deadlines before the instant being served would come ahead of timers that have waited longer.
  return timers_.arm(std::max(when, due_now_), std::move(fire));
}

void EpollLoop::turn(milliseconds longest) {
  std::array<epoll_event, kEventsPerTurn> events;
  const int count = epoll_wait(epoll_, events.data(), kEventsPerTurn, wait_for(longest));
  for (int i = 0; i < count; ++i) dispatch(events[static_cast<size_t>(i)].data.u64, events[static_cast<size_t>(i)].events);
  run_timers();
  settle();
}

int EpollLoop::wait_for(milliseconds longest) {
  if (!deferred_.empty() || longest <= milliseconds::zero()) return 0;
  auto until = Instant::max();
  if (const auto next = timers_.next()) until = *next;
  for (const auto& entry : sources_) until = std::min(until, entry->due);
  if (until == Instant::max()) return static_cast<int>(std::min(longest, kLongestWait).count());
  // Rounded up: a wait that ends a fraction of a millisecond early would spin until the deadline.
  const auto left = std::chrono::ceil<milliseconds>(until - clock_.now());
  return static_cast<int>(std::clamp(left, milliseconds::zero(), std::min(longest, kLongestWait)).count());
}

void EpollLoop::dispatch(uint64_t key, uint32_t events) {
  const auto index = static_cast<uint32_t>(key);
  const auto generation = static_cast<uint32_t>(key >> 32);
  if (watches_[index].generation != generation) return;
  // Taken out for the call: the callback may undo its own watch, or add one and so move the table.
  auto ready = std::exchange(watches_[index].ready, nullptr);
  if (watches_[index].own_work) dirty_ = true;
  ready(events);
  if (watches_[index].generation == generation) watches_[index].ready = std::move(ready);
  run_deferred();
}

void EpollLoop::run_mailbox() {
  mailbox_.drain(batch_);
  for (auto& task : batch_) {
    waiting_.fetch_sub(1, std::memory_order_relaxed);
    std::exchange(task, nullptr)();
    run_deferred();
  }
  batch_.clear();
}

void EpollLoop::run_timers() {
  const auto next = timers_.next();
  if (!next) return;
  due_now_ = clock_.now();
  if (*next > due_now_) return;
  const auto mark = timers_.mark();
  while (auto fire = timers_.take_due(due_now_, mark)) {
    dirty_ = true;
    fire();
    run_deferred();
  }
}

void EpollLoop::run_deferred() {
  for (int round = 0; round < kDeferRounds && !deferred_.empty(); ++round) {
    dirty_ = true;
    for (auto& task : std::exchange(deferred_, {})) task();
  }
}

void EpollLoop::settle() {
  for (int round = 0; round < kDeferRounds; ++round) {
    run_deferred();
    run_sources();
    if (deferred_.empty()) return;
  }
}

void EpollLoop::run_sources() {
  if (sources_.empty()) return;
  const bool all = std::exchange(dirty_, false);
  const auto now = all ? Instant{} : clock_.now();
  for (size_t i = 0; i < sources_.size(); ++i) {  // by index: a source's callbacks may attach another
    auto& entry = *sources_[i];
    if (entry.source == nullptr) continue;
    if (!all && !entry.readable && entry.due > now) continue;
    const auto sleep = std::clamp(entry.source->run(std::exchange(entry.readable, false)), milliseconds::zero(), kLongestWait);
    entry.due = clock_.now() + sleep;
  }
  std::erase_if(sources_, [](const auto& entry) { return entry->source == nullptr; });
}

}  // namespace tandem
