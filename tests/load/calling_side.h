// CallingSide: the gateway or phone that makes the calls of a load program. One thread.
#pragma once

#include <map>
#include <vector>

#include "sip_socket.h"
#include "support/digest.h"

namespace tandem::load {

struct CallPlan {
  std::string target;             ///< Request-URI of every INVITE
  std::string from;               ///< URI of the caller
  test::Credentials credentials;  ///< for a challenge; without a secret a challenge is a failure
  Milliseconds hold{100};         ///< from answer to BYE
};

/// INVITE, through a challenge where there is one, ACK, hold, BYE. A request is repeated as RFC 3261 says, a call that is not answered in
/// the end, or whose BYE is not, has failed.
class CallingSide {
 public:
  struct Counts {
    uint64_t started = 0, answered = 0, completed = 0, failed = 0, repeated = 0;
    std::map<std::string, uint64_t> failures;  ///< by status or reason
  };
  CallingSide(SipSocket& socket, Timers& timers, CallPlan plan, const SocketAddress& rtp);
  void start_call();
  void take(const SipView& message);
  /// The end: whatever is still open has failed.
  void give_up();

  const Counts& counts() const { return counts_; }
  uint64_t open() const { return counts_.started - counts_.completed - counts_.failed; }
  /// From the first INVITE to the 200, in microseconds, of every answered call in the order of the answers.
  const std::vector<uint32_t>& setup_times() const { return setup_times_; }

 private:
  enum class State : uint8_t { calling, ringing, talking, ending, over };
  struct Call {
    State state = State::calling;
    unsigned cseq = 1;
    Steady::time_point started;
    std::string request;            ///< the last one, for repeating
    std::string ack;                ///< to the 200, for repeating
    std::string to, target, route;  ///< of the dialog
  };
  std::string request(size_t index, const Call& call, std::string_view method, unsigned cseq, std::string_view target, std::string_view to,
                      std::string_view branch) const;
  std::string branch(size_t index, std::string_view method, unsigned cseq) const;
  void invite(size_t index, const std::string& authorization);
  void send_until(size_t index, State leaves, Milliseconds delay, unsigned times = 0);
  void invite_answered(size_t index, Call& call, const SipView& response);
  void challenged(size_t index, Call& call, const SipView& response);
  void connected(size_t index, Call& call, const SipView& response);
  void hang_up(size_t index);
  void finish(Call& call, const std::string& failure);

  SipSocket& socket_;
  Timers& timers_;
  const CallPlan plan_;
  const std::string run_, host_, contact_, body_;
  std::vector<Call> calls_;
  std::vector<uint32_t> setup_times_;
  Counts counts_;
};

}  // namespace tandem::load
