#include "session_machine.h"

#include <algorithm>
#include <iterator>

namespace tandem {
namespace {

struct Row {
  LoginState from;
  SessionFact fact;
  SessionStep to;
};

using State = LoginState;
using Fact = SessionFact;

// A phone that only registers has not applied anything; one that fetches late is welcome all the same.
constexpr Row kRows[] = {
    {State::applied, Fact::changed, {State::pending, "the phone has been told to fetch its configuration"}},
    {State::pending, Fact::changed, {State::pending, "the phone has been told to fetch its configuration"}},
    {State::fetched, Fact::changed, {State::pending, "the phone has been told to fetch its configuration"}},
    {State::pending, Fact::fetched, {State::fetched, "the phone has its configuration and has not registered since"}},
    {State::fetched, Fact::registered, {State::applied, ""}},
    {State::pending,
     Fact::timed_out,
     {State::pending, "the phone has not fetched its configuration: is it there, and does it trust the server?"}},
    {State::fetched, Fact::timed_out, {State::fetched, "the phone has fetched its configuration and has not come back"}},
};

}  // namespace

std::optional<SessionStep> next_step(LoginState state, SessionFact fact) {
  const auto* const row =
      std::find_if(std::begin(kRows), std::end(kRows), [&](const Row& one) { return one.from == state && one.fact == fact; });
  return row == std::end(kRows) ? std::nullopt : std::optional(row->to);
}

}  // namespace tandem
