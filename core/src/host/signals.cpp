#include "host/signals.h"

#include <sys/epoll.h>
#include <sys/signalfd.h>

#include <csignal>

namespace tandem {
namespace {

sigset_t served() {
  sigset_t set;
  ::sigemptyset(&set);
  for (const int number : {SIGTERM, SIGINT, SIGHUP}) ::sigaddset(&set, number);
  return set;
}

}  // namespace

void block_signals() {
  const sigset_t set = served();
  ::sigprocmask(SIG_BLOCK, &set, nullptr);
  ::signal(SIGPIPE, SIG_IGN);
}

Signals::Signals(Loop& loop, std::function<void(int)> on_signal) {
  const sigset_t set = served();
  descriptor_ = Descriptor(::signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC));
  watch_ = loop.watch(descriptor_.get(), EPOLLIN, [this, told = std::move(on_signal)](uint32_t) {
    signalfd_siginfo info{};
    if (::read(descriptor_.get(), &info, sizeof info) == sizeof info) told(static_cast<int>(info.ssi_signo));
  });
}

}  // namespace tandem
