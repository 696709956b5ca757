// HeldByes: BYEs whose 200 waits until the call's record is on disk (design: durable before the answer). Switch thread.
#pragma once

#include <deque>
#include <unordered_map>

#include "sofia.h"
#include "tandem/driver.h"
#include "tandem/loop.h"

namespace tandem {

/// The wait has a limit well below T1, so that no far end repeats itself: a call that goes on without this leg has no record yet, and a
/// slow disk is not the phone's business.
class HeldByes {
 public:
  explicit HeldByes(Loop& loop) : loop_(loop), timer_(loop) {}
  /// Answers what is left.
  ~HeldByes();
  HeldByes(const HeldByes&) = delete;
  HeldByes& operator=(const HeldByes&) = delete;

  /// Owns `request`.
  void hold(ChannelId channel, nta_incoming_t* request);
  void answer(ChannelId channel);

 private:
  struct Limit {
    Instant due;
    ChannelId channel;
  };
  void answer_late();

  Loop& loop_;
  std::unordered_map<ChannelId, nta_incoming_t*> held_;
  std::deque<Limit> limits_;  ///< in order of time; also of BYEs that have been answered meanwhile
  Timer timer_;
};

}  // namespace tandem
