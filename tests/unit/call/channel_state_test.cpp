// The life of a leg: every state with every event, against what the words mean.
#include "call/channel_state.h"

#include <gtest/gtest.h>

#include <map>

namespace tandem::test {
namespace {

using S = ChannelState;
using E = ChannelEvent;

constexpr S kStates[] = {S::idle, S::calling, S::ringing, S::early, S::up, S::ending, S::ended};
constexpr E kEvents[] = {E::start, E::ring, E::progress, E::answer, E::hangup, E::end};

// How far a leg has come on its way up. Ringing is heard before early media, and early media never falls back to a mere ringing.
int height(S state) { return static_cast<int>(state); }

std::optional<S> meaning(S state, E event) {
  if (state == S::ended) return std::nullopt;                              // nothing happens to what is gone
  if (event == E::end) return S::ended;                                    // the driver's last word holds in any state
  if (state == S::ending) return std::nullopt;                             // we have hung up: only the end is left
  if (event == E::hangup) return state == S::idle ? S::ended : S::ending;  // what nobody was told of needs no farewell
  if (event == E::start) return state == S::idle ? std::optional(S::calling) : std::nullopt;
  if (state == S::idle || state == S::up) return std::nullopt;  // not begun, or already answered
  const S reached = event == E::ring ? S::ringing : event == E::progress ? S::early : S::up;
  if (event == E::progress && state == S::early) return S::early;  // early media may change its source
  return height(reached) > height(state) ? std::optional(reached) : std::nullopt;
}

TEST(ChannelState, EveryStateWithEveryEvent) {
  for (const S state : kStates) {
    for (const E event : kEvents)
      EXPECT_EQ(next_state(state, event), meaning(state, event)) << to_string(state) << " + " << to_string(event);
  }
}

TEST(ChannelState, WordsAreDistinct) {
  std::map<std::string_view, int> seen;
  for (const S state : kStates) ++seen[to_string(state)];
  EXPECT_EQ(seen.size(), std::size(kStates));
  seen.clear();
  for (const E event : kEvents) ++seen[to_string(event)];
  EXPECT_EQ(seen.size(), std::size(kEvents));
}

}  // namespace
}  // namespace tandem::test
