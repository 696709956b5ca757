#include "media/relay.h"

#include <fmt/format.h>
#include <pthread.h>
#include <sys/epoll.h>
#include <sys/timerfd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <optional>
#include <system_error>

namespace tandem {
namespace {

/// What is not a RelaySocket in the epoll set says so by these addresses.
constexpr char kMailboxMark = 0;
constexpr char kTimerMark = 0;
constexpr char kPacerMark = 0;
constexpr char kHandshakeMark = 0;

bool add_mark(int epoll, int fd, const char& mark) {
  epoll_event event{.events = EPOLLIN, .data = {.ptr = const_cast<char*>(&mark)}};
  return ::epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event) == 0;
}

}  // namespace

Relay::Relay(Clock& clock, Duration tick, size_t mailbox, Report report)
    : clock_(clock), tick_(tick), report_(std::move(report)), mailbox_(mailbox), random_(std::random_device()()) {}

Result<std::unique_ptr<Relay>> Relay::start(std::string name, Clock& clock, Duration tick, size_t mailbox, Report report) {
  std::unique_ptr<Relay> relay(new Relay(clock, tick, mailbox, std::move(report)));
  relay->epoll_ = Descriptor(::epoll_create1(EPOLL_CLOEXEC));
  relay->timer_ = Descriptor(::timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC));
  relay->pacer_ = Descriptor(::timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC));
  relay->handshake_timer_ = Descriptor(::timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC));
  if (!relay->epoll_ || !relay->timer_ || !relay->pacer_ || !relay->handshake_timer_ ||
      !add_mark(relay->epoll_.get(), relay->handshake_timer_.get(), kHandshakeMark) ||
      !add_mark(relay->epoll_.get(), relay->pacer_.get(), kPacerMark) ||
      !add_mark(relay->epoll_.get(), relay->mailbox_.descriptor(), kMailboxMark) ||
      !add_mark(relay->epoll_.get(), relay->timer_.get(), kTimerMark)) {
    return Error{ErrorCode::io, fmt::format("cannot prepare a media thread: {}", std::generic_category().message(errno))};
  }
  // Signals belong to the switch thread; a new thread inherits the mask of its maker.
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  std::optional<Error> failed;
  try {
    relay->thread_ = std::thread([r = relay.get()] { r->run(); });
    pthread_setname_np(relay->thread_.native_handle(), name.c_str());
  } catch (const std::system_error& e) {
    failed = Error{ErrorCode::io, fmt::format("cannot start a media thread: {}", e.what())};
  }
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  if (failed) return *failed;
  return relay;
}

Relay::~Relay() {
  if (!thread_.joinable()) return;
  stopping_.store(true, std::memory_order_relaxed);
  eventfd_write(mailbox_.descriptor(), 1);
  thread_.join();
}

void Relay::post(std::deque<Order>& orders) { mailbox_.post_from(orders); }

void Relay::run() {
  while (!stopping_.load(std::memory_order_relaxed)) wait_once();
}

void Relay::wait_once() {
  std::array<epoll_event, kEventsPerWait> events;
  const bool orders_waiting = next_order_ < orders_.size();
  constexpr int kStuck = 1;  // ms: no longer than a thread takes to see its own orders
  const int n = ::epoll_wait(epoll_.get(), events.data(), kEventsPerWait, !orders_waiting ? -1 : orders_stuck_ ? kStuck : 0);
  now_ = clock_.now();
  bool mail = orders_waiting;
  for (int i = 0; i < n; ++i) {
    void* const ptr = events[static_cast<size_t>(i)].data.ptr;
    if (ptr == &kMailboxMark) {
      mail = true;
    } else if (ptr == &kTimerMark) {
      look_around();
    } else if (ptr == &kPacerMark) {
      play_all();
    } else if (ptr == &kHandshakeMark) {
      look_at_handshakes();
    } else {
      receive(*static_cast<RelaySocket*>(ptr));
    }
  }
  // Last, because orders may close sockets that the events above speak of.
  if (mail) work_off_orders();
}

void Relay::work_off_orders() {
  if (next_order_ == orders_.size()) {
    mailbox_.drain(orders_);
    next_order_ = 0;
  }
  const size_t end = std::min(orders_.size(), next_order_ + kOrdersPerTurn);
  orders_stuck_ = false;
  while (next_order_ < end && !orders_stuck_) {
    orders_stuck_ = !apply(orders_[next_order_]);
    if (!orders_stuck_) ++next_order_;
  }
}

}  // namespace tandem
