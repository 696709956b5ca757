// Move: a party of a call is to go on through another leg: that is rung while the party stays where it is, and takes its place once it has
// really answered. The old leg is there until then, and stays when nobody answers. Switch thread; owned by its call's Anchor.
#pragma once

#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "call/answer_window.h"
#include "call/call_impl.h"
#include "tandem/remote_destinations.h"

namespace tandem {

/// One thing to ring.
struct MoveLeg {
  DialTarget target;
  RemoteLeg window;  ///< of a remote destination: when its answer counts; else all zero
};

struct MoveRequest {
  std::vector<MoveLeg> legs;
  std::string how;  ///< as MoveRecord has it
  std::chrono::milliseconds ring{30'000};
};

class Move final : private LegWatcher {
 public:
  /// `out`: whose place is to be taken; it has an other side. Error: nobody rings, and nothing has happened.
  static Result<std::unique_ptr<Move>> start(CallImpl& call, Leg& out, MoveRequest request);
  ~Move() override;
  Move(const Move&) = delete;
  Move& operator=(const Move&) = delete;

  Leg& out() const { return *out_; }
  bool rings(const Leg& leg) const;
  LegWatcher& watcher() { return *this; }
  /// "SEP001122330001, john.doe/mobile".
  std::string whom() const;

 private:
  struct Ringing {
    Leg* leg;
    std::string name;
    std::optional<AnswerWindow> window;
    Timer late;
    Ringing(Leg* which, std::string called, Loop& loop) : leg(which), name(std::move(called)), late(loop) {}
  };

  Move(CallImpl& call, Leg& out, MoveRequest request);
  Result<void> ring(const MoveLeg& one);
  void watch_window(Ringing& ringing, const MoveLeg& one);
  void settle();
  void refuse(Leg& leg, const std::string& why, Cause cause);
  void forget(const Leg& leg);
  void fail_if_hopeless(const std::string& why);
  void drop_all(const Ending& ending, const Leg* except);

  void leg_ringing(Leg& leg) override { alerts(leg); }
  void leg_redirected(Leg& /*leg*/, const Redirection& /*to*/) override {}  // not followed: it is this phone or none
  void leg_progress(Leg& leg) override { alerts(leg); }
  void leg_answered(Leg& leg) override;
  void leg_ended(Leg& leg, const Ending& ending) override;
  void leg_left(Leg& leg) override { forget(leg); }
  void leg_replaced(Leg& leg, Leg& /*now*/) override { forget(leg); }
  void alerts(Leg& leg);

  CallImpl& call_;
  Leg* const out_;
  const MoveRequest request_;
  std::deque<Ringing> ringing_;  // its places stay
  Leg* answered_ = nullptr;
  Instant answered_at_;
  Timer timeout_, retry_;
};

}  // namespace tandem
