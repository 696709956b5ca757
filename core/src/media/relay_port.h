// RelayPort: a socket pair as its media thread sees it, flat, at an address that stays; and the orders that change it.
#pragma once

#include <atomic>
#include <cstdint>
#include <variant>

#include "media/counters.h"
#include "media/socket_pair.h"
#include "tandem/clock.h"
#include "tandem/media.h"

namespace tandem {

struct RelayPort;

/// One UDP socket. Media thread only. A packet reads its own RelaySocket, its port's map and the RelaySocket that it leaves through.
struct RelaySocket {
  int fd = -1;
  bool rtcp = false;
  bool watched = false;        ///< in the epoll set
  bool latching = false;       ///< unconnected; the first valid packet decides
  bool latched = false;        ///< `wanted` is only a hint: the peer is whoever sent first
  bool connected = false;      ///< the kernel lets through its peer alone
  bool sends = false;          ///< connected, and the peer wants to be sent to
  uint64_t generation = 0;     ///< of the port that is open here now; 0 when closed
  RelaySocket* to = nullptr;   ///< valid memory always (ports are reused, never freed, while the thread runs) ...
  uint64_t to_generation = 0;  ///< ... and meant only while its generation is still this one
  RelayPort* port = nullptr;
  SocketAddress wanted;  ///< what the last usable order said
};

/// Ports are made by the switch thread, handed to the media thread by OpenPort and taken back by ClosePort; since orders keep their order,
/// the memory may serve the next port of the same thread as soon as ClosePort is on its way.
struct RelayPort {
  // Media thread.
  RelaySocket rtp, rtcp;
  PayloadMap map;
  SocketPair sockets;
  SocketAddress latched_host;  ///< where RTP was latched to, port 0; empty before
  uint64_t heard = 0;          ///< valid packets of either kind
  uint64_t heard_before = 0;   ///< at the last tick
  Instant quiet_since;
  Duration limit{0};       ///< 0: silence is fine
  size_t timed_index = 0;  ///< place in the relay's list of ports with a limit
  bool reported = false;

  // Written by the media thread, read by any.
  MediaCounters counts;
  std::atomic<uint64_t> counted{0};  ///< the generation that `counts` belongs to

  // Switch thread.
  MediaPort* handle = nullptr;
  uint64_t handle_generation = 0;
};

struct OpenPort {
  SocketPair sockets;
};
struct SetRemote {
  SocketAddress rtp, rtcp;
  bool latch;
};
struct RelayTo {
  RelayPort* to;  ///< null: nowhere
  uint64_t to_generation;
  PayloadMap map;
};
struct SetTimeout {
  Duration limit;
};
struct ClosePort {};

/// What the switch thread wants of one port. A value; sockets that never arrive are closed with it.
struct Order {
  RelayPort* port = nullptr;
  uint64_t generation = 0;
  std::variant<ClosePort, SetTimeout, SetRemote, RelayTo, OpenPort> what;
};

}  // namespace tandem
