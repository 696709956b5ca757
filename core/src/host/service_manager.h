// ServiceManager: tells systemd how we are, by its notification socket (sd_notify(3)). Does nothing where there is none. Switch thread.
#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "media/descriptor.h"
#include "tandem/loop.h"

namespace tandem {

class ServiceManager {
 public:
  /// `socket`: NOTIFY_SOCKET; `watchdog`: how long it lets us be silent (WATCHDOG_USEC), zero: for ever.
  ServiceManager(Loop& loop, std::string socket, std::chrono::microseconds watchdog);
  /// From the environment that systemd made.
  static ServiceManager from_environment(Loop& loop);

  /// All modules run. From here on the watchdog hears from us as long as the switch thread turns.
  void ready(std::string_view status);
  void reloading();
  void reloaded() { send("READY=1"); }
  /// The end has begun and may take so long.
  void stopping(std::chrono::seconds limit);

 private:
  void send(std::string_view state);
  void pat();

  const std::string socket_;
  const std::chrono::microseconds watchdog_;
  Descriptor descriptor_;
  Timer timer_;
};

}  // namespace tandem
