// Pace: the loop of the SIP load programs. One thread.
#pragma once

#include <poll.h>

#include "sip_socket.h"

namespace tandem::load {

/// Starts things at a pace that does not depend on the answers: a server that falls behind gets more and more at once, as from the world
/// outside.
class Pace {
 public:
  explicit Pace(Timers& timers) : timers_(timers) {}
  /// What comes in at `socket` goes to `take`.
  void listen(SipSocket& socket, std::function<void(const SipView&)> take) { sources_.push_back({socket, std::move(take)}); }

  /// Calls `start_one` `count` times, `rate` a second.
  void keep(unsigned rate, uint64_t count, const std::function<void()>& start_one) {
    const auto begin = Steady::now();
    const auto due = [&](uint64_t n) { return begin + std::chrono::nanoseconds(static_cast<int64_t>(n * 1'000'000'000 / rate)); };
    for (uint64_t made = 0; made < count;) {
      unsigned burst = 0;
      for (; made < count && burst < kBurst && due(made) <= Steady::now(); ++burst, ++made) {
        latest_ = std::max<Steady::duration>(latest_, Steady::now() - due(made));
        start_one();
      }
      wait(burst == kBurst ? Steady::now() : due(made));
    }
  }
  /// Until `is_over` says so, 8 s at most.
  void drain(const std::function<bool()>& is_over) {
    for (const auto end = Steady::now() + std::chrono::seconds(8); !is_over() && Steady::now() < end;) wait(end);
  }
  /// How late the latest start was: more than some milliseconds mean that the generator itself was short of processor time.
  Milliseconds latest_start() const { return std::chrono::duration_cast<Milliseconds>(latest_); }

 private:
  struct Source {
    SipSocket& socket;
    std::function<void(const SipView&)> take;
  };
  static constexpr unsigned kBurst = 16;  // starts or messages in a row before somebody else has a turn

  void wait(Steady::time_point until) {
    const auto left = std::max(std::min(until, timers_.next()) - Steady::now(), Steady::duration::zero());
    const timespec timeout{left / std::chrono::seconds(1), (left % std::chrono::seconds(1)).count()};
    std::vector<pollfd> polled;
    for (const auto& source : sources_) polled.push_back({source.socket.fd(), POLLIN, 0});
    ::ppoll(polled.data(), polled.size(), &timeout, nullptr);
    for (size_t i = 0; i < polled.size(); ++i) {
      if (polled[i].revents != 0) sources_[i].socket.receive(kBurst, sources_[i].take);
    }
    timers_.run_due();
  }

  Timers& timers_;
  std::vector<Source> sources_;
  Steady::duration latest_{};
};

}  // namespace tandem::load
