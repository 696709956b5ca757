// SocketPair: the RTP and RTCP sockets of one port, made at the offer. Opened on the switch thread, then owned by a media thread.
#pragma once

#include "media/descriptor.h"
#include "media/port_pool.h"
#include "tandem/address.h"
#include "tandem/result.h"

namespace tandem {

struct SocketPair {
  Descriptor rtp, rtcp;
  SocketAddress local_rtp, local_rtcp;
};

/// Binds the next pair of `pool` on `address` (its port is ignored); nothing but socket() and bind(), because every offered call pays for
/// it. `dscp` 0-63 marks what is sent; 0 leaves it to the system. Ports that other processes hold are passed over and tried again after
/// their rest. exhausted: no port or no descriptor left; io: anything else. The caller gives local_rtp's port back when the sockets are
/// gone.
Result<SocketPair> open_socket_pair(PortPool& pool, const SocketAddress& address, int dscp);

}  // namespace tandem
