// Signals: SIGTERM, SIGINT and SIGHUP as events of the switch thread.
#pragma once

#include <functional>

#include "media/descriptor.h"
#include "tandem/loop.h"

namespace tandem {

/// For main(), before any thread is started, since threads inherit it: the signals below wait to be read, and a peer that has gone is an
/// error of write() and no signal.
void block_signals();

class Signals {
 public:
  /// `on_signal` gets the signal's number on the switch thread.
  Signals(Loop& loop, std::function<void(int)> on_signal);

 private:
  Descriptor descriptor_;
  Registration watch_;
};

}  // namespace tandem
