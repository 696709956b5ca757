#include "edge/loop.h"

#include <sys/epoll.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <system_error>
#include <utility>

namespace tandem {
namespace {

constexpr auto kBeat = std::chrono::seconds(1);
constexpr int kEventsPerTurn = 256;
constexpr size_t kSlowPerTurn = 4;  // a millisecond or two

}  // namespace

EdgeLoop::EdgeLoop(Clock& clock) : clock_(clock), epoll_(epoll_create1(EPOLL_CLOEXEC)), now_(clock.now()), next_beat_(now_ + kBeat) {
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.ptr = nullptr;
  if (!epoll_ || epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, mailbox_.descriptor(), &event) != 0)
    throw std::system_error(errno, std::generic_category(), "epoll");
}

void EdgeLoop::run() {
  while (!stop_.exchange(false)) step(kBeat);
}

void EdgeLoop::stop() {
  stop_ = true;
  const eventfd_t one = 1;
  (void)!::write(mailbox_.descriptor(), &one, sizeof one);
}

bool EdgeLoop::watch(int fd, uint32_t events, EdgeSource& source) {
  epoll_event event{};
  event.events = events;
  event.data.ptr = &source;
  return epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, fd, &event) == 0;
}

void EdgeLoop::step(std::chrono::milliseconds longest) {
  std::array<epoll_event, kEventsPerTurn> events;
  const bool busy = !soon_.empty() || !slow_.empty();
  const auto until_beat = std::chrono::ceil<std::chrono::milliseconds>(next_beat_ - clock_.now());
  const auto wait = busy ? std::chrono::milliseconds(0) : std::clamp(until_beat, std::chrono::milliseconds(0), longest);
  const int count = epoll_wait(epoll_.get(), events.data(), kEventsPerTurn, static_cast<int>(wait.count()));
  now_ = clock_.now();
  bool posted = false;
  for (int i = 0; i < count; ++i) {
    const epoll_event& event = events[static_cast<size_t>(i)];
    if (event.data.ptr == nullptr) {
      posted = true;
    } else {
      static_cast<EdgeSource*>(event.data.ptr)->ready(event.events);
    }
  }
  if (posted) run_mailbox();
  run_waiting();
  if (now_ >= next_beat_) {
    next_beat_ = now_ + kBeat;
    if (beat_) beat_();
  }
  const auto buried = std::exchange(dead_, {});
}

void EdgeLoop::run_mailbox() {
  mailbox_.drain(batch_);
  for (auto& task : batch_) std::exchange(task, nullptr)();
  batch_.clear();
}

void EdgeLoop::run_waiting() {
  for (auto& task : std::exchange(soon_, {})) task();
  for (size_t i = 0; i < kSlowPerTurn && !slow_.empty(); ++i) {
    Task task = std::move(slow_.front());
    slow_.pop_front();
    task();
  }
}

}  // namespace tandem
