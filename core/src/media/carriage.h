// Carriage: what a port has beyond plain RTP and RTCP on two connected sockets: SRTP, DTLS, ICE, one socket for both. Ports without any of
// it have no Carriage, and their packets do not see this. Media thread.
#pragma once

#include <algorithm>
#include <array>
#include <memory>
#include <optional>

#include "media/dtls.h"
#include "media/srtp_stream.h"
#include "tandem/address.h"
#include "tandem/media_security.h"

namespace tandem {

/// Where the checks of one socket have come from.
class IcePeers {
 public:
  static constexpr size_t kMost = 8;
  void add(const SocketAddress& address) {
    if (knows(address)) return;
    all_[next_++ % kMost] = address;
  }
  bool knows(const SocketAddress& address) const { return std::find(all_.begin(), all_.end(), address) != all_.end(); }
  SocketAddress nominated;  ///< empty: none yet

 private:
  std::array<SocketAddress, kMost> all_;
  size_t next_ = 0;
};

struct Carriage {
  bool encrypted = false;  ///< nothing plain goes out or is taken in; without keys nothing at all
  bool mux = false;
  std::unique_ptr<SrtpStream> send, receive;
  std::unique_ptr<DtlsSession> dtls;
  std::optional<IceLite> ice;
  IcePeers rtp_peers, rtcp_peers;
  bool plain() const { return !encrypted && !mux && !ice; }
};

}  // namespace tandem
