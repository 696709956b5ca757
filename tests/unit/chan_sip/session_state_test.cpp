// The life of an INVITE dialog: the rows that RFC 3261 has, and nothing else.
#include "session_state.h"

#include <gtest/gtest.h>

#include <map>
#include <set>

namespace tandem::test {
namespace {

using S = SessionState;
using E = SessionEvent;

constexpr S kStates[] = {S::idle,     S::calling,  S::proceeding, S::cancelling, S::invited,
                         S::alerting, S::answered, S::confirmed,  S::terminated};
constexpr E kEvents[] = {E::invite_out,  E::provisional_in, E::success_in, E::failure_in, E::cancel_out,  E::invite_in, E::provisional_out,
                         E::success_out, E::failure_out,    E::cancel_in,  E::ack_in,     E::ack_missing, E::bye_in,    E::bye_out};

using Grid = std::map<std::pair<S, E>, S>;

// RFC 3261 13.2, 9.1, 15: we call.
Grid calling_side() {
  Grid grid{{{S::idle, E::invite_out}, S::calling}};
  for (const S waiting : {S::calling, S::proceeding, S::cancelling}) {
    grid[{waiting, E::success_in}] = S::confirmed;  // also when it crosses a CANCEL: a 2xx always makes a dialog
    grid[{waiting, E::failure_in}] = S::terminated;
  }
  for (const S waiting : {S::calling, S::proceeding}) {
    grid[{waiting, E::provisional_in}] = S::proceeding;
    grid[{waiting, E::cancel_out}] = S::cancelling;
  }
  grid[{S::cancelling, E::provisional_in}] = S::cancelling;  // a late 180 does not undo the CANCEL, and there is one CANCEL only
  return grid;
}

// RFC 3261 13.3, 9.2, 15: we are called.
Grid called_side() {
  Grid grid{{{S::idle, E::invite_in}, S::invited}};
  for (const S open : {S::invited, S::alerting}) {
    grid[{open, E::provisional_out}] = S::alerting;
    grid[{open, E::success_out}] = S::answered;
    grid[{open, E::failure_out}] = S::terminated;
    grid[{open, E::cancel_in}] = S::terminated;
    grid[{open, E::bye_in}] = S::terminated;
  }
  grid[{S::answered, E::ack_in}] = S::confirmed;
  grid[{S::answered, E::ack_missing}] = S::confirmed;
  grid[{S::answered, E::bye_in}] = S::terminated;  // the caller may; we must not before the ACK
  return grid;
}

TEST(SessionState, EveryStateWithEveryEvent) {
  Grid allowed = calling_side();
  allowed.merge(called_side());
  allowed[{S::confirmed, E::bye_in}] = S::terminated;
  allowed[{S::confirmed, E::bye_out}] = S::terminated;
  for (const S state : kStates) {
    for (const E event : kEvents) {
      const auto row = allowed.find({state, event});
      const std::optional<S> expected = row == allowed.end() ? std::nullopt : std::optional(row->second);
      EXPECT_EQ(next_state(state, event), expected) << to_string(state) << " + " << to_string(event);
    }
  }
}

// The roles meet only where a dialog stands or has gone.
TEST(SessionState, RolesDoNotMix) {
  const std::map<S, std::set<S>> reach = [] {
    std::map<S, std::set<S>> found;
    for (const S from : {S::calling, S::invited}) {
      std::set<S>& seen = found[from];
      std::vector<S> next{from};
      while (!next.empty()) {
        const S at = next.back();
        next.pop_back();
        if (!seen.insert(at).second) continue;
        for (const E event : kEvents) {
          if (const auto to = next_state(at, event)) next.push_back(*to);
        }
      }
    }
    return found;
  }();
  EXPECT_EQ(reach.at(S::calling), (std::set<S>{S::calling, S::proceeding, S::cancelling, S::confirmed, S::terminated}));
  EXPECT_EQ(reach.at(S::invited), (std::set<S>{S::invited, S::alerting, S::answered, S::confirmed, S::terminated}));
}

TEST(SessionState, WordsAreDistinct) {
  std::set<std::string_view> words;
  for (const S state : kStates) words.insert(to_string(state));
  EXPECT_EQ(words.size(), std::size(kStates));
  words.clear();
  for (const E event : kEvents) words.insert(to_string(event));
  EXPECT_EQ(words.size(), std::size(kEvents));
}

}  // namespace
}  // namespace tandem::test
