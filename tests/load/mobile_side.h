// MobileSide: mobiles behind the gateway of a load program, which ring with the called phone and are never answered. One thread.
#pragma once

#include <string>
#include <unordered_map>

#include "sip_socket.h"

namespace tandem::load {

/// Rings until it is cancelled: 487, repeated until it is acknowledged.
class MobileSide {
 public:
  struct Counts {
    uint64_t rang = 0, cancelled = 0;
  };
  MobileSide(SipSocket& socket, Timers& timers) : socket_(socket), timers_(timers) {}
  /// False: that is no mobile's.
  bool take(const SipView& message);
  const Counts& counts() const { return counts_; }
  /// Still ringing.
  size_t open() const { return legs_.size(); }

 private:
  struct Leg {
    std::string ended;  ///< the 487
    bool cancelled = false;
  };
  void repeat_end(const std::string& call_id, Milliseconds delay);

  SipSocket& socket_;
  Timers& timers_;
  std::unordered_map<std::string, Leg> legs_;  ///< by Call-ID; gone with the ACK
  uint64_t tags_ = 0;
  Counts counts_;
};

}  // namespace tandem::load
