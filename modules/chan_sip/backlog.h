// Backlog: what waits unread in the socket that Sofia-SIP reads from, as the kernel counts it. Switch thread.
#pragma once

#include <cstddef>

#include "tandem/address.h"

namespace tandem {

/// The one measure of how far the switch thread is behind: a message is answered late by the time that the queue before it takes. When the
/// socket is full the kernel drops, everybody repeats, and answered calls are lost on both sides; so new calls are refused long before.
class Backlog {
 public:
  Backlog() = default;
  /// Looks for this process's UDP socket that is bound to `bound`, and asks for a receive buffer of `buffer` octets, also beyond the
  /// system's limit where we may (root). Finds nothing: behind() is false for ever.
  Backlog(const SocketAddress& bound, int buffer);

  /// Whether the socket is between a quarter and a half full, or more: of 4 MiB some 500 to 1000 messages, which take some 0.2 s.
  bool behind() const;
  /// Whether anything waits.
  bool waits() const;

 private:
  int descriptor_ = -1;  ///< Sofia-SIP's; not ours to close
};

}  // namespace tandem
