// CalledSide: the phone that every call of a load program rings at. One thread.
#pragma once

#include <unordered_map>

#include "sip_socket.h"

namespace tandem::load {

/// Rings and answers, at once or after a while; repeats the answer until it is acknowledged; hangs up never, that is the caller's part.
class CalledSide {
 public:
  struct Counts {
    uint64_t invites = 0, acknowledged = 0, ended = 0, repeated = 0;
  };
  /// `name`: user part of its contact. `rtp`: what its answers say. `ring`: how long it rings.
  CalledSide(SipSocket& socket, Timers& timers, std::string name, const SocketAddress& rtp, Milliseconds ring = Milliseconds(0));
  void take(const SipView& message);
  const Counts& counts() const { return counts_; }

 private:
  struct Leg {
    std::string answer;
    bool acknowledged = false, rings = false;
  };
  void invited(const SipView& request);
  void answer(const std::string& call_id);
  void repeat_answer(const std::string& call_id, Milliseconds delay);

  SipSocket& socket_;
  Timers& timers_;
  const std::string headers_, body_;
  const Milliseconds ring_;
  std::unordered_map<std::string, Leg> legs_;  ///< by Call-ID; gone with the BYE
  uint64_t tags_ = 0;
  Counts counts_;
};

}  // namespace tandem::load
